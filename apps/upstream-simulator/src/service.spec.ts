import type { Application } from './class-link.js';
import { officialStatusInfo } from './oneroster/official-shapes.js';
import { collections } from './roster.js';
import { startSimulator, type RunningSimulator } from './start-simulator.js';

type Json = Record<string, unknown>;
let simulator: RunningSimulator;

beforeAll(async () => {
  simulator = await startSimulator({ people: 3000, classLink: { applications: 8 } });
});
afterAll(() => simulator.close());

async function get(path: string, token = 'upstream-token'): Promise<{ status: number; headers: Headers; json: Json }> {
  const url = path.startsWith('http') ? path : `${simulator.url}${path}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, headers: response.headers, json: (await response.json()) as Json };
}

const v11 = '/ims/oneroster/v1p1';
const v12 = '/ims/oneroster/rostering/v1p2';
const list = async (path: string): Promise<Json[]> => Object.values((await get(path)).json)[0] as Json[];

describe('the roster service', () => {
  test.each(collections)('%s answer as a list and as a single record in both versions', async (collection) => {
    const keys: Record<string, [string, string]> = {
      orgs: ['orgs', 'org'], schools: ['orgs', 'org'], academicSessions: ['academicSessions', 'academicSession'],
      terms: ['academicSessions', 'academicSession'], gradingPeriods: ['academicSessions', 'academicSession'],
      courses: ['courses', 'course'], classes: ['classes', 'class'], users: ['users', 'user'], students: ['users', 'user'],
      teachers: ['users', 'user'], enrollments: ['enrollments', 'enrollment'], demographics: ['demographics', 'demographics'],
    };
    const [many, one] = keys[collection] as [string, string];
    for (const root of [v11, v12]) {
      const { json } = await get(`${root}/${collection}?limit=2`);
      expect(Object.keys(json)).toEqual([many]);
      const last = (json[many] as Json[]).at(-1) as Json;
      const single = await get(`${root}/${collection}/${encodeURIComponent(String(last['sourcedId']))}`);
      expect(single.json).toEqual({ [one]: last });
    }
  });

  test('following the next links reads every user once, odd ids too', async () => {
    const seen: unknown[] = [];
    let next: string | undefined = `${simulator.url}${v11}/users?limit=700&sort=sourcedId&orderBy=asc`;
    while (next !== undefined) {
      const { headers, json } = await get(next);
      seen.push(...(json['users'] as Json[]).map((user) => user['sourcedId']));
      expect(headers.get('x-total-count')).toBe('3000');
      next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(new Set(seen).size).toBe(3000);
    const odd = seen.filter((id) => !/^p\d+$/.test(String(id)));
    expect(odd.length).toBeGreaterThan(0);
    for (const id of odd) expect((await get(`${v12}/users/${encodeURIComponent(String(id))}`)).status).toBe(200);
  });

  test('filters by one clause or two, in both versions', async () => {
    const parents = await list(`${v11}/users?limit=10000&filter=${encodeURIComponent("role='parent'")}`);
    expect(parents.length).toBeGreaterThan(500);
    expect(parents.every((user) => user['role'] === 'parent')).toBe(true);
    const two = await list(`${v11}/users?limit=10000&filter=${encodeURIComponent("role='student' AND grades='03'")}`);
    expect(two.length).toBeGreaterThan(10);
    expect(two.every((user) => (user['grades'] as string[]).includes('03'))).toBe(true);
    const either = await list(`${v12}/users?limit=10000&filter=${encodeURIComponent("familyName='Smith' OR familyName~'hernán'")}`);
    expect(either.every((user) => /Smith|Hernán/.test(String(user['familyName'])))).toBe(true);
    const recent = await list(`${v11}/users?limit=10000&filter=${encodeURIComponent("dateLastModified>'2025-08-25'")}`);
    expect(recent.length).toBeLessThan(1000);
    expect((await get(`${v11}/users?filter=${encodeURIComponent("role='parent'")}&limit=1`)).headers.get('x-total-count')).toBe(String(parents.length));
  });

  test('sorts by another field, downwards too, and selects fields', async () => {
    const names = (await list(`${v11}/students?limit=10000&sort=familyName&orderBy=desc&fields=familyName,sourcedId`)) as { familyName: string }[];
    expect(Object.keys(names[0] as Json)).toEqual(['familyName', 'sourcedId']);
    expect(names.every((row, index) => index === 0 || (names[index - 1] as { familyName: string }).familyName >= row.familyName)).toBe(true);
  });

  test.each([
    [`${v11}/users?limit=0`, 400, 'invaliddata'],
    [`${v11}/users?limit=1e3`, 400, 'invaliddata'],
    [`${v11}/users?offset=-1`, 400, 'invaliddata'],
    [`${v11}/users?limit=1&limit=2`, 400, 'invaliddata'],
    [`${v11}/users?filter=role`, 400, 'invaliddata'],
    [`${v11}/users?filter=role='a' AND role='b' OR role='c'`, 400, 'invaliddata'],
    [`${v12}/users?filter=role='parent'`, 400, 'invalid_filter_field'],
    [`${v12}/users?fields=role`, 400, 'invalid_selection_field'],
    [`${v11}/users?sort=nothing`, 400, 'invalid_sort_field'],
    [`${v11}/users/nobody`, 404, 'unknownobject'],
  ])('%s is refused with %d %s', async (path, status, minor) => {
    const got = await get(path);
    expect(got.status).toBe(status);
    const info = officialStatusInfo.parse(got.json);
    expect(info.imsx_CodeMinor?.imsx_codeMinorField[0]?.imsx_codeMinorFieldValue).toBe(minor);
  });

  test('an offset past the end is an empty page', async () => {
    expect(await list(`${v11}/users?offset=3000`)).toEqual([]);
  });

  test('nested paths lead from a school to its classes and their students', async () => {
    const [school] = await list(`${v12}/schools?limit=1`);
    const id = String(school?.['sourcedId']);
    const [first] = await list(`${v12}/schools/${id}/classes?limit=1`);
    const students = await list(`${v12}/schools/${id}/classes/${String(first?.['sourcedId'])}/students`);
    expect(students).toEqual(await list(`${v12}/classes/${String(first?.['sourcedId'])}/students`));
    expect(students.length).toBeGreaterThan(0);
    const theirs = await list(`${v12}/students/${String(students[0]?.['sourcedId'])}/classes`);
    expect(theirs.map((row) => row['sourcedId'])).toContain(first?.['sourcedId']);
    expect((await list(`${v12}/terms/S1/gradingPeriods`)).map((row) => row['sourcedId'])).toEqual(['GP-1', 'GP-2']);
    expect((await get(`${v12}/classes/none/students`)).status).toBe(404);
  });

  test('another night is served from the next request on', async () => {
    const before = (await get(`${v11}/users?limit=3000`)).json;
    await simulator.control.setNight(1);
    const after = (await get(`${v11}/users?limit=3000`)).json;
    await simulator.control.setNight(0);
    expect(after).not.toEqual(before);
    expect((await get(`${v11}/users?limit=3000`)).json).toEqual(before);
  });

  test('requests are counted by endpoint, with the greatest concurrency', async () => {
    await simulator.control.clearRequests();
    await simulator.control.setQuirks({ kind: 'latency', ms: 100 });
    await Promise.all([1, 2, 3].map((offset) => get(`${v11}/users?limit=1&offset=${offset}`)));
    await simulator.control.setQuirks();
    const seen = await simulator.control.requests();
    expect(seen).toMatchObject({ total: 3, maxConcurrency: 3, endpoints: { '1.1 users': { count: 3, maxConcurrency: 3, statuses: { '200': 3 } } } });
    expect(seen.latest.map((request) => request.offset).sort()).toEqual([1, 2, 3]);
  });
});

describe('the ClassLink proxy', () => {
  const applications = async (query = ''): Promise<Application[]> =>
    (await get(`/applications${query}`, 'partner-bearer')).json['applications'] as Application[];

  test('lists districts in pages, some of them not usable, without count headers', async () => {
    const all = await applications();
    expect(all).toHaveLength(8);
    expect(all.filter((app) => app.enabled === 'true' && app.tenant_status === 'Active')).toHaveLength(5);
    expect(await applications('?limit=3&offset=6')).toEqual(all.slice(6));
    expect((await get('/applications', 'partner-bearer')).headers.get('x-total-count')).toBeNull();
    expect((await get('/applications', 'wrong')).status).toBe(401);
  });

  test('serves each usable district under both prefixes with its own data and bearer', async () => {
    const all = await applications();
    const [first, , third, , , , , last] = all as [Application, Application, Application, ...Application[]];
    const users = async (app: Application, path = `/${app.oneroster_application_id}/ims/oneroster/v1p1/users?limit=2`) => get(path, app.bearer);
    const got = await users(first);
    expect([got.headers.get('x-count'), got.headers.get('x-total-count')]).toEqual(['2', '3000']);
    expect(got.headers.get('x-perm-rev')).toMatch(/^\d+$/);
    for (const path of ['/users?limit=2', '/ims/oneroster/v1p1/users?limit=2']) {
      expect((await users(first, `/proxy/v1p0/${first.oneroster_application_id}${path}`)).json).toEqual(got.json);
    }
    expect((await users(third)).json).not.toEqual(got.json);
    expect((await get(`/${first.oneroster_application_id}/ims/oneroster/v1p1/users`, third.bearer)).status).toBe(401);
    expect((await users(all[1] as Application)).status).toBe(404);
    expect(last).toBeDefined();
  });

  test('an application id that was escaped once more is not found', async () => {
    const [first] = (await applications()) as [Application];
    const twice = encodeURIComponent(first.oneroster_application_id);
    expect(first.oneroster_application_id).toContain('%2F');
    expect((await get(`/${twice}/ims/oneroster/v1p1/users`, first.bearer)).status).toBe(404);
  });
});
