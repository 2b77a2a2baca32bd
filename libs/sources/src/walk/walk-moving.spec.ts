import fc from 'fast-check';
import { SourceError } from '../source-error.js';
import { CALM, KeptPages, MovingUpstream, type Change, type Habits } from './moving-upstream.js';
import { walkCollection } from './walk-collection.js';
import type { GetPage, WalkOptions, WalkSink } from './walk-types.js';

const SETTINGS: WalkOptions['settings'] = { paging: 'overlap', totals: 'must-agree', order: 'by-id', envelope: 'required', mayBeEmpty: ['users'] };
const CASES = 600;

const change = (kinds: readonly Change['kind'][]): fc.Arbitrary<Change> => fc.record({ kind: fc.constantFrom(...kinds), row: fc.nat(1000), place: fc.nat(1000) });
const mostlyQuiet = (kinds: readonly Change['kind'][]): fc.Arbitrary<Change[]> =>
  fc.array(fc.oneof({ weight: 9, arbitrary: fc.constant<Change>({ kind: 'none', row: 0, place: 0 }) }, { weight: 1, arbitrary: change(kinds) }), { maxLength: 60, size: 'max' });
const busy = (kinds: readonly Change['kind'][]): fc.Arbitrary<Change[]> => fc.array(change(kinds), { maxLength: 30, size: 'max' });

interface Setup {
  count: number;
  pageSize: number;
  concurrency: number;
  habits: Habits;
  changes: Change[];
  delays: number[];
}

