import fc from 'fast-check';
import { sampleDistrict, type UpstreamRecords } from '../testing/sample-district.js';
import { districtsWith, WriterKit } from '../testing/writer-kit.js';

const LAX = { minimumRows: 1_000_000, collectionLoss: 1, schoolLoss: 1, collectionGrowth: 1000 };
const shuffled = <T>(records: readonly T[], seed: number): T[] => records.map((record, index) => ({ record, key: (index * 7919 + seed * 104_729) % 1_000_003 })).sort((a, b) => a.key - b.key).map(({ record }) => record);

describe('a build', () => {
  let kit: WriterKit;
  beforeAll(async () => {
    kit = await WriterKit.open({ districts: districtsWith({ schedule: 'off', gate: LAX }) });
  });
  afterAll(() => kit.close());

  async function filesOf(plan: typeof kit.fetcher.plan): Promise<Map<string, Buffer>> {
    kit.fetcher.plan = plan;
    const row = await kit.refresh();
    expect(row.phase).toBe('published');
    const files = await kit.files((await kit.logState()).current?.folder ?? '');
    files.delete('status.json');
    return files;
  }

  test('the same input gives byte-equal files, whatever the page size and order of arrival', async () => {
    const records = sampleDistrict({ students: 12 });
    const expected = await filesOf({ records, pageSize: 1000 });
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.option(fc.nat(1000)), async (pageSize, seed) => {
      const files = await filesOf({ records, pageSize, ...(seed !== null && { arrange: (of) => shuffled(of, seed) }) });
      expect([...files.keys()]).toEqual([...expected.keys()]);
      for (const [name, bytes] of files) if (!bytes.equals(expected.get(name) ?? Buffer.alloc(0))) throw new Error(`${name} differs`);
    }), { numRuns: 100 });
  }, 300_000);

  test('CSV holds guardians and children by both sides of the links, JSONL the whole record in order of sourcedId', async () => {
    const files = await filesOf({ records: sampleDistrict({ students: 9 }) });
    const cell = (dataset: string, id: string, column: string): string | undefined => {
      const [header, ...rows] = (files.get(dataset) ?? '').toString().split('\r\n');
      return rows.find((row) => row.startsWith(id))?.split(',')[header?.split(',').indexOf(column) ?? -1];
    };
    for (const index of ['000000', '000003', '000006']) {
      expect(cell('students.csv', `s-${index}`, 'guardianIds')).toBe(`p-${index}`);
      expect(cell('parents.csv', `p-${index}`, 'childIds')).toBe(`s-${index}`);
    }
    const ids = (files.get('students.jsonl') ?? '').toString().trim().split('\n').map((line) => (JSON.parse(line) as { sourcedId: string }).sourcedId);
    expect(ids).toEqual([...ids].sort());
    expect(ids).toHaveLength(9);
  });

  async function failureOf(plan: typeof kit.fetcher.plan): Promise<unknown> {
    kit.fetcher.plan = plan;
    const row = await kit.refresh();
    expect(row.phase).toBe('failed');
    return JSON.parse(row.failure ?? '');
  }

  test('identical copies are dropped and counted, differing records of one id fail the run', async () => {
    const records = sampleDistrict({ students: 4 });
    const [first, ...rest] = records.users ?? [];
    await filesOf({ records: { ...records, users: [...(records.users ?? []), first as Record<string, unknown>] } });
    const copies: UpstreamRecords = { ...records, users: [first as Record<string, unknown>, ...rest, { ...first, email: 'other@example.invalid' }] };
    expect(await failureOf({ records: copies })).toMatchObject({ code: 'conflicting_records', collection: 'users', retryable: true });
  });

  test('a record without sourcedId fails the run and names collection and page', async () => {
    const records = sampleDistrict({ students: 4 });
    expect(await failureOf({ records: { ...records, classes: [{ title: 'nameless' }] } })).toMatchObject({ code: 'missing_required', collection: 'classes', offset: 0 });
  });
});
