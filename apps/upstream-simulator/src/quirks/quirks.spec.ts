import { startSimulator, type RunningSimulator } from '../start-simulator.js';
import type { Application } from '../class-link.js';
import { quirkSchema, type QuirkInput } from './quirk.js';

interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}
type Json = Record<string, unknown>;

const covered = new Set<string>();
let simulator: RunningSimulator;

async function get(path: string, init: RequestInit = {}): Promise<Got> {
  const url = path.startsWith('http') ? path : `${simulator.url}/ims/oneroster/${path}`;
  const response = await fetch(url, { redirect: 'manual', headers: { authorization: 'Bearer upstream-token' }, ...init });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function set(...quirks: QuirkInput[]): Promise<void> {
  for (const quirk of quirks) covered.add(quirk.kind);
  await simulator.control.setQuirks(...quirks);
}

async function rows(path: string, key = 'users'): Promise<Json[]> {
  return (JSON.parse((await get(path)).text) as Record<string, Json[]>)[key] as Json[];
}

async function ids(path: string, key?: string): Promise<unknown[]> {
  return (await rows(path, key)).map((row) => row['sourcedId']);
}

async function application(): Promise<{ app: Application; page: (query: string) => Promise<Got> }> {
  const headers = { authorization: 'Bearer partner-bearer' };
  const { applications } = JSON.parse((await get(`${simulator.url}/applications`, { headers })).text) as { applications: Application[] };
  const app = applications[0] as Application;
  const root = `${simulator.url}/${app.oneroster_application_id}/ims/oneroster/v1p1`;
  return { app, page: (query) => get(`${root}/${query}`, { headers: { authorization: `Bearer ${app.bearer}` } }) };
}

beforeAll(async () => {
  simulator = await startSimulator({ people: 1000 });
});
beforeEach(() => simulator.control.setQuirks());
afterAll(() => simulator.close());

const page = 'v1p1/users?limit=50&offset=50&sort=sourcedId';

describe('paging quirks', () => {
  test('clampLimit answers fewer rows with status 200', async () => {
    await set({ kind: 'clampLimit', limit: 7 });
    expect(await rows('v1p1/users?limit=500')).toHaveLength(7);
  });

  test('hardCap serves nothing beyond its rows while the total stays true', async () => {
    await set({ kind: 'hardCap', rows: 60 });
    expect(await rows(page)).toHaveLength(10);
    expect((await get(page)).headers.get('x-total-count')).toBe('1000');
  });

  test('ignoreOffset answers the first page again, or everything', async () => {
    const first = await ids('v1p1/users?limit=50');
    await set({ kind: 'ignoreOffset' });
    expect(await ids(page)).toEqual(first);
    await set({ kind: 'ignoreOffset', mode: 'everything' });
    expect(await rows(page)).toHaveLength(1000);
  });

  test.each([['absent', null], ['zero', '0'], ['larger', '1007']] as const)('totals can be %s', async (mode, told) => {
    await set({ kind: 'totals', mode });
    expect((await get(page)).headers.get('x-total-count')).toBe(told);
    expect(await rows(page)).toHaveLength(50);
  });

  test('totals can change between pages', async () => {
    await set({ kind: 'totals', mode: 'changing' });
    expect((await get(page)).headers.get('x-total-count')).not.toBe((await get(page)).headers.get('x-total-count'));
  });

  test('links can be absent, without brackets, or lead past the end', async () => {
    await set({ kind: 'links', mode: 'absent' });
    expect((await get(page)).headers.get('link')).toBeNull();
    await set({ kind: 'links', mode: 'bare' });
    expect((await get(page)).headers.get('link')).toMatch(/^http:.*; rel="first", http/);
    await set({ kind: 'links', mode: 'overrun' });
    expect((await get('v1p1/users?limit=50&offset=1000')).headers.get('link')).toContain('rel="next"');
  });

  test('unsortedOverlap repeats rows of the page before, unless sorted when so set', async () => {
    const plain = await ids(page);
    const before = await ids('v1p1/users?limit=50&sort=sourcedId');
    await set({ kind: 'unsortedOverlap', rows: 5 });
    const overlapping = await ids(page);
    expect(overlapping.filter((id) => before.includes(id))).toHaveLength(5);
    expect(overlapping).not.toEqual([...overlapping].sort());
    await set({ kind: 'unsortedOverlap', rows: 5, unlessSorted: true });
    expect(await ids(page)).toEqual(plain);
  });

  test('duplicateDifferent gives one id twice, with other or the same content', async () => {
    await set({ kind: 'duplicateDifferent', at: 60, collection: 'users' });
    const [first, second] = (await rows(page)).slice(10, 12);
    expect(second?.['sourcedId']).toBe(first?.['sourcedId']);
    expect(second).not.toEqual(first);
    await set({ kind: 'duplicateDifferent', at: 60, identical: true });
    const [third, fourth] = (await rows(page)).slice(10, 12);
    expect(fourth).toEqual(third);
    expect((await get(page)).headers.get('x-total-count')).toBe('1001');
  });

  test('movingRows shifts the rows while a pull goes on and keeps the order of ids', async () => {
    const before = await ids('v1p1/users?limit=100');
    await set({ kind: 'movingRows', delete: 2, before: 11, times: 1, collection: 'users' });
    const deleted = await ids('v1p1/users?limit=100');
    expect(deleted.slice(0, 10)).toEqual(before.slice(0, 10));
    expect(deleted[10]).toBe(before[12]);
    await set({ kind: 'movingRows', insert: 3, before: 11, collection: 'users', after: 1 });
    expect(await ids('v1p1/users?limit=100')).toEqual(before);
    const inserted = await ids('v1p1/users?limit=100');
    expect(inserted[13]).toBe(before[10]);
    expect(inserted).toEqual([...inserted].sort());
    expect(new Set(inserted).size).toBe(100);
  });

  test('shrinkTo keeps an even share of the rows in order', async () => {
    await set({ kind: 'shrinkTo', percent: 30, collection: 'users' });
    const left = await ids('v1p1/users?limit=1000');
    expect(left).toHaveLength(300);
    expect(new Set(left).size).toBe(300);
    expect(left).toEqual([...left].sort());
    expect(await rows('v1p1/courses', 'courses')).toHaveLength(62);
  });
});

describe('refusals', () => {
  test('status answers any status, body form and Retry-After', async () => {
    await set({ kind: 'status', status: 503, retryAfterSeconds: 9 });
    const standard = await get(page);
    expect([standard.status, standard.headers.get('retry-after')]).toEqual([503, '9']);
    expect(JSON.parse(standard.text)).toMatchObject({ imsx_codeMajor: 'failure' });
    await set({ kind: 'status', status: 500, body: 'html' });
    expect((await get(page)).headers.get('content-type')).toContain('text/html');
    await set({ kind: 'status', status: 400, body: 'flat' });
    expect(JSON.parse((await get(page)).text)).toHaveProperty('imsx_codeMinor', 'invalid_data');
    await set({ kind: 'status', status: 401, body: 'empty', times: 1 });
    expect(await get(page)).toMatchObject({ status: 401, text: '' });
    expect((await get(page)).status).toBe(200);
  });

  test('rateLimit429 refuses every n-th request, with or without Retry-After', async () => {
    await set({ kind: 'rateLimit429', every: 3, retryAfterSeconds: 2 });
    const statuses = [];
    for (let request = 0; request < 6; request += 1) statuses.push((await get(page)).status);
    expect(statuses).toEqual([200, 200, 429, 200, 200, 429]);
    await set({ kind: 'rateLimit429', retryAfterSeconds: null });
    expect((await get(page)).headers.get('retry-after')).toBeNull();
  });

  test('concurrencyLimit refuses what goes beyond', async () => {
    await set({ kind: 'concurrencyLimit', limit: 2 }, { kind: 'latency', ms: 150 });
    const statuses = (await Promise.all(Array.from({ length: 6 }, () => get(page)))).map((got) => got.status);
    expect(statuses).toContain(429);
    expect(statuses).toContain(200);
  });

  test('heavyPage502 refuses large pages only', async () => {
    await set({ kind: 'heavyPage502', above: 49 });
    expect((await get(page)).status).toBe(502);
    expect((await get('v1p1/users?limit=49')).status).toBe(200);
  });

  test('demographics403 refuses that collection only', async () => {
    await set({ kind: 'demographics403' });
    expect((await get('rostering/v1p2/demographics')).status).toBe(403);
    expect((await get(page)).status).toBe(200);
  });

  test('redirect leads elsewhere', async () => {
    await set({ kind: 'redirect', to: 'http://127.0.0.2/', status: 307 });
    const got = await get(page);
    expect([got.status, got.headers.get('location')]).toEqual([307, 'http://127.0.0.2/']);
  });
});

describe('lying and broken bodies', () => {
  test('ok200WithError, emptyCollection, truncatedJson, htmlBody, bareArray, wrongEnvelope', async () => {
    await set({ kind: 'ok200WithError' });
    expect(await get(page)).toMatchObject({ status: 200, text: expect.stringContaining('imsx_codeMajor') as string });
    await set({ kind: 'emptyCollection' });
    expect(await rows(page)).toEqual([]);
    await set({ kind: 'truncatedJson' });
    const cut = await get(page);
    expect(cut.status).toBe(200);
    expect(() => JSON.parse(cut.text) as unknown).toThrow();
    await set({ kind: 'htmlBody' });
    expect((await get(page)).text).toMatch(/^<!DOCTYPE html>/);
    await set({ kind: 'bareArray' });
    const bare = await get(page);
    expect(JSON.parse(bare.text)).toHaveLength(50);
    expect(bare.headers.get('result-count')).toBe('50');
    await set({ kind: 'wrongEnvelope' });
    expect(await rows(page, 'items')).toHaveLength(50);
  });

  test('hugeBody streams as many bytes as asked for', async () => {
    await set({ kind: 'hugeBody', bytes: 3_000_000 });
    const { text } = await get(page);
    expect(text).toHaveLength(3_000_000);
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });

  test('hang and stall never end, refuse and cutBody break the connection', async () => {
    for (const kind of ['hang', 'stall'] as const) {
      await set({ kind });
      await expect(get(page, { signal: AbortSignal.timeout(150), headers: { authorization: 'Bearer upstream-token' } })).rejects.toThrow();
    }
    for (const kind of ['refuse', 'cutBody'] as const) {
      await set({ kind });
      await expect(get(page)).rejects.toThrow();
    }
  });

  test('latency delays an answer', async () => {
    await set({ kind: 'latency', ms: 120 });
    const start = performance.now();
    await get(page);
    expect(performance.now() - start).toBeGreaterThan(100);
  });
});

describe('records', () => {
  test.each([['string', 'true'], ['boolean', true], ['integer', 1]] as const)('flags are written as %s', async (as, value) => {
    await set({ kind: 'flags', as });
    for (const service of ['v1p1', 'rostering/v1p2']) {
      const [row] = await rows(`${service}/enrollments?filter=role='teacher'`, 'enrollments');
      expect(row?.['primary']).toBe(value);
    }
  });

  test('foreignHref and references change how references look', async () => {
    await set({ kind: 'foreignHref', host: 'https://elsewhere.example' });
    expect(JSON.stringify((await rows(page))[0])).toContain('"href":"https://elsewhere.example/ims/');
    await set({ kind: 'references', as: 'relative' });
    expect(JSON.stringify((await rows(page))[0])).toContain('"href":"/ims/');
    await set({ kind: 'references', as: 'string' });
    expect((await rows(page))[0]?.['orgs']).toEqual([expect.stringMatching(/^sch-/)]);
    await set({ kind: 'references', as: 'flat' });
    expect((await rows('v1p1/enrollments', 'enrollments'))[0]).toHaveProperty('classSourcedId');
  });

  test.each([['studentOnly', 'student'], ['guardianOnly', 'parent'], ['none', undefined]] as const)('guardianLinks %s', async (sides, role) => {
    await set({ kind: 'guardianLinks', sides });
    const linked = (await rows('v1p1/users?limit=1000')).filter((row) => (row['agents'] as unknown[]).length > 0);
    if (role === undefined) expect(linked).toEqual([]);
    else expect(linked.every((row) => (row['role'] === 'student') === (role === 'student'))).toBe(true);
  });

  test('dropColumn leaves a field out of every record', async () => {
    await set({ kind: 'dropColumn', field: 'email' });
    expect((await rows(page)).some((row) => 'email' in row)).toBe(false);
  });

  test('teachersAmongStudents lists teachers of a class among its students', async () => {
    const [teaching] = await rows("v1p1/enrollments?filter=role='teacher'", 'enrollments');
    const path = `v1p1/classes/${(teaching?.['class'] as Json)['sourcedId'] as string}/students`;
    const teacher = (teaching?.['user'] as Json)['sourcedId'];
    expect(await ids(path)).not.toContain(teacher);
    await set({ kind: 'teachersAmongStudents' });
    expect(await ids(path)).toContain(teacher);
  });
});

describe('the ClassLink proxy', () => {
  test('permRevChanges changes the revision from one page on', async () => {
    const { page: read } = await application();
    await set({ kind: 'permRevChanges', after: 2, times: 1 });
    const revisions = [];
    for (let request = 0; request < 4; request += 1) revisions.push((await read('users?limit=10')).headers.get('x-perm-rev'));
    expect(revisions[0]).toBe(revisions[1]);
    expect(revisions[2]).not.toBe(revisions[1]);
    expect(revisions[3]).toBe(revisions[2]);
  });

  test('bearerRotates ends the bearer, and /applications tells the new one', async () => {
    const before = await application();
    await set({ kind: 'bearerRotates', after: 1, times: 1 });
    expect((await before.page('users')).status).toBe(200);
    expect((await before.page('users')).status).toBe(401);
    expect((await before.page('users')).status).toBe(401);
    const after = await application();
    expect(after.app.bearer).not.toBe(before.app.bearer);
    expect((await after.page('users')).status).toBe(200);
  });

  test('quirks can be set on the list of applications', async () => {
    await set({ kind: 'status', status: 500, on: 'applications', times: 1 });
    const headers = { authorization: 'Bearer partner-bearer' };
    expect((await get(`${simulator.url}/applications`, { headers })).status).toBe(500);
    expect((await get(`${simulator.url}/applications`, { headers })).status).toBe(200);
  });
});

describe('scopes', () => {
  test('the third page of users, and only that', async () => {
    await set({ kind: 'status', status: 500, collection: 'users', after: 2, times: 1 });
    const statuses = [];
    for (const path of ['users', 'orgs', 'users', 'classes', 'users', 'users']) statuses.push((await get(`v1p1/${path}`)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 500, 200]);
    expect(await simulator.control.quirks()).toMatchObject([{ matched: 4, fired: 1 }]);
  });

  test('from an offset on, whatever the order of arrival', async () => {
    await set({ kind: 'status', status: 500, fromOffset: 200 });
    expect((await get('v1p1/users?offset=300')).status).toBe(500);
    expect((await get('v1p1/users?offset=100')).status).toBe(200);
  });

  test('a quirk that is not understood is refused with the reason', async () => {
    const response = await fetch(`${simulator.url}/_control/quirks`, { method: 'PUT', body: '[{"kind":"nonsense"}]', headers: { 'content-type': 'application/json' } });
    expect(response.status).toBe(400);
    await expect(simulator.control.addQuirk({ kind: 'clampLimit', limit: 0 })).rejects.toThrow('limit');
  });
});

test('every switch was tried', () => {
  const kinds = quirkSchema.options.map((option) => option.shape.kind.value);
  expect(kinds.filter((kind) => !covered.has(kind))).toEqual([]);
});