const setup = (over: { habits: fc.Arbitrary<Habits>; kinds: Change['kind'][]; count?: fc.Arbitrary<number>; pageSize?: fc.Arbitrary<number> }): fc.Arbitrary<Setup> => fc.record({
  count: over.count ?? fc.integer({ min: 0, max: 60 }),
  pageSize: over.pageSize ?? fc.integer({ min: 2, max: 25 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  habits: over.habits,
  changes: fc.oneof(mostlyQuiet(over.kinds), busy(over.kinds)),
  delays: fc.array(fc.nat(12), { maxLength: 8 }),
});

/** Whether the walk ended well; throws when it ended well without a row that was always there, or badly without a SourceError. */
async function walkAndJudge({ count, pageSize, concurrency, habits, changes, delays }: Setup, settings: WalkOptions['settings']): Promise<string> {
  const upstream = new MovingUpstream(count, habits, changes, delays);
  const sink = new KeptPages();
  try {
    const result = await walkCollection(upstream.getPage, sink, { collection: 'users', settings, pageSize, concurrency, signal: new AbortController().signal });
    const landed = new Set(sink.ids);
    expect([...upstream.always].filter((id) => !landed.has(id))).toEqual([]);
    expect(sink.ids).toHaveLength(landed.size);
    expect(result.rows).toBe(landed.size);
    return result.restarts > 0 ? 'good after a restart' : 'good';
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return error.code;
  }
}

async function everyCase(arbitrary: fc.Arbitrary<Setup>, settings = SETTINGS, numRuns = CASES): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  await fc.assert(fc.asyncProperty(arbitrary, async (one) => {
    const end = await walkAndJudge(one, settings);
    for (const name of end === 'good after a restart' ? ['good', end] : [end]) ends.set(name, (ends.get(name) ?? 0) + 1);
  }), { numRuns });
  return ends;
}

const habitsOf = (over: Partial<{ [K in keyof Habits]: fc.Arbitrary<Habits[K]> }>): fc.Arbitrary<Habits> => fc.record({
  sorted: fc.constant(CALM.sorted), clamp: fc.oneof(fc.constant(1000), fc.integer({ min: 2, max: 9 })), total: fc.constantFrom('none', 'honest'),
  revision: fc.constant(CALM.revision), ignoresOffset: fc.constant(false), freshIds: fc.boolean(), burst: fc.integer({ min: 1, max: 3 }), ...over,
});

describe('a walk over an upstream that changes while it is read brings every row that was there all the time, or fails', () => {
  const everything: Change['kind'][] = ['insert', 'delete', 'replace', 'edit', 'shuffle'];

  for (const kind of ['insert', 'delete', 'replace', 'edit'] as const) {
    test(`when rows of a sorted upstream are changed by: ${kind}`, async () => {
      const ends = await everyCase(setup({ habits: habitsOf({}), kinds: [kind] }));
      expect(ends.get('good')).toBeGreaterThan(CASES / 10);
      expect(ends.get('good after a restart')).toBeGreaterThan(kind === 'edit' ? 0 : CASES / 20);
    });
  }

  test('when anything happens at any time, pages are clamped and totals lie', async () => {
    const habits = habitsOf({ total: fc.constantFrom('none', 'honest', 'zero', 'larger', 'page-count', 'sometimes') });
    const ends = await everyCase(setup({ habits, kinds: everything }));
    expect(ends.get('good')).toBeGreaterThan(CASES / 20);
    expect(ends.get('upstream_moving')).toBeGreaterThan(0);
  });

  test('when the revision moves with every change', async () => {
    const ends = await everyCase(setup({ habits: habitsOf({ revision: fc.constant('moves') }), kinds: everything }));
    expect(ends.get('good')).toBeGreaterThan(CASES / 20);
    expect(ends.get('revision_changed')).toBeGreaterThan(0);
  });

  test('when totals are to be ignored', async () => {
    const habits = habitsOf({ total: fc.constantFrom('honest', 'larger', 'page-count', 'sometimes') });
    const ends = await everyCase(setup({ habits, kinds: everything }), { ...SETTINGS, totals: 'ignore' });
    expect(ends.get('good')).toBeGreaterThan(CASES / 10);
  });

  test('when the upstream keeps an order of its own and moves rows in it', async () => {
    const habits = habitsOf({ sorted: fc.constant(false), clamp: fc.constant(1000) });
    const ends = await everyCase(setup({ habits, kinds: [...everything, 'move'], count: fc.integer({ min: 20, max: 60 }), pageSize: fc.integer({ min: 8, max: 25 }) }));
    expect(ends.get('upstream_unsorted')).toBeGreaterThan(CASES / 10);
  });

  test('when the order of its own stays and is trusted (walk.order: any)', async () => {
    const habits = habitsOf({ sorted: fc.constant(false), freshIds: fc.constant(true) });
    const ends = await everyCase(setup({ habits, kinds: ['insert', 'delete', 'replace', 'edit'] }), { ...SETTINGS, order: 'any' });
    expect(ends.get('good')).toBeGreaterThan(CASES / 10);
  });

  test('when the offset is ignored', async () => {
    const ends = await everyCase(setup({ habits: habitsOf({ ignoresOffset: fc.constant(true), total: fc.constantFrom('none', 'honest', 'larger', 'zero', 'page-count') }), kinds: everything }));
    expect(ends.get('offset_ignored')).toBeGreaterThan(0);
  });
});

test('pages of a walk that was killed are taken over only where every row that was there all the time is still brought', async () => {
  const ends = new Map<string, number>();
  const setups = setup({ habits: habitsOf({ revision: fc.constantFrom('none', 'moves') }), kinds: ['insert', 'delete', 'replace', 'edit'], count: fc.integer({ min: 10, max: 60 }) });
  await fc.assert(fc.asyncProperty(setups, fc.integer({ min: 1, max: 4 }), async ({ count, pageSize, concurrency, habits, changes, delays }, landed) => {
    const upstream = new MovingUpstream(count, habits, changes, delays);
    const kill = new AbortController();
    const before = new KeptPages();
    const options = { collection: 'users', settings: SETTINGS, pageSize, concurrency } as const;
    let revision: string | null = null;
    const land: WalkSink['land'] = async (page) => {
      await before.land(page);
      if (before.pages.length === landed) kill.abort(new Error('killed'));
    };
    const kept = async (ask: Parameters<GetPage>[0]) => {
      const page = await upstream.getPage(ask);
      if (ask.offset === 0) revision = page.revision;
      return page;
    };
    await walkCollection(kept, { land, restart: (round, reason) => before.restart(round, reason) }, { ...options, signal: kill.signal }).catch(() => undefined);
    const sink = new KeptPages();
    const pages = (async function* () {
      yield* before.pages;
    })();
    try {
      const result = await walkCollection(upstream.getPage, sink, { ...options, signal: new AbortController().signal, adopt: { pages, revision } });
      const ids = [...before.pages.slice(0, result.adopted).flatMap((page) => page.records.map((record) => record.sourcedId)), ...sink.ids];
      expect([...upstream.always].filter((id) => !ids.includes(id))).toEqual([]);
      expect(new Set(ids).size).toBe(ids.length);
      expect(result.rows).toBe(ids.length);
      const end = result.adopted > 0 ? 'adopted' : 'anew';
      ends.set(end, (ends.get(end) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
    }
  }), { numRuns: CASES });
  expect(ends.get('adopted')).toBeGreaterThan(CASES / 20);
  expect(ends.get('anew')).toBeGreaterThan(CASES / 20);
});

describe('a walk over an upstream that keeps still', () => {
  test('brings exactly its rows, in order, whatever the page size, the clamp and how many pages are asked for at once', async () => {
    const still = setup({ habits: habitsOf({ total: fc.constantFrom('none', 'honest', 'zero'), revision: fc.constantFrom('none', 'constant') }), kinds: ['none'] });
    await fc.assert(fc.asyncProperty(still, async ({ count, pageSize, concurrency, habits, delays }) => {
      const upstream = new MovingUpstream(count, habits, [], delays);
      const sink = new KeptPages();
      const result = await walkCollection(upstream.getPage, sink, { collection: 'users', settings: SETTINGS, pageSize, concurrency, signal: new AbortController().signal });
      expect(sink.ids).toEqual(upstream.rows.map(({ id }) => id));
      expect(result).toMatchObject({ rows: count, duplicates: 0, restarts: 0, adopted: 0 });
      const stride = Math.min(pageSize, habits.clamp) - 1;
      expect(upstream.calls).toBeLessThanOrEqual(Math.ceil(count / stride) + concurrency + 2);
    }), { numRuns: CASES });
  });
});
