import type { Collection, SourceKind } from '@lastgood/contracts';
import { normalize } from '@lastgood/sources';
import { type QuirkInput, quirkSchema } from '@lastgood/upstream-simulator';
import { PullStand, type TestSource } from '../testing/pull-stand.js';

interface Example {
  quirks: QuirkInput[];
  source?: TestSource;
  kind?: SourceKind;
}
type Named<T extends unknown[]> = [name: string, ...T][];

const kinds: SourceKind[] = ['oneroster-1.1', 'oneroster-1.2'];
const judged: Collection[] = ['orgs', 'classes', 'users', 'enrollments'];
const users = { collection: 'users' } as const;
const limits = { pageSize: 100, callTimeoutMs: 300, maxAnswerBytes: 5_000_000 };

/** What a pull gets in spite of a quirk: the rows that a plain upstream serves, meaning the same. */
const harmless: Named<[Example]> = [
  ['a clamped page size', { quirks: [{ kind: 'clampLimit', limit: 40 }] }],
  ['everything at once, where that is configured', { quirks: [{ kind: 'ignoreOffset', mode: 'everything' }], source: { walk: { paging: 'none' } } }],
  ['no totals', { quirks: [{ kind: 'totals', mode: 'absent' }] }],
  ['totals of 0', { quirks: [{ kind: 'totals', mode: 'zero' }] }],
  ['changing totals, where they are ignored', { quirks: [{ kind: 'totals', mode: 'changing' }], source: { walk: { totals: 'ignore' } } }],
  ...(['absent', 'bare', 'overrun'] as const).map((mode): [string, Example] => [`links that are ${mode}`, { quirks: [{ kind: 'links', mode }] }]),
  ['a revision that changes once', { quirks: [{ kind: 'permRevChanges', ...users, after: 2, times: 1 }], kind: 'classlink' }],
  ['a bearer that is replaced', { quirks: [{ kind: 'bearerRotates', ...users, after: 2, times: 1 }], kind: 'classlink' }],
  ['one 503', { quirks: [{ kind: 'status', status: 503, ...users, times: 1 }] }],
  ['one 429', { quirks: [{ kind: 'rateLimit429', ...users, times: 1 }] }],
  ['a limit of requests at once that is kept', { quirks: [{ kind: 'concurrencyLimit', limit: 2 }, { kind: 'latency', ms: 5 }], source: { limits: { concurrency: 2 } } }],
  ['502 to heavy pages', { quirks: [{ kind: 'heavyPage502', above: 300 }], source: { limits: { pageSize: 1000 } } }],
  ...(['string', 'boolean', 'integer'] as const).flatMap((as) => kinds.map((kind): [string, Example] => [`flags as ${as} of ${kind}`, { quirks: [{ kind: 'flags', as }], kind }])),
  ...kinds.map((kind): [string, Example] => [`href on a foreign host of ${kind}`, { quirks: [{ kind: 'foreignHref' }], kind }]),
  ...(['string', 'relative', 'flat'] as const).flatMap((as) => kinds.map((kind): [string, Example] => [`references as ${as} of ${kind}`, { quirks: [{ kind: 'references', as }], kind }])),
  ['pages that overlap unless they are asked for sorted', { quirks: [{ kind: 'unsortedOverlap', unlessSorted: true }] }],
  ['an identical copy', { quirks: [{ kind: 'duplicateDifferent', ...users, at: 60, identical: true }, { kind: 'totals', mode: 'absent' }] }],
  ['teachers among the students of a class', { quirks: [{ kind: 'teachersAmongStudents' }] }],
  ['a slow upstream', { quirks: [{ kind: 'latency', ms: 20 }] }],
  ['no demographics by scope', { quirks: [{ kind: 'demographics403' }], source: { demographics: 'optional' } }],
];

/** What a pull lands as the upstream serves it, for the gate of the writer to judge. */
const served: Named<[QuirkInput]> = [
  ['rows that were deleted before the pull', { kind: 'movingRows', ...users, delete: 2, times: 1 }],
  ['fewer rows', { kind: 'shrinkTo', ...users, percent: 30 }],
  ['no guardian links', { kind: 'guardianLinks', sides: 'none' }],
  ['a column less', { kind: 'dropColumn', field: 'email' }],
];

