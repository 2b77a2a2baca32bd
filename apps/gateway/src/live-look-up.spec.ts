import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { AuditAnswer, DistrictStatus, LivePeopleAnswer, LivePersonAnswer, Problem } from '@lastgood/contracts';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const sample = (name: string): Record<string, unknown> => JSON.parse(readFileSync(new URL(`../../../libs/contracts/samples/http/${name}.v1.json`, import.meta.url), 'utf8')) as Record<string, unknown>;
/** Of the fixture's sources this one allows it. */
const LIVE = '/api/v1/districts/hillside/sources/sis/live';
const PROBLEM = { 'content-type': 'application/problem+json' };

describe('a live look-up', () => {
  let gateway: GatewayFixture;
  let published: boolean | 'unreadable' = false;
  let answer: { status: number; body: unknown } | null = null;
  const asked: { url: string; body: unknown }[] = [];

  beforeAll(async () => {
    gateway = await startGateway((behind) => {
      behind.addHook('preHandler', (request, _reply, done) => {
        asked.push({ url: request.url, body: request.body });
        done();
      });
      behind.get('/internal/districts/:district/sources/:source/published', (_request, reply) => {
        if (published !== 'unreadable') return { district: 'hillside', source: 'sis', published };
        return reply.status(503).headers(PROBLEM).send(JSON.stringify({ ...sample('problem'), status: 503, code: 'store_unavailable', retryable: true }));
      });
      behind.post('/internal/districts/:district/sources/:source/live-searches', (request, reply) => {
        if (answer) return reply.status(answer.status).headers(PROBLEM).send(JSON.stringify(answer.body));
        return sample((request.body as { dataset: string }).dataset === 'classes' ? 'live-classes-answer' : 'live-people-answer');
      });
      behind.post('/internal/districts/:district/sources/:source/live-records', (request) => sample((request.body as { dataset: string }).dataset === 'classes' ? 'live-class-answer' : 'live-person-answer'));
      behind.get('/internal/districts/:district/status', () => ({ district: 'hillside', sources: [{ source: 'sis', current: null, latest: null, held: [], onHold: false, logNumber: 0 }] }));
      behind.get('/internal/districts/:district/students', (_request, reply) => reply.status(503).headers(PROBLEM).send(JSON.stringify({ ...sample('problem'), status: 503, code: 'no_snapshot_yet' })));
    }, { environment: { LASTGOOD_LIVE_LOOK_UPS_PER_MINUTE: '20' } });
  });
  beforeEach(() => {
    asked.length = 0;
    published = false;
    answer = null;
  });
  afterAll(() => gateway.close());

  const newKey = async (role: string): Promise<string> => ((await (await gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: role, role }) })).json()) as { key: string }).key;
  const problemAt = async (path: string, key?: string): Promise<[number, Problem]> => {
    const got = await gateway.call(path, key === undefined ? {} : { key });
    return [got.status, Problem.parse(await got.json())];
  };
  const fetcherAsked = (): unknown[] => asked.filter(({ url }) => url.includes('/live-')).map(({ body }) => body);

  test('is answered by the fetcher, marked as live, without anything that could be taken for a snapshot', async () => {
    const key = await newKey('operator');
    const got = await gateway.call(`${LIVE}/students?q=ana%20hern&limit=5`, { key });
    expect(LivePeopleAnswer.parse(await got.json())).toEqual(sample('live-people-answer'));
    expect([got.status, got.headers.get('cache-control'), got.headers.get('lastgood-count'), got.headers.get('ratelimit-policy')]).toEqual([200, 'no-store', '1', '"live-look-ups";q=20;w=60']);
    for (const name of ['etag', 'lastgood-snapshot', 'lastgood-log']) expect(got.headers.get(name)).toBeNull();
    expect(fetcherAsked()).toEqual([{ dataset: 'students', q: 'ana hern', limit: 5 }]);
    expect(asked.filter(({ url }) => /ana|hern/i.test(url))).toEqual([]);
    for (const what of ['parents', 'classes']) expect((await gateway.call(`${LIVE}/${what}?q=ana`, { key })).status).toBe(200);
  });

  test('of one record says whether the whole record is wanted, and names its id in no address', async () => {
    const key = await newKey('operator');
    const got = await gateway.call(`${LIVE}/students/a%2F..%2Fb`, { key });
    expect(LivePersonAnswer.parse(await got.json()).live).toBe(true);
    expect(fetcherAsked()).toEqual([{ dataset: 'students', sourcedId: 'a/../b', record: true }]);
    expect(asked.some(({ url }) => url.includes('..'))).toBe(false);
    for (const what of ['parents', 'classes']) expect((await gateway.call(`${LIVE}/${what}/x-1`, { key })).status).toBe(200);
  });

  test('is off unless the source allows it: nobody is asked, and a search answers as ever', async () => {
    const [status, { code }] = await problemAt('/api/v1/districts/lakeside/sources/sis/live/students?q=ana');
    expect([status, code, asked]).toEqual([409, 'live_look_up_off', []]);
    expect(await problemAt('/api/v1/districts/lakeside/sources/none/live/students?q=ana')).toEqual([404, expect.objectContaining({ code: 'unknown_source' })]);
    expect(await problemAt('/api/v1/districts/hillside/students?q=ana')).toEqual([503, expect.objectContaining({ code: 'no_snapshot_yet' })]);
    expect(fetcherAsked()).toEqual([]);
  });

  test('is never made once something was published, nor when that cannot be known', async () => {
    published = true;
    expect(await problemAt(`${LIVE}/students?q=ana`)).toEqual([409, expect.objectContaining({ code: 'snapshot_published', retryable: false })]);
    published = 'unreadable';
    expect(await problemAt(`${LIVE}/students/u-1`)).toEqual([503, expect.objectContaining({ code: 'store_unavailable' })]);
    expect(fetcherAsked()).toEqual([]);
  });

  test('is for operators and admins, and the state of a source says whether there is one, and when its badge changes', async () => {
    for (const [role, expected] of [['viewer', 403], ['auditor', 403], ['operator', 200], ['admin', 200]] as const) {
      expect([role, (await gateway.call(`${LIVE}/students?q=ana`, { key: await newKey(role) })).status]).toEqual([role, expected]);
    }
    const status = async (district: string): Promise<DistrictStatus> => DistrictStatus.parse(await (await gateway.call(`/api/v1/snapshots/${district}/status`)).json());
    expect((await status('hillside')).sources.map(({ liveLookUp }) => liveLookUp)).toEqual([true]);
    expect((await status('lakeside')).sources.map(({ liveLookUp }) => liveLookUp)).toEqual([false]);
    expect([...(await status('hillside')).sources, ...(await status('lakeside')).sources].map(({ badge }) => badge)).toEqual([{ freshDays: 0.5, oldDays: 3 }, { freshDays: 1, oldDays: 7 }]);
  });

  test('that the fetcher or the live system refuses is told with the reason and the time to wait', async () => {
    answer = { status: 503, body: { ...sample('problem'), status: 503, code: 'upstream_circuit_open', retryable: true, retryAfterSeconds: 15 } };
    const open = await gateway.call(`${LIVE}/students?q=ana`);
    expect([open.status, open.headers.get('retry-after'), Problem.parse(await open.json()).code]).toEqual([503, '15', 'upstream_circuit_open']);
    answer = { status: 400, body: { ...sample('problem'), status: 400, code: 'live_query_impossible', retryable: false, errors: [{ field: 'q', message: 'two words' }] } };
    expect(await problemAt(`${LIVE}/students?q=one%20two%20three`)).toEqual([400, expect.objectContaining({ code: 'live_query_impossible', errors: [{ field: 'q', message: 'two words' }] })]);
    answer = { status: 200, body: { ...sample('live-people-answer'), live: false } };
    expect(await problemAt(`${LIVE}/students?q=ana`)).toEqual([503, expect.objectContaining({ code: 'fetcher_unavailable' })]);
    expect(fetcherAsked()).toHaveLength(3);
  });

  test('stands in the audit trail before it is answered, as live, with how many and without a word of it', async () => {
    const key = await newKey('operator');
    await gateway.call(`${LIVE}/students?q=quaxworthy%20zeb`, { key });
    await gateway.call(`${LIVE}/students/quaxworthy`, { key });
    await gateway.call(`${LIVE}/students?q=quaxworthy`, { key: await newKey('viewer') });
    const entries = async () => AuditAnswer.parse(await (await gateway.call('/api/v1/audit?district=hillside&limit=10')).json()).items.map(({ action, source, snapshot, query, count, outcome }) => ({ action, source, snapshot, query, count, outcome }));
    let found = await entries();
    const newest = { action: 'livelookup_students', source: 'sis', snapshot: null, query: 'live, 1 word', count: null, outcome: 'denied' };
    while (JSON.stringify(found[0]) !== JSON.stringify(newest)) {
      await setTimeout(20);
      found = await entries();
    }
    expect(found.slice(1, 3)).toEqual([
      { action: 'livelookup_student', source: 'sis', snapshot: null, query: 'live, one record', count: 1, outcome: 'allowed' },
      { action: 'livelookup_students', source: 'sis', snapshot: null, query: 'live, 2 words', count: 1, outcome: 'allowed' },
    ]);
    expect(JSON.stringify(found).toLowerCase()).not.toContain('quax');
  });

  test('is limited per key, apart from changes', async () => {
    const key = await newKey('admin');
    const statuses: number[] = [];
    for (let count = 0; count < 21; count += 1) statuses.push((await gateway.call(`${LIVE}/classes?q=al`, { key })).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 200), 429]);
    const refused = await gateway.call(`${LIVE}/classes?q=al`, { key });
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true]);
    expect((await gateway.call('/api/v1/admin/parked', { key })).status).toBe(200);
  });
});
