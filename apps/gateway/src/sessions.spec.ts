import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Problem, Session } from '@lastgood/contracts';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const run = { ...(JSON.parse(readFileSync(new URL('../../../libs/contracts/samples/http/run.v1.json', import.meta.url), 'utf8')) as object), phase: 'published' };

const open: GatewayFixture[] = [];
const start = async (environment: Record<string, string> = {}): Promise<GatewayFixture> => {
  const gateway = await startGateway((behind) => {
    behind.get('/internal/runs/:run', () => run);
    behind.post('/internal/runs/:run/cancel', () => run);
  }, { environment: { LASTGOOD_SIGN_IN_LINK: 'true', ...environment } });
  open.push(gateway);
  return gateway;
};
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

interface SignedIn {
  session: Session;
  /** As the browser sends it back. */
  cookie: string;
  setCookie: string;
}

const post = (gateway: GatewayFixture, body: object, headers: Record<string, string> = {}): Promise<Response> => gateway.call('/api/v1/session', { method: 'POST', key: null, body: JSON.stringify(body), headers });

async function signIn(gateway: GatewayFixture, body: object, headers: Record<string, string> = {}): Promise<SignedIn> {
  const answer = await post(gateway, body, headers);
  expect(answer.status).toBe(200);
  const setCookie = answer.headers.get('set-cookie') ?? '';
  return { session: Session.parse(await answer.json()), cookie: setCookie.split(';')[0] ?? '', setCookie };
}

async function newKey(gateway: GatewayFixture, role: string, districts: string[] | null = null): Promise<{ id: string; key: string }> {
  return await (await gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: `a ${role}`, role, districts }) })).json() as { id: string; key: string };
}

const status = async (gateway: GatewayFixture, path: string, { cookie }: { cookie: string }, init: RequestInit = {}): Promise<number> => {
  const answer = await gateway.call(path, { key: null, ...init, headers: { cookie, ...(init.headers as Record<string, string>) } });
  await answer.body?.cancel();
  return answer.status;
};
const codeOf = async (answer: Response): Promise<[number, string]> => [answer.status, Problem.parse(await answer.json()).code];
const linkIn = ({ terminal }: GatewayFixture): string => /\/sign-in#(\S+)/.exec(terminal.lines.join('\n'))?.[1] ?? '';

