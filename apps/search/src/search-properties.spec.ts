import { SnapshotsQuery } from '@lastgood/contracts';
import fc from 'fast-check';
import type { Search } from './search.js';
import { ask, codeOf, districts, TestBucket, until } from './testing/read-side.js';
import { person, type WritingSide } from './testing/writing-side.js';

interface Known {
  id: string;
  name: string;
  state: 'published' | 'held' | 'superseded' | 'expired';
}

/** What a log should say, kept beside it. */
class Model {
  readonly attempts: Known[] = [];
  current: Known | null = null;
  newest: string | null = null;
  hold = false;
}

type Step = 'publish' | 'partial' | 'quarantine' | 'fail' | 'approve' | 'rollback' | 'expire';
const steps = fc.array(fc.constantFrom<Step>('publish', 'publish', 'partial', 'quarantine', 'quarantine', 'fail', 'approve', 'rollback', 'expire'), { minLength: 1, maxLength: 5 });

let bucket: TestBucket;
let search: Search;
let places = 0;
const SLOTS = 250;

beforeAll(async () => {
  bucket = await TestBucket.open();
  search = bucket.replica({ SEARCH_OPEN_INDEXES: '8' }, 'local', districts(SLOTS)).search;
});
afterAll(() => bucket.close());

async function take(step: Step, model: Model, writer: WritingSide): Promise<void> {
  const held = model.attempts.find(({ state }) => state === 'held');
  const other = model.attempts.find((known) => known.state === 'published' && known !== model.current);
  if (step === 'fail') await writer.failedRun();
  else if (step === 'approve' && held) {
    await writer.log.approve({ snapshot: held.id, previewed: (await writer.log.read()).head, actor: 'test' });
    Object.assign(held, { state: 'published' });
    model.current = held;
    model.hold = false;
  } else if (step === 'rollback' && other) {
    await writer.log.rollback({ snapshot: other.id, actor: 'test' });
    model.current = other;
    model.hold = true;
  } else if (step === 'expire' && other) {
    await writer.log.expire({ snapshot: other.id, actor: 'test' });
    other.state = 'expired';
  } else if (step === 'publish' || step === 'partial' || step === 'quarantine') await takeSnapshot(step, model, writer);
}

async function takeSnapshot(step: 'publish' | 'partial' | 'quarantine', model: Model, writer: WritingSide): Promise<void> {
  const name = `Name${model.attempts.length}`;
  const verdict = step === 'quarantine' || model.hold ? 'quarantine' : 'publish';
  const id = await writer.snapshot({ people: [person({ sourcedId: 's', familyName: name })], verdict, status: step === 'partial' ? 'partial' : 'complete', schemaVersion: `1.${model.attempts.length}`, date: `2026-11-0${model.attempts.length + 1}` });
  for (const known of model.attempts) if (known.state === 'held') known.state = 'superseded';
  const known: Known = { id, name, state: verdict === 'publish' ? 'published' : 'held' };
  model.attempts.push(known);
  model.newest = id;
  if (verdict === 'publish') model.current = known;
}

/** Runs steps in a district of its own; `check` after each. */
async function story(taken: readonly Step[], check: (model: Model, district: string) => Promise<void>): Promise<void> {
  const district = `d${places++ % SLOTS}x`;
  const writer = bucket.writer(district);
  const model = new Model();
  await codeOf(ask(search, district));
  for (const step of taken) {
    await take(step, model, writer);
    await search.logGrew({ district, source: 'sis' });
    await check(model, district);
  }
}

/** The newest answer, once the swap is through. */
async function settled(district: string, model: Model): Promise<Awaited<ReturnType<typeof ask>>[number] | undefined> {
  await until(async () => (await ask(search, district))[0]?.snapshot?.id === model.current?.id);
  return (await ask(search, district))[0];
}

