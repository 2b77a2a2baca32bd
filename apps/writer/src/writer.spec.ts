import { sampleDistrict } from './testing/sample-district.js';
import { WriterKit } from './testing/writer-kit.js';

describe('a refresh from request to snapshot', () => {
  let kit: WriterKit;
  beforeEach(async () => {
    kit = await WriterKit.open({ workers: true });
  });
  afterEach(() => kit.close());

  test('publishes every dataset as CSV and JSONL with an index, status.json and a manifest', async () => {
    kit.fetcher.plan = { records: sampleDistrict({ students: 40 }), pageSize: 7 };
    const row = await kit.refresh();
    expect(kit.log.lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(row.phase).toBe('published');
    const { current } = await kit.logState();
    expect(current?.snapshot).toBe(row.snapshot);
    const files = await kit.files(current?.folder ?? '');
    expect([...files.keys()].sort()).toEqual([
      'academicSessions.csv', 'academicSessions.jsonl', 'classes.csv', 'classes.jsonl', 'courses.csv', 'courses.jsonl', 'enrollments.csv', 'enrollments.jsonl',
      'index.sqlite', 'orgs.csv', 'orgs.jsonl', 'parents.csv', 'parents.jsonl', 'profile.json', 'staff.csv', 'staff.jsonl', 'status.json',
      'students.csv', 'students.jsonl', 'teachers.csv', 'teachers.jsonl',
    ]);
  });
});

