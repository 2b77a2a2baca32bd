import type { Collection } from '@lastgood/contracts';
import type { UpstreamPage, UpstreamRecord } from '../oneroster/upstream-page.js';
import { SourceError } from '../source-error.js';
import { CALM, KeptPages, MovingUpstream, type Habits } from './moving-upstream.js';
import { walkCollection } from './walk-collection.js';
import type { GetPage, LandedLines, WalkOptions, WalkResult } from './walk-types.js';
import { weakerWalkSettings } from './weaker-settings.js';

const SETTINGS: WalkOptions['settings'] = { paging: 'overlap', totals: 'must-agree', order: 'by-id', envelope: 'required', mayBeEmpty: [] };
const walk = async (getPage: GetPage, over: Partial<WalkOptions> = {}, sink = new KeptPages()): Promise<WalkResult & { ids: string[]; reasons: string[]; sink: KeptPages }> => {
  const result = await walkCollection(getPage, sink, { collection: 'users', settings: SETTINGS, pageSize: 10, concurrency: 3, signal: new AbortController().signal, ...over });
  return { ...result, ids: sink.ids, reasons: sink.reasons, sink };
};
const still = (count: number, habits: Partial<Habits> = {}): MovingUpstream => new MovingUpstream(count, { ...CALM, ...habits }, []);
const page = (records: UpstreamRecord[], over: Partial<UpstreamPage> = {}): UpstreamPage => ({ records, toldTotal: null, revision: null, ...over });
/** Serves a fixed list in its own order. */
const fixed = (rows: UpstreamRecord[], over: (offset: number) => Partial<UpstreamPage> = () => ({})): GetPage => async ({ offset, limit }) => page(rows.slice(offset, offset + limit), over(offset));
const people = (...ids: string[]): UpstreamRecord[] => ids.map((sourcedId) => ({ sourcedId }));
const failsWith = (code: string, words = '') => expect.objectContaining({ code, message: expect.stringContaining(words) });

describe('the end of a collection', () => {
  test('is not a page shorter than asked: a page size that the upstream clamps is learned', async () => {
    const upstream = still(1200, { clamp: 500 });
    expect(await walk(upstream.getPage, { pageSize: 10_000 })).toMatchObject({ rows: 1200, evidence: 'overlap', restarts: 0 });
    expect(upstream.calls).toBeLessThanOrEqual(7);
  });

  test('is not a told total that counts the page', async () => {
    expect(await walk(still(95, { clamp: 40, total: 'page-count' }).getPage, { pageSize: 100 }).catch((error: SourceError) => error.code)).toMatch(/^totals_differ|total_disagrees$/);
  });

  test('is told wrong: the walk starts anew three times and fails', async () => {
    const sink = new KeptPages();
    await expect(walk(still(30, { total: 'larger' }).getPage, {}, sink)).rejects.toEqual(failsWith('total_disagrees', 'walk.totals: ignore'));
    expect(sink.reasons).toEqual(['1 total_disagrees', '2 total_disagrees', '3 total_disagrees']);
    expect(await walk(still(30, { total: 'larger' }).getPage, { settings: { ...SETTINGS, totals: 'ignore' } })).toMatchObject({ rows: 30 });
  });

  test('of a collection of one row is proven by the next page, and a clamp to one row a page is refused', async () => {
    expect(await walk(still(1).getPage)).toMatchObject({ rows: 1, evidence: 'overlap' });
    await expect(walk(still(5, { clamp: 1 }).getPage)).rejects.toEqual(failsWith('page_too_small'));
  });
});

describe('an upstream that ignores the offset', () => {
  test('fails with the setting that would allow it', async () => {
    await expect(walk(still(10, { ignoresOffset: true }).getPage)).rejects.toEqual(failsWith('offset_ignored', 'walk.paging: none'));
    await expect(walk(still(1, { ignoresOffset: true }).getPage)).rejects.toEqual(failsWith('offset_ignored', 'walk.paging: none'));
  });

  test('is taken at its word only where the source allows it, and then by its total', async () => {
    await expect(walk(still(10, { ignoresOffset: true, total: 'page-count', clamp: 5 }).getPage)).rejects.toEqual(failsWith('offset_ignored'));
    const paging = { ...SETTINGS, paging: 'none' as const };
    await expect(walk(still(10, { ignoresOffset: true, total: 'honest', clamp: 5 }).getPage, { settings: paging })).rejects.toEqual(failsWith('total_disagrees'));
    expect(await walk(still(10, { ignoresOffset: true }).getPage, { settings: { ...SETTINGS, paging: 'none' } })).toMatchObject({ rows: 10, evidence: 'single-page' });
  });
});