describe('reads after any history of a log', () => {
  test('P02 P13 are answered from the newest good snapshot and never from a failed, held or unfinished attempt', async () => {
    await fc.assert(fc.asyncProperty(steps, (taken) => story(taken, async (model, district) => {
      if (!model.current) return expect(await codeOf(ask(search, district))).toBe('no_snapshot_yet');
      const at = (await ask(search, district))[0];
      const served = model.attempts.find(({ id }) => id === at?.snapshot?.id);
      expect([served?.state, at?.names]).toEqual(['published', [served?.name]]);
      expect((await settled(district, model))?.names).toEqual([model.current.name]);
    })), { numRuns: 100 });
  }, 180_000);

  test('P19 P21 P28 latest, latest good, lists and versions agree with the log', async () => {
    const filters = fc.record({ status: fc.option(fc.constantFrom('complete', 'partial', 'quarantined', 'failed'), { nil: undefined }), limit: fc.integer({ min: 1, max: 3 }), from: fc.option(fc.constant('2026-11-02'), { nil: undefined }), schema_version: fc.option(fc.constantFrom('1.0', '1.1', '1.2'), { nil: undefined }) });
    await fc.assert(fc.asyncProperty(steps, filters, (taken, filter) => story(taken, async (model, district) => {
      const all = (await search.snapshots.list(district, SnapshotsQuery.parse({ limit: 200 }))).items;
      const matching = all.filter((item) => (!filter.status || item.status === filter.status) && (!filter.from || item.snapshot_date >= filter.from) && (!filter.schema_version || item.schema_version === filter.schema_version));
      const walked: string[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await search.snapshots.list(district, SnapshotsQuery.parse({ ...JSON.parse(JSON.stringify(filter)), ...(cursor ? { cursor } : {}) }));
        expect(page.items.length).toBeLessThanOrEqual(filter.limit);
        walked.push(...page.items.map(({ snapshot_id }) => snapshot_id));
        cursor = page.nextCursor;
      } while (cursor);
      expect(walked).toEqual(matching.map(({ snapshot_id }) => snapshot_id));
      expect(all.filter(({ state }) => state !== 'failed').map(({ snapshot_id, schema_version }) => [snapshot_id, schema_version])).toEqual(model.attempts.map(({ id }, index) => [id, `1.${index}`]).reverse());
      if (all.length === 0) return;
      expect((await search.snapshots.detail(district, 'latest', undefined)).snapshot_id).toBe(all[0]?.snapshot_id);
      if (model.current) expect(await search.snapshots.detail(district, 'latest-good', undefined)).toMatchObject({ snapshot_id: model.current.id, state: 'current' });
      else expect(await codeOf(search.snapshots.detail(district, 'latest-good', undefined))).toBe('no_snapshot_yet');
    })), { numRuns: 100 });
  }, 180_000);

  test('P03 P11 many reads at once are all answered, each with the time and id of its snapshot', async () => {
    const writer = bucket.writer('oak');
    const id = await writer.snapshot({ people: Array.from({ length: 50 }, (_, index) => person({ sourcedId: `s${index}`, familyName: `Name${index}` })) });
    await fc.assert(fc.asyncProperty(fc.array(fc.record({ q: fc.string({ maxLength: 8, unit: 'grapheme' }), limit: fc.integer({ min: 1, max: 200 }) }), { minLength: 1, maxLength: 64 }), async (queries) => {
      const answers = await Promise.all(queries.map((query) => ask(search, 'oak', query)));
      for (const [answer] of answers) expect([answer?.snapshot?.id, Number.isNaN(Date.parse(answer?.snapshot?.createdAt ?? ''))]).toEqual([id, false]);
    }), { numRuns: 100 });
  }, 60_000);

  test('P01 start no fetch: reading asks the bucket only, and writes nothing', async () => {
    const before = bucket.gated.asked.length;
    await fc.assert(fc.asyncProperty(fc.constantFrom('students', 'latest', 'status', 'list'), async (what) => {
      if (what === 'students') await ask(search, 'oak');
      else if (what === 'status') await search.snapshots.status('oak');
      else if (what === 'list') await search.snapshots.list('oak', SnapshotsQuery.parse({}));
      else await search.snapshots.detail('oak', 'latest', undefined);
    }), { numRuns: 100 });
    expect(bucket.gated.written).toBe(0);
    expect(bucket.gated.asked.slice(before).every((key) => key.endsWith('manifest.json'))).toBe(true);
  });
});
