import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyReply } from 'fastify';
import { hashOfKey, isWellFormedKey } from './access/api-key.js';
import { PERMISSIONS, type Role } from './access/permissions.js';
import { publicRoutes } from './access/public-routes.js';
import { PUBLIC_CONTROLLERS } from './gateway.module.js';
import { ADMIN_TOKEN, PREVIOUS_TOKEN, startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const SNAPSHOT = `7-${RUN}`;
const sample = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../../libs/contracts/samples/http/${name}.v1.json`, import.meta.url), 'utf8'));

/** A value for every parameter of a path. */
const VALUES: Record<string, string> = {
  district: 'lakeside', run: RUN, snapshot: SNAPSHOT, name: 'students.csv', sourcedId: 'u-1', message: 'm-1', key: '0f8fad5b-d9cb-469f-a165-708677289501', source: 'sis',
};
/** Routes that need a query, too. */
const QUERIES: Record<string, string> = { '/api/v1/runs': '?district=lakeside' };
const ROUTES = publicRoutes(PUBLIC_CONTROLLERS).map(({ method, path, permission }) => ({
  method, pattern: path, permission, path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? `no value for ${name}`) + (QUERIES[path] ?? ''),
}));
/** What anybody may ask for. */
const OPEN = ['POST /api/v1/session', 'GET /api/v1/session', 'DELETE /api/v1/session', 'GET /api/openapi.json'];
const GUARDED = ROUTES.flatMap(({ method, path, permission }) => (permission === 'none' || permission === undefined ? [] : [[method, path, permission] as const]));

/** As the search service answers: snapshot 9 is held. */
function sendSnapshot(snapshot: string, reply: FastifyReply): FastifyReply {
  return (snapshot.startsWith('9-') ? reply.header('lastgood-unpublished', 'true') : reply).send('held bytes');
}

describe('access', () => {
  let gateway: GatewayFixture;
  /** What the services behind were asked for. */
  const asked: string[] = [];
  const keys = {} as Record<Role | 'foreign', string>;

  beforeAll(async () => {
    gateway = await startGateway((behind) => {
      const run = { ...(sample('run') as object), phase: 'published' };
      behind.get('/internal/runs/:run', () => run);
      behind.post('/internal/runs/:run/cancel', () => run);
      behind.post('/internal/districts/:district/refresh', () => sample('refresh-answer'));
      behind.get('/internal/districts/:district/status', () => ({ district: 'lakeside', sources: [] }));
      behind.post('/internal/districts/:district/snapshots/:snapshot/:verb', () => sample('decision-answer'));
      behind.get('/internal/districts/:district/snapshots/:snapshot', (request, reply) => sendSnapshot((request.params as { snapshot: string }).snapshot, reply));
      behind.get('/internal/districts/:district/snapshots/:snapshot/files/:name', (request, reply) => sendSnapshot((request.params as { snapshot: string }).snapshot, reply));
      behind.get('/internal/*', (request) => {
        asked.push(request.url);
        return { items: [] };
      });
    });
    for (const role of Object.keys(PERMISSIONS) as Role[]) keys[role] = await newKey({ name: role, role });
    keys.foreign = await newKey({ name: 'other district', role: 'operator', districts: ['hillside'] });
  });
  afterAll(() => gateway.close());

  async function newKey(body: object): Promise<string> {
    const answer = await gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify(body) });
    expect(answer.status).toBe(201);
    return ((await answer.json()) as { key: string }).key;
  }

  test('every route declares a permission, and what is declared is what is served and documented', async () => {
    const document = (await (await gateway.call('/api/openapi.json', { key: null })).json()) as { openapi: string; paths: Record<string, Record<string, unknown>> };
    const documented = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)).sort();
    expect(document.openapi).toBe('3.1.0');
    expect(ROUTES.map(({ method, pattern }) => `${method} ${pattern}`).sort()).toEqual(documented);
    expect(ROUTES.filter(({ permission }) => permission === undefined)).toEqual([]);
    expect(ROUTES.filter(({ permission }) => permission === 'none').map(({ method, pattern }) => `${method} ${pattern}`)).toEqual(OPEN);
  });

  describe.each(GUARDED)('%s %s', (method, path, permission) => {
    test('is 401 with WWW-Authenticate without a key', async () => {
      const answer = await gateway.call(path, { method, key: null });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    });

    test('is 403 with a bad key', async () => {
      expect((await gateway.call(path, { method, key: `${keys.admin.slice(0, -1)}${keys.admin.endsWith('a') ? 'b' : 'a'}` })).status).toBe(403);
    });

    test.each(Object.keys(PERMISSIONS) as Role[])('gives %s what the matrix says', async (role) => {
      const answer = await gateway.call(path, { method, key: keys[role] });
      const allowed = PERMISSIONS[role].includes(permission);
      if (allowed) expect([401, 403]).not.toContain(answer.status);
      else expect(answer.status).toBe(403);
      await answer.body?.cancel();
    });
  });

  test('a viewer gets people without their upstream records, an operator with them', async () => {
    for (const [role, record] of [['viewer', 'false'], ['operator', 'true']] as const) {
      asked.length = 0;
      await gateway.call('/api/v1/districts/lakeside/students/u-1?source=sis', { key: keys[role] });
      expect(asked).toEqual([`/internal/districts/lakeside/students/u-1?source=sis&record=${record}`]);
    }
  });

  test('a snapshot that was never published, and its files, are for those who may decide', async () => {
    const path = `/api/v1/districts/lakeside/snapshots/9-${RUN}`;
    const statuses = async (which: string, roles: Role[]): Promise<number[]> => Promise.all(roles.map(async (role) => {
      const answer = await gateway.call(which, { key: keys[role] });
      expect((await answer.text()).includes('held bytes')).toBe(answer.ok);
      return answer.status;
    }));
    expect(await statuses(path, ['viewer', 'auditor', 'operator', 'admin'])).toEqual([403, 403, 200, 200]);
    expect(await statuses(`${path}/files/students.csv`, ['viewer', 'auditor', 'operator', 'admin'])).toEqual([403, 403, 200, 200]);
  });

  test('a foreign district and an absent one answer alike', async () => {
    const [foreign, absent] = await Promise.all(['lakeside', 'nowhere'].map(async (district) => {
      const answer = await gateway.call(`/api/v1/snapshots/${district}/refresh`, { method: 'POST', key: keys.foreign });
      return [answer.status, await answer.json()] as const;
    }));
    expect(foreign).toEqual(absent);
    expect(foreign?.[0]).toBe(404);
  });

  test('a foreign run, its events and its log are not found', async () => {
    for (const path of [`/api/v1/runs/${RUN}`, `/api/v1/runs/${RUN}/events`, `/api/v1/runs/${RUN}/log`]) expect((await gateway.call(path, { key: keys.foreign })).status).toBe(404);
    expect((await gateway.call('/api/v1/runs?district=lakeside', { key: keys.foreign })).status).toBe(404);
    expect((await gateway.call('/api/v1/runs', { key: keys.foreign })).status).toBe(400);
  });

  test('two preset keys are valid at once, for rotation', async () => {
    for (const key of [ADMIN_TOKEN, PREVIOUS_TOKEN]) expect((await gateway.call('/api/v1/districts', { key })).status).toBe(200);
  });

  test('a revoked or expired key is refused at once, and no answer of the API shows a key again', async () => {
    const created = (await (await gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'short', role: 'viewer' }) })).json()) as { id: string; key: string };
    const expired = await newKey({ name: 'expired', role: 'viewer', expiresAt: '2020-01-01T00:00:00.000Z' });
    expect((await gateway.call('/api/v1/districts', { key: created.key })).status).toBe(200);
    expect((await gateway.call(`/api/v1/admin/keys/${created.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await gateway.call('/api/v1/districts', { key: created.key })).status).toBe(403);
    expect((await gateway.call('/api/v1/districts', { key: expired })).status).toBe(403);
    expect(await (await gateway.call('/api/v1/admin/keys')).text()).not.toMatch(/lg_[0-9A-Za-z]{10}/);
  });

  test('the data folder holds hashes of keys, never a key', () => {
    const data = join(gateway.folder, 'data');
    const files = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    expect(files.some((bytes) => bytes.includes(hashOfKey(keys.viewer)))).toBe(true);
    for (const secret of [keys.viewer, keys.admin, ADMIN_TOKEN]) expect(files.some((bytes) => bytes.includes(secret))).toBe(false);
  });
});