describe('copies of a row', () => {
  test('that are equal are dropped and counted', async () => {
    expect(await walk(fixed(people('a', 'b', 'b', 'c', 'd', 'd')), { pageSize: 3 })).toMatchObject({ ids: ['a', 'b', 'c', 'd'], rows: 4, duplicates: 2 });
    expect(await walk(fixed(people('c', 'a', 'b', 'a', 'd')), { pageSize: 3, settings: { ...SETTINGS, order: 'any' } })).toMatchObject({ ids: ['c', 'a', 'b', 'd'], duplicates: 1 });
  });

  test('that differ fail', async () => {
    const rows = [{ sourcedId: 'a', v: 1 }, { sourcedId: 'b', v: 1 }, { sourcedId: 'b', v: 2 }, { sourcedId: 'c', v: 1 }];
    await expect(walk(fixed(rows))).rejects.toEqual(failsWith('duplicate_differs'));
    await expect(walk(fixed([rows[1]!, rows[0]!, rows[2]!]), { settings: { ...SETTINGS, order: 'any' } })).rejects.toEqual(failsWith('duplicate_differs'));
  });
});

describe('the order of the rows', () => {
  test.each([
    ['numbers', ['2', '10', '33', '100']], ['letter case ignored', ['a1', 'B1', 'b2', 'C0']], ['text', ['S10', 'S2', 's1', 'ä']], ['natural', ['s2', 's10', 'S33']],
    ['uniqueidentifier of SQL Server', ['ffffffff-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002']], ['punctuation ignored', ['a-b', 'ab1', 'a-c']],
  ])('by id may be that of %s', async (_name, ids) => {
    expect(await walk(fixed(people(...ids)), { pageSize: 2 })).toMatchObject({ ids });
  });

  test('that shows itself only after many rows is found by reading again', async () => {
    const ids = Array.from({ length: 3000 }, (_, index) => `u${index + 8000}`);
    expect(await walk(fixed(people(...ids)), { pageSize: 500 })).toMatchObject({ rows: 3000, restarts: 0, reasons: ['1 upstream_unsorted'] });
  });

  test('that is none fails at once with the setting that would trust it, except for a page one that the total calls complete', async () => {
    const rows = people('b', 'a', 'd', 'c');
    await expect(walk(fixed(rows), { pageSize: 3 })).rejects.toEqual(failsWith('upstream_unsorted', 'walk.order: any'));
    await expect(walk(fixed(rows))).rejects.toEqual(failsWith('upstream_unsorted'));
    expect(await walk(fixed(rows), { pageSize: 3, settings: { ...SETTINGS, order: 'any' } })).toMatchObject({ rows: 4 });
    expect(await walk(fixed(rows, () => ({ toldTotal: 4 })))).toMatchObject({ rows: 4 });
    await expect(walk(fixed(people('b', 'a', 'b'), () => ({ toldTotal: 3 })))).rejects.toEqual(failsWith('upstream_unsorted'));
  });
});

describe('an empty answer', () => {
  const empty = (collection: Collection, over: Partial<WalkOptions> = {}, toldTotal: number | null = null) => walk(async () => page([], { toldTotal }), { collection, ...over });

  test.each(['users', 'orgs', 'classes'] as const)('is never an empty list of %s, unless the source allows it', async (collection) => {
    await expect(empty(collection)).rejects.toEqual(failsWith('unexpected_empty', 'walk.mayBeEmpty'));
    expect(await empty(collection, { settings: { ...SETTINGS, mayBeEmpty: [collection] } })).toMatchObject({ rows: 0 });
  });

  test('of another collection is believed here; whether the last good snapshot had some is for the gate to see', async () => {
    expect(await empty('enrollments')).toMatchObject({ rows: 0, evidence: 'single-page' });
    expect(await empty('courses', {}, 0)).toMatchObject({ rows: 0, evidence: 'total' });
    await expect(empty('courses', {}, 12)).rejects.toEqual(failsWith('total_disagrees'));
  });
});