const failing: Named<[Example, code: string]> = [
  ['401 for good', { quirks: [{ kind: 'status', status: 401 }] }, 'upstream_unauthorized'],
  ['500 for good', { quirks: [{ kind: 'status', status: 500 }] }, 'upstream_failing'],
  ['429 without Retry-After', { quirks: [{ kind: 'rateLimit429', retryAfterSeconds: null }] }, 'upstream_rate_limited'],
  ['HTML', { quirks: [{ kind: 'htmlBody' }] }, 'answer_not_json'],
  ['half a page', { quirks: [{ kind: 'truncatedJson' }] }, 'answer_not_json'],
  ['a body cut off', { quirks: [{ kind: 'cutBody' }] }, 'upstream_unreachable'],
  ['refusal', { quirks: [{ kind: 'refuse' }] }, 'upstream_unreachable'],
  ['an error object with status 200', { quirks: [{ kind: 'ok200WithError' }] }, 'upstream_error_answer'],
  ['nothing', { quirks: [{ kind: 'emptyCollection' }] }, 'unexpected_empty'],
  ['nothing, with a total', { quirks: [{ kind: 'emptyCollection', total: 'right' }] }, 'total_disagrees'],
  ['a bare array', { quirks: [{ kind: 'bareArray' }] }, 'envelope_missing'],
  ['a wrong envelope', { quirks: [{ kind: 'wrongEnvelope' }] }, 'envelope_missing'],
  ['a redirect', { quirks: [{ kind: 'redirect', to: 'https://elsewhere.example/users' }] }, 'upstream_redirected'],
  ['2 GB', { quirks: [{ kind: 'hugeBody' }] }, 'answer_too_large'],
  ['silence', { quirks: [{ kind: 'hang' }] }, 'upstream_timeout'],
  ['half a body and silence', { quirks: [{ kind: 'stall' }] }, 'upstream_timeout'],
  ['differing copies', { quirks: [{ kind: 'duplicateDifferent', at: 3 }] }, 'duplicate_differs'],
  ['no rows beyond a cap', { quirks: [{ kind: 'hardCap', rows: 200 }] }, 'total_disagrees'],
  ['the first page whatever the offset', { quirks: [{ kind: 'ignoreOffset' }] }, 'offset_ignored'],
  ['everything whatever the offset', { quirks: [{ kind: 'ignoreOffset', mode: 'everything' }] }, 'offset_ignored'],
  ['a first page for everything, which is too little', { quirks: [{ kind: 'ignoreOffset' }], source: { walk: { paging: 'none' }, limits: { pageSize: 300 } } }, 'total_disagrees'],
  ['totals larger than the truth', { quirks: [{ kind: 'totals', mode: 'larger' }] }, 'total_disagrees'],
  ['another total on each page', { quirks: [{ kind: 'totals', mode: 'changing' }] }, 'totals_differ'],
  ['another revision on each page', { quirks: [{ kind: 'permRevChanges' }], kind: 'classlink' }, 'revision_changed'],
  ['429 to all but one request at once', { quirks: [{ kind: 'concurrencyLimit', limit: 1 }, { kind: 'latency', ms: 50 }], source: { limits: { concurrency: 4, tries: 1 } } }, 'upstream_rate_limited'],
  ['pages that overlap in no order', { quirks: [{ kind: 'unsortedOverlap' }] }, 'upstream_moving'],
];

async function standFor({ source = {}, kind = 'oneroster-1.1' }: Omit<Example, 'quirks'>): Promise<PullStand> {
  const stand = await PullStand.start({ ...source, kind, limits: { ...limits, ...source.limits } }, { people: 400 });
  const { url } = stand.simulator;
  if (kind === 'oneroster-1.2') stand.source = { ...stand.source, baseUrl: `${url}/ims/oneroster/rostering/v1p2` };
  if (kind === 'classlink') stand.source = { ...stand.source, baseUrl: url, auth: { kind: 'bearer', token: 'partner-bearer' }, classlink: { tenantId: await stand.firstTenant(), pathPrefix: '' } };
  return stand;
}

/** Every record of a pull that was complete, as the writer understands it. */
async function understood(stand: PullStand): Promise<unknown[]> {
  const lists = await stand.pageLists(await stand.pull());
  const records: unknown[] = [];
  for (const collection of judged) {
    for (const record of await stand.records(lists.get(collection))) records.push(normalize(collection, stand.source.kind, record, 'strict'));
  }
  return records;
}

const pulled = new Map<SourceKind, Promise<unknown[]>>();

/** The same from an upstream without quirks; pulled once a kind. */
function plainly(kind: SourceKind): Promise<unknown[]> {
  const known = pulled.get(kind) ?? (async () => {
    await using stand = await standFor({ kind });
    return await understood(stand);
  })();
  pulled.set(kind, known);
  return known;
}

test.each(harmless)('a pull through %s gives the rows of a plain upstream, understood alike', async (_, example) => {
  await using stand = await standFor(example);
  const expected = await plainly(stand.source.kind);
  expect(expected.length).toBeGreaterThan(400);
  await stand.simulator.control.setQuirks(...example.quirks);
  expect(await understood(stand)).toEqual(expected);
  for (const { quirk, fired } of await stand.simulator.control.quirks()) expect([quirk.kind, fired > 0]).toEqual([quirk.kind, true]);
});

test.each(served)('a pull of %s lands what the upstream serves', async (_, quirk) => {
  await using stand = await standFor({});
  await stand.simulator.control.setQuirks(quirk);
  await stand.upstreamIds('users');
  const records = await stand.records((await stand.pageLists(await stand.pull())).get('users'));
  expect(records).toEqual((await stand.upstreamRecords('users')).map(({ password: _, ...kept }) => kept));
});

test.each(failing)('an upstream that serves %s fails the pull with collection, page and cause, and the next one works', async (_, example, code) => {
  await using stand = await standFor(example);
  await stand.simulator.control.setQuirks(...example.quirks.map((quirk) => ({ ...quirk, ...users })));
  const failure = await stand.failure();
  expect(failure).toMatchObject({ code, severity: 'error', ...users, count: 1 });
  if (code !== 'total_disagrees') expect(failure.offset).not.toBeNull();
  expect(failure.message.length).toBeGreaterThan(10);
  await stand.simulator.control.setQuirks();
  stand.source = { ...stand.source, walk: { ...stand.source.walk, paging: 'overlap' } };
  expect((await stand.pull(2)).type).toBe('refresh.fetched');
});

test('every quirk that the simulator knows has an outcome here', () => {
  const shown = new Set([...harmless, ...failing].flatMap(([, { quirks }]) => quirks.map(({ kind }) => kind)).concat(served.map(([, { kind }]) => kind)));
  expect([...shown].sort()).toEqual(quirkSchema.options.map(({ shape }) => shape.kind.value).sort());
});
