import { StatusFile, type RunFailure } from '@lastgood/contracts';
import type { RunsTable } from '../tables.js';
import { sampleDistrict, type UpstreamRecords } from '../testing/sample-district.js';
import { districtsWith, WriterKit } from '../testing/writer-kit.js';

type User = Record<string, unknown>;

const records = sampleDistrict({ students: 60 });
const isStudent = ({ role }: User): boolean => role === 'student';
const withUsers = (change: (user: User, index: number) => User): UpstreamRecords => ({ ...records, users: (records.users ?? []).map(change) });
const without = (field: string) => ({ [field]: _, ...user }: User): User => user;
const failureOf = (row: RunsTable): RunFailure => JSON.parse(row.failure ?? 'null') as RunFailure;

describe('a refresh with records as some upstreams send them', () => {
  let kit: WriterKit;
  beforeEach(async () => {
    kit = await WriterKit.open();
  });
  afterEach(() => kit.close());

  async function refresh(records: UpstreamRecords): Promise<{ row: RunsTable; status: StatusFile | null; files: Map<string, Buffer> }> {
    kit.fetcher.plan = { records };
    const row = await kit.refresh();
    kit.clock.advance(1000);
    const entry = (await kit.logState()).snapshots.get(row.snapshot ?? '');
    if (entry === undefined) return { row, status: null, files: new Map() };
    const files = await kit.files(entry.folder);
    return { row, status: StatusFile.parse(JSON.parse((files.get('status.json') ?? '').toString())), files };
  }

  /** A column of a CSV by sourcedId. */
  function column(files: Map<string, Buffer>, file: string, name: string): Record<string, string> {
    const [header = '', ...rows] = (files.get(file) ?? '').toString().trimEnd().split('\r\n');
    const place = header.split(',').indexOf(name);
    return Object.fromEntries(rows.map((row) => [row.split(',')[header.split(',').indexOf('sourcedId')], row.split(',')[place] ?? '']));
  }

  test.each([
    ['a column', withUsers(without('email')), 'email'],
    ['every guardian link', withUsers((user) => ({ ...user, agents: [] })), 'agentIds'],
  ] as const)('that lost %s is held, and says which', async (_, changed, field) => {
    expect((await refresh(records)).row.phase).toBe('published');
    const { row, status } = await refresh(changed);
    expect(row.phase).toBe('quarantined');
    expect(status?.findings).toContainEqual(expect.objectContaining({ code: 'column_vanished', collection: 'users', message: expect.stringContaining(`${field} of students`) as string }));
  });

  test('that lost a required column fails, and says which', async () => {
    expect((await refresh(records)).row.phase).toBe('published');
    const { row } = await refresh(withUsers(without('familyName')));
    expect([row.phase, failureOf(row)]).toMatchObject(['failed', { code: 'invalid_records', collection: 'users', message: expect.stringContaining('familyName') as string }]);
  });

  test.each([['students', isStudent], ['guardians', (user: User) => !isStudent(user)]] as const)('whose guardian links are told by the %s alone has all of them, both ways', async (_, tells) => {
    const { files } = await refresh(withUsers((user) => {
      const id = String(user['sourcedId']);
      const other = isStudent(user) ? id.replace('s-', 'p-') : id.replace('p-', 's-');
      const linked = !id.startsWith('t-') && (records.users ?? []).some(({ sourcedId }) => sourcedId === other);
      return { ...user, agents: tells(user) && linked ? [{ href: 'https://upstream.invalid/x', sourcedId: other, type: 'user' }] : [] };
    }));
    const guardians = column(files, 'students.csv', 'guardianIds');
    const children = column(files, 'parents.csv', 'childIds');
    expect(Object.keys(children)).toHaveLength(20);
    for (const [parent, child] of Object.entries(children)) expect([child, guardians[child]]).toEqual([parent.replace('p-', 's-'), parent]);
    expect(Object.values(guardians).filter(Boolean)).toHaveLength(20);
  });
});

describe('a refresh with invalid optional fields', () => {
  const spoiled = withUsers((user, index) => (isStudent(user) && index < 10 ? { ...user, email: { address: 7 } } : user));
  const count = (spoiled.users ?? []).filter(({ email }) => typeof email === 'object').length;

  async function refresh(validation: 'strict' | 'lenient', records: UpstreamRecords): Promise<{ row: RunsTable; kit: WriterKit }> {
    const kit = await WriterKit.open({ districts: districtsWith({ schedule: 'off', validation }) });
    kit.fetcher.plan = { records };
    return { row: await kit.refresh(), kit };
  }

  test('is published where the source is lenient: without these fields, counted, and with the weaker setting named', async () => {
    const { row, kit } = await refresh('lenient', spoiled);
    expect(row.phase).toBe('published');
    const files = await kit.files((await kit.logState()).current?.folder ?? '');
    await kit.close();
    const status = StatusFile.parse(JSON.parse((files.get('status.json') ?? '').toString()));
    expect(status.findings).toContainEqual(expect.objectContaining({ code: 'invalid_optional', severity: 'warning', collection: 'users', count, message: expect.stringContaining('email') as string }));
    expect(status).toMatchObject({ status: 'complete', weaker_settings: ['validation=lenient'], counts: { students: 60 } });
    const [header = '', ...rows] = (files.get('students.csv') ?? '').toString().trimEnd().split('\r\n');
    const emails = rows.map((line) => line.split(',')[header.split(',').indexOf('email')]);
    expect([emails.length, emails.filter((email) => email === '').length]).toEqual([60, count]);
  });

  test('fails where the source is strict', async () => {
    const { row, kit } = await refresh('strict', spoiled);
    await kit.close();
    expect([row.phase, failureOf(row)]).toMatchObject(['failed', { code: 'invalid_records', collection: 'users' }]);
  });

  test('fails where the source is lenient, if a required field is invalid too', async () => {
    const { row, kit } = await refresh('lenient', withUsers((user, index) => (index === 3 ? { ...user, familyName: 7 } : user)));
    await kit.close();
    expect([row.phase, failureOf(row)]).toMatchObject(['failed', { code: 'invalid_records', collection: 'users' }]);
  });
});