describe('a session', () => {
  test('is opened by a key, says who it is, and its cookie is out of reach for scripts and other sites', async () => {
    const gateway = await start();
    const { key } = await newKey(gateway, 'viewer', ['lakeside']);
    const signedIn = await signIn(gateway, { key });
    expect(signedIn.session).toMatchObject({ name: 'a viewer', role: 'viewer', permissions: ['status', 'read'], districts: ['lakeside'] });
    expect(signedIn.setCookie).toMatch(/; HttpOnly/);
    expect(signedIn.setCookie).toMatch(/; SameSite=Strict/);
    expect(signedIn.setCookie).not.toMatch(/Secure/);
    expect((await signIn(gateway, { key }, { 'x-forwarded-proto': 'https' })).setCookie).toMatch(/; Secure/);
    const again = await gateway.call('/api/v1/session', { key: null, headers: { cookie: signedIn.cookie } });
    expect(Session.parse(await again.json())).toEqual(signedIn.session);
    expect(await status(gateway, '/api/v1/districts', signedIn)).toBe(200);
    expect(await status(gateway, '/api/v1/admin/keys', signedIn)).toBe(403);
    expect(await status(gateway, `/api/v1/runs/${RUN}/events`, signedIn)).toBe(200);
  });

  test('changes nothing without the token that only the page knows; a key needs none', async () => {
    const gateway = await start();
    const { key } = await newKey(gateway, 'operator');
    const signedIn = await signIn(gateway, { key });
    const other = await signIn(gateway, { key });
    const cancel = (headers: Record<string, string>): Promise<Response> => gateway.call(`/api/v1/runs/${RUN}/cancel`, { method: 'POST', key: null, body: '{}', headers });
    expect(await codeOf(await cancel({ cookie: signedIn.cookie }))).toEqual([403, 'csrf']);
    expect(await codeOf(await cancel({ cookie: signedIn.cookie, 'x-csrf-token': other.session.csrf }))).toEqual([403, 'csrf']);
    expect((await cancel({ cookie: signedIn.cookie, 'x-csrf-token': signedIn.session.csrf })).status).toBe(202);
    expect((await cancel({ authorization: `Bearer ${key}` })).status).toBe(202);
    expect(await codeOf(await post(gateway, { key }, { 'sec-fetch-site': 'cross-site' }))).toEqual([403, 'csrf']);
  });

  test('ends when its owner signs out or its key is revoked, and not before', async () => {
    const gateway = await start();
    const made = await newKey(gateway, 'viewer');
    const [one, other] = [await signIn(gateway, made.key ? { key: made.key } : {}), await signIn(gateway, { key: made.key })];
    expect(await status(gateway, '/api/v1/session', one, { method: 'DELETE' })).toBe(403);
    expect(await status(gateway, '/api/v1/session', one, { method: 'DELETE', headers: { 'x-csrf-token': one.session.csrf } })).toBe(204);
    expect([await status(gateway, '/api/v1/session', one), await status(gateway, '/api/v1/districts', one), await status(gateway, '/api/v1/districts', other)]).toEqual([401, 401, 200]);
    expect((await gateway.call(`/api/v1/admin/keys/${made.id}`, { method: 'DELETE' })).status).toBe(204);
    expect([await status(gateway, '/api/v1/session', other), await status(gateway, '/api/v1/districts', other)]).toEqual([401, 401]);
  });

  test('is opened once by the link that the start shows, for an admin', async () => {
    const gateway = await start();
    const link = linkIn(gateway);
    const both = await Promise.all([post(gateway, { link }), post(gateway, { link })]);
    expect(both.map((answer) => answer.status).sort()).toEqual([200, 403]);
    const refused = both.find((answer) => answer.status === 403);
    expect(refused && await codeOf(refused)).toEqual([403, 'bad_link']);
    expect(Session.parse(await both.find((answer) => answer.status === 200)?.json())).toMatchObject({ role: 'admin', districts: null });
    expect(await codeOf(await post(gateway, { link: 'x'.repeat(43) }))).toEqual([403, 'bad_link']);
  });

  test('by the link ends when the first admin key is revoked', async () => {
    const gateway = await startGateway(() => undefined, { preset: false, environment: { LASTGOOD_SIGN_IN_LINK: 'true' } });
    open.push(gateway);
    const key = /lg_\w+/.exec(gateway.terminal.lines.join('\n'))?.[0] ?? '';
    const byLink = await signIn(gateway, { link: linkIn(gateway) });
    expect([byLink.session.name, await status(gateway, '/api/v1/session', byLink)]).toEqual(['sign-in link', 200]);
    const { items: [first] } = await (await gateway.call('/api/v1/admin/keys', { key })).json() as { items: { id: string }[] };
    expect((await gateway.call(`/api/v1/admin/keys/${first?.id ?? ''}`, { method: 'DELETE', key })).status).toBe(204);
    expect([await status(gateway, '/api/v1/session', byLink), await status(gateway, '/api/v1/districts', byLink)]).toEqual([401, 401]);
  });

  test('is not opened any more by an unused link once the first admin key is revoked; another key takes no link along', async () => {
    const gateway = await startGateway(() => undefined, { preset: false, environment: { LASTGOOD_SIGN_IN_LINK: 'true' } });
    open.push(gateway);
    const key = /lg_\w+/.exec(gateway.terminal.lines.join('\n'))?.[0] ?? '';
    const links = (): number => {
      using database = new DatabaseSync(join(gateway.folder, 'data', 'lastgood.sqlite'), { timeout: 5000 });
      return database.prepare('select sha256 from sign_in_links').all().length;
    };
    const other = await (await gateway.call('/api/v1/admin/keys', { method: 'POST', key, body: JSON.stringify({ name: 'desk', role: 'viewer' }) })).json() as { id: string };
    expect((await gateway.call(`/api/v1/admin/keys/${other.id}`, { method: 'DELETE', key })).status).toBe(204);
    expect(links()).toBe(1);
    const { items: [first] } = await (await gateway.call('/api/v1/admin/keys', { key })).json() as { items: { id: string }[] };
    expect((await gateway.call(`/api/v1/admin/keys/${first?.id ?? ''}`, { method: 'DELETE', key })).status).toBe(204);
    expect([links(), await codeOf(await post(gateway, { link: linkIn(gateway) }))]).toEqual([0, [403, 'bad_link']]);
  });

  test('by the link ends when the preset key is replaced', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastgood-gateway-'));
    const startAgain = (environment: Record<string, string> = {}): Promise<GatewayFixture> => startGateway(() => undefined, { folder, environment: { LASTGOOD_SIGN_IN_LINK: 'true', ...environment } });
    try {
      const before = await startAgain();
      const byLink = await signIn(before, { link: linkIn(before) });
      await before.close();
      const same = await startAgain();
      expect(await status(same, '/api/v1/session', byLink)).toBe(200);
      await same.close();
      const after = await startAgain({ ADMIN_TOKEN: 'another-admin-token-for-tests-0123456789' });
      expect(await status(after, '/api/v1/session', byLink)).toBe(401);
      await after.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test('leaves nothing in the data folder that opens it', async () => {
    const gateway = await start();
    const { key } = await newKey(gateway, 'viewer');
    const { cookie, session } = await signIn(gateway, { key });
    const files = readdirSync(join(gateway.folder, 'data'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name)));
    for (const secret of [cookie.split('=')[1] ?? '', session.csrf, linkIn(gateway)]) {
      expect(secret.length).toBeGreaterThan(40);
      expect(files.some((bytes) => bytes.includes(secret))).toBe(false);
    }
  });
});

test('whoever tries many keys to sign in is locked out for minutes, also with a good key that was not seen before', async () => {
  const gateway = await start({ LASTGOOD_BAD_KEYS_PER_MINUTE: '2' });
  const { key } = await newKey(gateway, 'viewer');
  const statuses: number[] = [];
  for (let i = 0; i < 4; i += 1) statuses.push((await post(gateway, { key: `lg_${'x'.repeat(46)}` })).status);
  expect(statuses).toEqual([403, 403, 429, 429]);
  const locked = await post(gateway, { key });
  expect(locked.status).toBe(429);
  expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(60);
  expect((await gateway.call('/api/v1/districts', { key })).status).toBe(429);
  expect((await gateway.call('/api/v1/districts')).status).toBe(200);
});

test('clients behind a proxy that is trusted are told apart, and nobody else can name another address', async () => {
  const guess = async (gateway: GatewayFixture, from: string): Promise<number> => (await post(gateway, { key: `lg_${'x'.repeat(46)}` }, { 'x-forwarded-for': from })).status;
  const trusting = await start({ LASTGOOD_BAD_KEYS_PER_MINUTE: '1', LASTGOOD_TRUSTED_PROXIES: '127.0.0.1,::1/128' });
  expect([await guess(trusting, '203.0.113.1'), await guess(trusting, '203.0.113.1'), await guess(trusting, '203.0.113.2')]).toEqual([403, 429, 403]);
  const plain = await start({ LASTGOOD_BAD_KEYS_PER_MINUTE: '1' });
  expect([await guess(plain, '203.0.113.1'), await guess(plain, '203.0.113.2')]).toEqual([403, 429]);
});

test('sign-ins and changes are limited per minute, and answers say how many are left', async () => {
  const gateway = await start({ LASTGOOD_SIGN_INS_PER_MINUTE: '2', LASTGOOD_CHANGES_PER_MINUTE: '3' });
  const { key } = await newKey(gateway, 'viewer');
  const answers = [await post(gateway, { key }), await post(gateway, { key }), await post(gateway, { key })];
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 429]);
  expect(answers.map(({ headers }) => headers.get('ratelimit-policy'))).toEqual(Array(3).fill('"sign-ins";q=2;w=60'));
  expect(answers.map(({ headers }) => /^"sign-ins";r=(\d);t=\d+$/.exec(headers.get('ratelimit') ?? '')?.[1])).toEqual(['1', '0', '0']);
  const changes = [await gateway.call('/api/v1/admin/keys'), await gateway.call('/api/v1/admin/keys'), await gateway.call('/api/v1/admin/keys')];
  expect(changes.map((answer) => [answer.status, answer.headers.get('ratelimit')?.split(';')[1]])).toEqual([[200, 'r=1'], [200, 'r=0'], [429, 'r=0']]);
});
