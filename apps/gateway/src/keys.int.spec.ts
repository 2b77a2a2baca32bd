import { describeWithServer, startPostgres } from '@lastgood/test-servers';
import { ADMIN_TOKEN, startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const open: GatewayFixture[] = [];
const start = async (database: string, options: { preset?: boolean; environment?: Record<string, string> } = {}): Promise<GatewayFixture> => {
  const gateway = await startGateway((behind) => {
    behind.get('/internal/districts/:district/status', async () => ({}));
  }, { ...options, environment: { ...options.environment, LASTGOOD_DATABASE_URL: database } });
  open.push(gateway);
  return gateway;
};
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

const shownIn = ({ terminal }: GatewayFixture): string[] => terminal.lines.flatMap((line) => line.match(/shown this once: (\S+)/)?.[1] ?? []);

await describeWithServer('keys on PostgreSQL', startPostgres, (server) => {
  test('of gateways that start at once for the first time, one shows an admin key, and all of them take it', async () => {
    const url = await server.createDatabase();
    const gateways = await Promise.all([start(url, { preset: false }), start(url, { preset: false }), start(url, { preset: false })]);
    const [key, ...more] = gateways.flatMap(shownIn);
    expect([typeof key, more]).toEqual(['string', []]);
    for (const { call } of gateways) expect((await call('/api/v1/admin/keys', { key: key ?? null })).status).toBe(200);
    expect(shownIn(await start(url, { preset: false }))).toEqual([]);
  });

  test('a key made at one gateway opens another, and does not once it was revoked', async () => {
    const url = await server.createDatabase();
    const [one, other] = [await start(url), await start(url)];
    const made = await one.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'second', role: 'admin' }) });
    const { id, key } = (await made.json()) as { id: string; key: string };
    expect(made.status).toBe(201);
    expect((await one.call(`/api/v1/admin/keys/${id}`, { method: 'DELETE', key })).status).toBe(204);
    expect((await other.call('/api/v1/admin/keys', { key })).status).toBe(403);
    const listed = (await (await other.call('/api/v1/admin/keys')).json()) as { items: { id: string; revokedAt: string | null }[] };
    expect(listed.items.map((item) => [item.id, item.revokedAt === null])).toEqual([[id, false]]);
  });

  test('a session opened at one gateway is taken by another, and ends there with its key', async () => {
    const url = await server.createDatabase();
    const [one, other] = [await start(url), await start(url)];
    const { id, key } = await (await one.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'desk', role: 'viewer' }) })).json() as { id: string; key: string };
    const signedIn = await one.call('/api/v1/session', { method: 'POST', key: null, body: JSON.stringify({ key }) });
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await one.call(`/api/v1/admin/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await other.call('/api/v1/session', { key: null, headers: { cookie } })).status).toBe(401);
    const again = await (await one.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'desk', role: 'viewer' }) })).json() as { key: string };
    const second = (await one.call('/api/v1/session', { method: 'POST', key: null, body: JSON.stringify({ key: again.key }) })).headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await other.call('/api/v1/districts', { key: null, headers: { cookie: second } })).status).toBe(200);
  });

  test('gateways count changes, live look-ups, sign-ins and bad keys together, and each for itself while the database is away', async () => {
    const url = await server.createDatabase();
    const environment = { LASTGOOD_CHANGES_PER_MINUTE: '4', LASTGOOD_LIVE_LOOK_UPS_PER_MINUTE: '2', LASTGOOD_BAD_KEYS_PER_MINUTE: '2' };
    const [one, other] = [await start(url, { environment }), await start(url, { environment })];
    const change = async ({ call }: GatewayFixture): Promise<number> => (await call('/api/v1/admin/parked')).status;
    expect([await change(one), await change(other), await change(one), await change(other), await change(one), await change(other)]).toEqual([200, 200, 200, 200, 429, 429]);
    const lookUp = async ({ call }: GatewayFixture): Promise<number> => (await call('/api/v1/districts/hillside/sources/sis/live/students?q=an')).status;
    expect([await lookUp(one), await lookUp(other), await lookUp(one)]).toEqual([503, 503, 429]);
    const guess = async ({ call }: GatewayFixture): Promise<number> => (await call('/api/v1/session', { method: 'POST', key: null, body: JSON.stringify({ key: `lg_${'x'.repeat(46)}` }) })).status;
    expect([await guess(one), await guess(other), await guess(one), await guess(other)]).toEqual([403, 403, 429, 429]);
    if (!server.faults) return;
    const third = await start(await server.createDatabase(), { environment });
    expect((await third.call('/api/v1/districts')).status).toBe(200);
    await server.faults.kill();
    try {
      expect([await change(third), await change(third), await change(third), await change(third), await change(third)]).toEqual([200, 200, 200, 200, 429]);
    } finally {
      await server.faults.restart();
    }
  });

  test('good sign-ins are counted by two gateways together: the third is refused at either', async () => {
    const url = await server.createDatabase();
    const environment = { LASTGOOD_SIGN_INS_PER_MINUTE: '2' };
    const [one, other] = [await start(url, { environment }), await start(url, { environment })];
    const signIn = async ({ call }: GatewayFixture): Promise<number> => (await call('/api/v1/session', { method: 'POST', key: null, body: JSON.stringify({ key: ADMIN_TOKEN }) })).status;
    expect([await signIn(one), await signIn(other), await signIn(one), await signIn(other)]).toEqual([200, 200, 429, 429]);
  });

  test('while the database is away a key that was seen and the preset one go on, an unknown one is told to wait', async () => {
    if (!server.faults) return;
    const url = await server.createDatabase();
    const { call } = await start(url);
    const { key } = (await (await call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'seen', role: 'admin' }) })).json()) as { key: string };
    const unseen = (await (await call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'unseen', role: 'admin' }) })).json()) as { key: string };
    const read = '/api/v1/districts';
    expect((await call(read, { key })).status).toBe(200);
    await server.faults.kill();
    try {
      expect([(await call(read, { key })).status, (await call(read)).status]).toEqual([200, 200]);
      const refused = await call(read, { key: unseen.key });
      expect([refused.status, refused.headers.get('retry-after'), ((await refused.json()) as { code: string }).code]).toEqual([503, '1', 'database_unavailable']);
    } finally {
      await server.faults.restart();
    }
    expect((await call(read, { key: unseen.key })).status).toBe(200);
  });
});
