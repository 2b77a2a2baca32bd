import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { buffer } from 'node:stream/consumers';
import { SnapshotsQuery, type SnapshotItem } from '@lastgood/contracts';
import fc from 'fast-check';
import { questionOf, writeCursor } from './cursors.js';
import type { Search } from './search.js';
import { type Model, steps, Stories } from './testing/log-story.js';
import { READS } from './testing/every-read.js';
import { ask, codeOf, districts, TestBucket, until } from './testing/read-side.js';
import { person } from './testing/writing-side.js';

const PLACES = 600;
const CASES = { numRuns: 100 };

let bucket: TestBucket;
let search: Search;
let stories: Stories;

beforeAll(async () => {
  bucket = await TestBucket.open();
  search = bucket.replica({ SEARCH_OPEN_INDEXES: '8' }, 'local', districts(PLACES)).search;
  stories = new Stories(bucket, search, PLACES);
});
afterAll(() => bucket.close());

const listed = async (district: string): Promise<SnapshotItem[]> => (await search.snapshots.list(district, SnapshotsQuery.parse({ limit: 200 }))).items;

/** What a cursor made by hand gives: the names of the page, or the code of the refusal. */
async function forged(district: string, snapshot: string): Promise<unknown> {
  const cursor = writeCursor({ source: 'sis', snapshot, row: 1 }, questionOf(district, 'students', '', undefined, undefined, undefined));
  const answer = ask(search, district, { cursor });
  const code = await codeOf(answer);
  return code === 'no error' ? (await answer)[0]?.names : code;
}

const expectedOf = ({ served, state, name }: Model['attempts'][number]): unknown => (!served ? 'invalid_cursor' : state === 'expired' ? 'snapshot_expired' : [name]);

describe('reads after any history of a log', () => {
  test('P02 every read is answered from the newest good snapshot, and while that one is opened from the one before', async () => {
    await fc.assert(fc.asyncProperty(steps, (taken) => stories.tell(taken, async (model, district) => {
      if (!model.current) return expect(await codeOf(ask(search, district))).toBe('no_snapshot_yet');
      const [at] = await ask(search, district);
      expect(model.attempts.find(({ id }) => id === at?.snapshot?.id)).toMatchObject({ state: 'published', name: at?.names[0] });
      await until(async () => (await ask(search, district))[0]?.snapshot?.id === model.current?.id);
      expect((await ask(search, district))[0]?.names).toEqual([model.current.name, model.current.name]);
    })), CASES);
  }, 300_000);

  test('P13 failed, quarantined and unfinished attempts are never served, not even by a forged cursor', async () => {
    const met = new Set<string>();
    await fc.assert(fc.asyncProperty(steps, (taken) => stories.tell(taken, async (model, district) => {
      const served = (await ask(search, district).catch(() => []))[0]?.snapshot?.id;
      expect(model.attempts.find(({ id }) => id === served)?.served).toBe(model.current ? true : undefined);
      for (const attempt of model.attempts) {
        met.add(`${attempt.state}${attempt.served ? ' and served' : ''}`);
        expect([attempt.state, await forged(district, attempt.id)]).toEqual([attempt.state, expectedOf(attempt)]);
      }
    })), { ...CASES, examples: [[['publish', 'publish', 'expire', 'quarantine', 'reject', 'quarantine', 'quarantine', 'fail', 'leave', 'approve']]] });
    expect([...met].sort()).toEqual(['expired and served', 'held', 'published and served', 'rejected', 'superseded', 'unfinished']);
  }, 300_000);

  test('P19 latest and latest good can both be asked and agree with the log', async () => {
    await fc.assert(fc.asyncProperty(steps, (taken) => stories.tell(taken, async (model, district) => {
      const newest = (await listed(district))[0]?.snapshot_id;
      if (newest === undefined) expect(await codeOf(search.snapshots.detail(district, 'latest', undefined))).toBe('no_snapshot_yet');
      else expect((await search.snapshots.detail(district, 'latest', undefined)).snapshot_id).toBe(newest);
      if (!model.current) return expect(await codeOf(search.snapshots.detail(district, 'latest-good', undefined))).toBe('no_snapshot_yet');
      expect(await search.snapshots.detail(district, 'latest-good', undefined)).toMatchObject({ snapshot_id: model.current.id, state: 'current' });
    })), CASES);
  }, 300_000);

  test('P21 listing filters and limits exactly, and a walk over its pages meets everything once', async () => {
    const filters = fc.record({
      status: fc.option(fc.constantFrom('complete', 'partial', 'quarantined', 'failed'), { nil: undefined }), limit: fc.integer({ min: 1, max: 3 }),
      from: fc.option(fc.constant('2026-11-02'), { nil: undefined }), to: fc.option(fc.constant('2026-11-03'), { nil: undefined }), schema_version: fc.option(fc.constantFrom('1.0', '1.1', '1.2'), { nil: undefined }),
      calculation_version: fc.option(fc.constantFrom('2.0', '2.1', '2.2'), { nil: undefined }),
    });
    await fc.assert(fc.asyncProperty(steps, filters, (taken, filter) => stories.tell(taken, async (model, district) => {
      const all = await listed(district);
      expect(all.filter(({ state }) => state !== 'failed').map(({ snapshot_id }) => snapshot_id)).toEqual(model.recorded.map(({ id }) => id).reverse());
      const matching = all.filter((item) => (!filter.status || item.status === filter.status) && (!filter.from || item.snapshot_date >= filter.from) && (!filter.to || item.snapshot_date <= filter.to) && (!filter.schema_version || item.schema_version === filter.schema_version) && (!filter.calculation_version || item.calculation_version === filter.calculation_version));
      const walked: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await search.snapshots.list(district, SnapshotsQuery.parse({ ...JSON.parse(JSON.stringify(filter)), ...(cursor ? { cursor } : {}) }));
        expect(page.items.length).toBeLessThanOrEqual(filter.limit);
        walked.push(...page.items.map(({ snapshot_id }) => snapshot_id));
        cursor = page.nextCursor;
      } while (cursor);
      expect(walked).toEqual(matching.map(({ snapshot_id }) => snapshot_id));
    })), CASES);
  }, 300_000);

  test('P28 an old snapshot keeps its versions and stays readable', async () => {
    await fc.assert(fc.asyncProperty(steps, (taken) => stories.tell(taken, async (model, district) => {
      for (const [index, { id, name, state }] of model.recorded.entries()) {
        expect(await search.snapshots.detail(district, id, undefined)).toMatchObject({ schema_version: `1.${index}`, calculation_version: `2.${index}` });
        const file = search.snapshots.file(district, id, 'students.csv', undefined);
        if (state === 'expired' || state === 'rejected') expect(await codeOf(file)).toBe('snapshot_expired');
        else expect((await buffer(await (await file).open())).toString()).toContain(`a,${name}`);
      }
    })), CASES);
  }, 300_000);
});