test('without a preset key the first start shows an admin key once, the second start does not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastgood-first-key-'));
  try {
    const first = await startGateway(() => undefined, { preset: false, folder });
    const key = /lg_\w+/.exec(first.terminal.lines.join('\n'))?.[0] ?? '';
    expect(isWellFormedKey(key)).toBe(true);
    expect((await first.call('/api/v1/admin/keys', { key })).status).toBe(200);
    await first.close();
    const second = await startGateway(() => undefined, { preset: false, folder });
    expect(second.terminal.lines.join('\n')).not.toMatch(/lg_/);
    expect((await second.call('/api/v1/districts', { key })).status).toBe(200);
    await second.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a preset token below 32 characters is refused at start, and its value is not shown', async () => {
  await expect(startGateway(() => undefined, { environment: { ADMIN_TOKEN: 'too-short-secret' } })).rejects.toThrow(/ADMIN_TOKEN[\s\S]*32/);
  await expect(startGateway(() => undefined, { environment: { ADMIN_TOKEN: 'too-short-secret' } })).rejects.not.toThrow(/too-short-secret/);
});

test('whoever sends many bad keys or many changes is told to wait', async () => {
  const gateway = await startGateway(() => undefined, { environment: { LASTGOOD_BAD_KEYS_PER_MINUTE: '3', LASTGOOD_CHANGES_PER_MINUTE: '2' } });
  try {
    const changes = [];
    for (let i = 0; i < 3; i += 1) changes.push(await gateway.call('/api/v1/admin/parked'));
    expect(changes.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(Number(changes[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await gateway.call('/api/v1/districts', { key: `lg_${'x'.repeat(46)}` })).status);
    expect(statuses.slice(0, 3)).toEqual([403, 403, 403]);
    expect(statuses[4]).toBe(429);
  } finally {
    await gateway.close();
  }
});
