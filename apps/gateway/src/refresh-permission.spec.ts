import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Problem } from '@lastgood/contracts';
import fc from 'fast-check';
import { makeApiKey } from './access/api-key.js';
import type { Role } from './access/permissions.js';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const SCOPES = { all: null, lakeside: ['lakeside'], hillside: ['hillside'], both: ['hillside', 'lakeside'] } as const;
type Scope = keyof typeof SCOPES;
const STATES = ['absent', 'in-query', 'malformed', 'wrong-scheme', 'wrong-checksum', 'unknown', 'expired', 'revoked', 'good'] as const;
type KeyState = (typeof STATES)[number];
const ROLES: Role[] = ['viewer', 'operator', 'admin'];

/** What asks for a refresh or ends one. The run of the fixture is of lakeside. */
const ROUTES = [
  { path: '/api/v1/snapshots/lakeside/refresh', district: 'lakeside', reaches: '/internal/districts/lakeside/refresh' },
  { path: '/api/v1/snapshots/hillside/refresh', district: 'hillside', reaches: '/internal/districts/hillside/refresh' },
  { path: `/api/v1/runs/${RUN}/cancel`, district: 'lakeside', reaches: `/internal/runs/${RUN}/cancel` },
] as const;

interface MadeKey {
  id: string;
  key: string;
}

const sample = (name: string): object => JSON.parse(readFileSync(new URL(`../../../libs/contracts/samples/http/${name}.v1.json`, import.meta.url), 'utf8')) as object;
const nameOf = (role: Role, scope: Scope, state: KeyState): string => `${role} ${scope} ${state}`;

let gateway: GatewayFixture;
/** What reached the services behind: method and address. */
const reached: string[] = [];
const kept = new Map<string, MadeKey>();

beforeAll(async () => {
  gateway = await startGateway((behind) => {
    behind.addHook('preHandler', (request, _reply, done) => {
      reached.push(`${request.method} ${request.url}`);
      done();
    });
    behind.get('/internal/runs/:run', () => sample('run'));
    behind.post('/internal/runs/:run/cancel', () => sample('run'));
    behind.post('/internal/districts/:district/refresh', () => sample('refresh-answer'));
  }, { environment: { LASTGOOD_BAD_KEYS_PER_MINUTE: '100000', LASTGOOD_CHANGES_PER_MINUTE: '100000' } });
  for (const role of ROLES) for (const scope of Object.keys(SCOPES) as Scope[]) for (const state of ['good', 'expired', 'revoked'] as const) {
    const made = await makeKey(role, scope, state === 'expired');
    kept.set(nameOf(role, scope, state), made);
    if (state === 'revoked') await revoke(made, role !== 'viewer');
  }
});
afterAll(() => gateway.close());

async function makeKey(role: Role, scope: Scope, expired: boolean): Promise<MadeKey> {
  const answer = await gateway.call('/api/v1/admin/keys', {
    method: 'POST',
    body: JSON.stringify({ name: `${role} of ${scope}`, role, districts: SCOPES[scope], expiresAt: expired ? '2020-01-01T00:00:00.000Z' : null }),
  });
  expect(answer.status).toBe(201);
  return await answer.json() as MadeKey;
}

/** A key that was used before is remembered by the gateway; revoking it must work all the same. */
async function revoke({ id, key }: MadeKey, usedBefore: boolean): Promise<void> {
  if (usedBefore) expect((await gateway.call('/api/v1/districts', { key })).status).toBe(200);
  expect((await gateway.call(`/api/v1/admin/keys/${id}`, { method: 'DELETE' })).status).toBeLessThan(300);
}

const oneCase = fc.record({
  role: fc.constantFrom(...ROLES),
  scope: fc.constantFrom(...Object.keys(SCOPES) as Scope[]),
  route: fc.constantFrom(...ROUTES),
  // A good key is the case with most answers, hence more of it.
  state: fc.oneof(fc.constantFrom(...STATES), fc.constant<KeyState>('good')),
  noise: fc.record({ at: fc.nat(45), by: fc.integer({ min: 1, max: 61 }), malformed: fc.constantFrom('', ' ', 'lg_', 'lg_short', 'x'.repeat(49), `lg_${'!'.repeat(46)}`, 'a b', 'ü') }),
  body: fc.constantFrom(undefined, '{}'),
});
type Case = typeof oneCase extends fc.Arbitrary<infer T> ? T : never;

function request({ role, scope, state, noise, route }: Case): { path: string; authorization: string | null } {
  const good = kept.get(nameOf(role, scope, 'good'))?.key ?? '';
  const { path } = route;
  switch (state) {
    case 'absent': return { path, authorization: null };
    case 'in-query': return { path: `${path}?key=${good}&access_token=${good}`, authorization: null };
    case 'malformed': return { path, authorization: `Bearer ${noise.malformed}` };
    case 'wrong-scheme': return { path, authorization: `Basic ${good}` };
    case 'wrong-checksum': return { path, authorization: `Bearer ${mistyped(good, 3 + noise.at, noise.by)}` };
    case 'unknown': return { path, authorization: `Bearer ${makeApiKey(randomBytes)}` };
    default: return { path, authorization: `Bearer ${kept.get(nameOf(role, scope, state))?.key ?? ''}` };
  }
}

function mistyped(key: string, at: number, by: number): string {
  const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const letter = letters[(letters.indexOf(key[at] ?? '0') + by) % 62] ?? '0';
  return key.slice(0, at) + letter + key.slice(at + 1);
}

/** The rule, in the words of the API: no key, a bad key or too weak a role, a district outside of the key's scope. */
function expected({ role, scope, route, state }: Case): number {
  if (state === 'absent' || state === 'in-query') return 401;
  if (state !== 'good' || role === 'viewer') return 403;
  const districts: readonly string[] | null = SCOPES[scope];
  return districts === null || districts.includes(route.district) ? 202 : 404;
}

test('P06 a refresh is refused without a valid key with the right, and then nothing reaches the writer', async () => {
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(oneCase, async (one) => {
      reached.length = 0;
      const { path, authorization } = request(one);
      const answer = await gateway.call(path, {
        method: 'POST', key: null, ...(one.body === undefined ? {} : { body: one.body }),
        headers: authorization === null ? {} : { authorization: Buffer.from(authorization, 'utf8').toString('latin1') },
      });
      const body: unknown = await answer.json();
      const status = expected(one);
      expect(answer.status).toBe(status);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const changes = reached.filter((call) => call.startsWith('POST'));
      if (status === 202) return expect(changes).toEqual([`POST ${one.route.reaches}`]);
      Problem.parse(body);
      expect(changes).toEqual([]);
      // Whose run it is can only be known by looking; without a valid key with the role not even that is asked.
      if (status !== 404) expect(reached).toEqual([]);
      return expect(answer.headers.has('www-authenticate')).toBe(status === 401 || (status === 403 && one.state !== 'good'));
    }),
    { numRuns: 400 },
  );
  expect([...statuses.keys()].sort()).toEqual([202, 401, 403, 404]);
}, 300_000);