describe('many reads at once', () => {
  const queries = fc.array(fc.record({ q: fc.string({ maxLength: 8, unit: 'grapheme' }), limit: fc.integer({ min: 1, max: 200 }) }), { minLength: 1, maxLength: 64 });
  let id: string;
  let createdAt: string;
  beforeAll(async () => {
    id = await bucket.writer('oak').snapshot({ people: Array.from({ length: 60 }, (_, index) => person({ sourcedId: `s${index}`, familyName: `Name${index}`, roles: [index < 50 ? 'student' : 'guardian'] })) });
    createdAt = (await search.snapshots.detail('oak', id, undefined)).created_at;
  });

  test('P03 are all answered, none starves', async () => {
    await fc.assert(fc.asyncProperty(queries, async (asked) => {
      const answers = await Promise.all(asked.map((query) => ask(search, 'oak', query)));
      for (const [index, [answer]] of answers.entries()) expect(answer?.names.length).toBeLessThanOrEqual(asked[index]?.limit ?? 0);
      expect(answers).toHaveLength(asked.length);
    }), CASES);
  }, 300_000);

  test("P11 every data answer carries the snapshot's time and id", async () => {
    await fc.assert(fc.asyncProperty(queries, async (asked) => {
      for (const [answer] of await Promise.all(asked.map((query) => ask(search, 'oak', query)))) expect(answer?.snapshot).toMatchObject({ id, createdAt });
      const { snapshots, body } = await search.data.detail('oak', 'students', `s${asked.length % 50}`, undefined, undefined);
      expect([snapshots, String(body)]).toEqual([`sis=${id}`, expect.stringContaining(`"id":"${id}","createdAt":"${createdAt}"`) as string]);
    }), CASES);
  }, 300_000);

  test('P01 starts no fetch from the upstream: whatever is read, it asks the bucket only, for what was published, opens no connection, and writes nothing', async () => {
    const before = bucket.gated.asked.length;
    let connections = 0;
    const connected = (): void => void (connections += 1);
    subscribe('net.client.socket', connected);
    const answered = new Set<string>();
    try {
      await fc.assert(fc.asyncProperty(fc.constantFrom(...READS), fc.gen(), async (read, draw) => {
        const code = await codeOf(read.of(search, 'oak', id, draw));
        if (code === 'no error') answered.add(read.name);
        expect(code).toMatch(/^(no error|not_found|unknown_file)$/);
      }), { numRuns: 500 });
    } finally {
      unsubscribe('net.client.socket', connected);
    }
    // The snapshot has no classes.
    expect([...answered].sort()).toEqual(READS.map(({ name }) => name).filter((name) => name !== 'detail of classes').sort());
    expect([bucket.gated.written, connections]).toEqual([0, 0]);
    expect(bucket.gated.asked.slice(before).filter((key) => !/^snapshots\/oak\/.*\/(manifest\.json|students\.csv\.zst)$|^log\/oak\/sis\/\d{20}\.json$/.test(key))).toEqual([]);
  }, 120_000);
});