describe('pages of an earlier epoch', () => {
  const landed = async (upstream: MovingUpstream, pages: number): Promise<LandedLines[]> => (await walk(upstream.getPage)).sink.pages.slice(0, pages).map(({ offset, lines }) => ({ offset, lines }));
  const iterate = async function* (pages: LandedLines[]): AsyncGenerator<LandedLines> {
    yield* pages;
  };

  test('are taken over when the upstream goes on where they end', async () => {
    const upstream = still(50);
    const pages = await landed(upstream, 3);
    const before = upstream.calls;
    const result = await walk(upstream.getPage, { adopt: { pages: iterate(pages), revision: null, toldTotal: null } });
    expect(result).toMatchObject({ rows: 50, adopted: 3, restarts: 0, ids: upstream.rows.slice(28).map(({ id }) => id) });
    expect(upstream.calls - before).toBeLessThan(before - 1);
  });

  test('are given up when a row before their end went away, when one is missing, or when the revision is not known', async () => {
    const upstream = still(50);
    const pages = await landed(upstream, 3);
    upstream.rows.shift();
    const result = await walk(upstream.getPage, { adopt: { pages: iterate(pages) } });
    expect(result).toMatchObject({ rows: 49, adopted: 0, restarts: 1, ids: upstream.rows.map(({ id }) => id) });
    expect(await walk(still(50).getPage, { adopt: { pages: iterate([pages[0]!, pages[2]!]) } })).toMatchObject({ rows: 50, adopted: 1 });
    expect(await walk(still(50, { revision: 'constant' }).getPage, { adopt: { pages: iterate(pages) } })).toMatchObject({ rows: 50, adopted: 0, restarts: 0 });
    expect(await walk(still(50, { revision: 'constant' }).getPage, { adopt: { pages: iterate(pages), revision: '0' } })).toMatchObject({ rows: 50, adopted: 3 });
  });
});

describe('calls', () => {
  test('never exceed the limit at once, and a failing page names itself', async () => {
    let atOnce = 0;
    let most = 0;
    const upstream = still(400);
    const counted: GetPage = async (ask) => {
      most = Math.max(most, (atOnce += 1));
      await new Promise((done) => setImmediate(done));
      try {
        if (ask.offset >= 270) throw new SourceError('upstream_failing', 'the upstream failed (500)', { retryable: true, httpStatus: 500 });
        return await upstream.getPage(ask);
      } finally {
        atOnce -= 1;
      }
    };
    await expect(walk(counted, { concurrency: 4 })).rejects.toMatchObject({ code: 'upstream_failing', collection: 'users', offset: 270 });
    expect(most).toBe(4);
  });

  test('beyond the end may fail without harm', async () => {
    const upstream = still(95);
    const getPage: GetPage = async (ask) => {
      if (ask.offset >= 95) throw new SourceError('upstream_not_found', 'no such page', { retryable: false });
      return upstream.getPage(ask);
    };
    expect(await walk(getPage, { concurrency: 5 })).toMatchObject({ rows: 95 });
  });

  test('stop when the run is cancelled', async () => {
    const cancel = new AbortController();
    const upstream = still(1000);
    const getPage: GetPage = async (ask) => {
      if (ask.offset > 200) cancel.abort(new Error('cancelled'));
      return upstream.getPage(ask);
    };
    await expect(walk(getPage, { signal: cancel.signal })).rejects.toThrow('cancelled');
    expect(upstream.calls).toBeLessThan(40);
  });
});

test('weaker settings are named', () => {
  expect(weakerWalkSettings(SETTINGS)).toEqual([]);
  expect(weakerWalkSettings({ paging: 'none', totals: 'ignore', order: 'any', envelope: 'bare-list-allowed', mayBeEmpty: ['users', 'users'] }))
    .toEqual(['walk.paging=none', 'walk.totals=ignore', 'walk.order=any', 'walk.envelope=bare-list-allowed', 'walk.mayBeEmpty=users']);
});
