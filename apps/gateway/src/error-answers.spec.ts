import { request as httpRequest } from 'node:http';
import { Problem } from '@lastgood/contracts';
import fc from 'fast-check';
import { ADMIN_TOKEN, startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
/** Stands in every junk value: no answer may repeat it. */
const PLANTED = 'quaxworthy';

let gateway: GatewayFixture;
/** `METHOD /path/{parameter}` of every route, as the API describes itself. */
let routes: { method: string; path: string }[] = [];

beforeAll(async () => {
  gateway = await startGateway((behind) => {
    behind.setNotFoundHandler((_request, reply) => reply.status(404).header('content-type', 'application/problem+json').send(JSON.stringify({
      type: 'urn:lastgood:problem:unknown_thing', title: 'unknown thing', status: 404, detail: 'There is no such thing; look at the list.', code: 'unknown_thing', retryable: false,
    } satisfies Problem)));
  }, { environment: { LASTGOOD_BAD_KEYS_PER_MINUTE: '100000', LASTGOOD_CHANGES_PER_MINUTE: '100000' } });
  const document = await (await gateway.call('/api/openapi.json', { key: null })).json() as { paths: Record<string, Record<string, unknown>> };
  routes = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })));
  expect(routes.length).toBeGreaterThan(20);
});
afterAll(() => gateway.close());

interface Answer {
  status: number;
  type: string;
  headers: string[];
  body: string;
}

/** As sent: no library tidies the address or the headers up on the way. */
function send(method: string, path: string, headers: Record<string, string | undefined>, body: string | undefined): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = gateway.url;
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = httpRequest({ hostname, port, method, path, headers: { ...length, ...Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)) }, agent: false }, (response) => {
      const type = response.headers['content-type'] ?? '';
      const status = response.statusCode ?? 0;
      const names = Object.keys(response.headers);
      if (type.startsWith('text/event-stream')) {
        response.destroy();
        return resolve({ status, type, headers: names, body: '' });
      }
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject).on('end', () => resolve({ status, type, headers: names, body: Buffer.concat(chunks).toString('utf8') }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

const junk = fc.oneof(
  fc.constantFrom('', '%', '%zz', '%00', '..%2f..%2fetc', '-1', '1e999', 'null', "' or 1=1 --", '{{7*7}}', 'x'.repeat(300), '%F0%9F%92%A9', '999999999999999999999'),
  fc.string({ maxLength: 40 }).map(encodeURIComponent), fc.webPath().map((path) => path.slice(1)),
).map((text) => `${PLANTED}${text}`);
const good: Record<string, string> = { district: 'lakeside', run: RUN, snapshot: `7-${RUN}`, name: 'students.csv', sourcedId: 'u-1', message: 'm-1', key: '0f8fad5b-d9cb-469f-a165-708677289501' };
const queries = fc.array(fc.tuple(fc.constantFrom('limit', 'cursor', 'source', 'from', 'q', 'phase', 'nonsense', 'school[]', '__proto__'), junk), { maxLength: 3 });
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(fc.constantFrom('source', 'reason', 'previewed', 'name', 'role', 'districts', 'expiresAt', 'nonsense', '__proto__'), fc.oneof(fc.jsonValue({ maxDepth: 1 }), junk), { maxKeys: 4 }),
).map((value) => JSON.stringify(value));
const bodies = fc.oneof(
  fc.constant(undefined), json, json.map((text) => text.slice(0, -1)), junk.map((value) => JSON.stringify({ source: value, reason: value.repeat(30), previewed: value, role: value })),
  fc.constantFrom('', '[', `{"${'a'.repeat(100)}`, `"${PLANTED}"`, `{"name":"${PLANTED}","role":"${PLANTED}"}`, '['.repeat(5000), `{"reason":"${PLANTED.repeat(200_000)}"}`),
);
const headerValue = junk.map((value) => value.replaceAll(/[^\x21-\x7e]/g, ''));
const headers = fc.record({
  'content-type': fc.oneof(fc.constant('application/json'), fc.constant('application/json; charset=utf-16'), fc.constant('text/plain'), headerValue),
  authorization: fc.oneof({ arbitrary: fc.constant(`Bearer ${ADMIN_TOKEN}`), weight: 6 }, { arbitrary: fc.constant(undefined), weight: 1 }, { arbitrary: headerValue, weight: 1 }, { arbitrary: headerValue.map((value) => `Bearer ${value}`), weight: 1 }),
  'if-none-match': headerValue, 'idempotency-key': headerValue, 'last-event-id': headerValue, accept: headerValue, 'accept-encoding': headerValue, 'user-agent': headerValue, 'x-forwarded-for': headerValue,
}, { requiredKeys: [] });

const badRequest = fc.record({
  route: fc.nat(), method: fc.oneof({ arbitrary: fc.constant(null), weight: 4 }, { arbitrary: fc.constantFrom('PUT', 'PATCH', 'DELETE', 'POST', 'GET', 'OPTIONS', 'PROPFIND'), weight: 1 }),
  junkIds: fc.array(fc.option(junk, { nil: null }), { minLength: 3, maxLength: 3 }), suffix: fc.oneof({ arbitrary: fc.constant(''), weight: 6 }, { arbitrary: junk.map((value) => `/${value}`), weight: 1 }),
  query: queries, headers, body: bodies,
});

function addressOf(path: string, ids: (string | null)[], suffix: string, query: [string, string][]): string {
  let used = 0;
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => ids[used++ % ids.length] ?? good[name] ?? 'x');
  return filled + suffix + (query.length === 0 ? '' : `?${query.map(([name, value]) => `${name}=${value}`).join('&')}`);
}

test('P27 every error answer is problem+json with a stable code, retryable, and what to do, and repeats nothing that was sent', async () => {
  const codes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(badRequest, async ({ route, method, junkIds, suffix, query, headers: sent, body }) => {
      const { method: own, path } = routes[route % routes.length] ?? { method: 'GET', path: '/' };
      const address = addressOf(path, junkIds, suffix, query).replaceAll(/[^\x21-\x7e]/g, '');
      const answer = await send(method ?? own, address, { authorization: `Bearer ${ADMIN_TOKEN}`, ...sent }, body);
      gateway.met.saw(method ?? own, address, answer.status, answer.headers);
      if (answer.status < 400) return;
      expect(answer.status).not.toBe(500);
      expect(answer.type).toMatch(/^application\/problem\+json/);
      const problem = Problem.parse(JSON.parse(answer.body));
      expect(problem.status).toBe(answer.status);
      expect(problem.detail).toMatch(/\w+ \w+/);
      expect(problem.type).toBe(`urn:lastgood:problem:${problem.code}`);
      expect(answer.body.toLowerCase()).not.toContain(PLANTED);
      codes.set(problem.code, (codes.get(problem.code) ?? 0) + 1);
    }),
    { numRuns: 600 },
  );
  expect(codes.size).toBeGreaterThanOrEqual(8);
}, 300_000);
