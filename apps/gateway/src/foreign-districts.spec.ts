import { publicRoutes } from './access/public-routes.js';
import { PUBLIC_CONTROLLERS } from './gateway.module.js';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const SNAPSHOT = '7-01jd4w8k2m3n5p7q9rstvwxyz0';
const VALUES: Record<string, string> = { snapshot: SNAPSHOT, name: 'students.csv', sourcedId: 'u-1', source: 'sis' };
/** Every declared route of a district, with a place for the district. */
const ROUTES = publicRoutes(PUBLIC_CONTROLLERS).filter(({ path }) => path.includes('{district}')).map(({ method, path }): [string, string] => [
  method, path.replaceAll(/\{(?!district\})(\w+)\}/g, (_, name: string) => VALUES[name] ?? `no value for ${name}`),
]);

describe('for an admin key of lakeside', () => {
  let gateway: GatewayFixture;
  let key: string;
  const asked: string[] = [];
  beforeAll(async () => {
    gateway = await startGateway((behind) => {
      behind.all('/internal/*', (request) => {
        asked.push(request.url);
        return {};
      });
    });
    const made = await gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'lakeside', role: 'admin', districts: ['lakeside'] }) });
    ({ key } = await made.json() as { key: string });
  });
  afterAll(() => gateway.close());

  test('the list of routes is that of districts and of snapshots', () => {
    expect(new Set(ROUTES.map(([, path]) => path.split('/{district}')[0]))).toEqual(new Set(['/api/v1/districts', '/api/v1/snapshots']));
  });

  test.each(ROUTES)('%s %s answers alike for a foreign and for an absent district, and asks nobody', async (method, path) => {
    asked.length = 0;
    const [foreign, absent] = await Promise.all(['hillside', 'nowhere'].map(async (district) => {
      const answer = await gateway.call(path.replace('{district}', district), { method, key });
      return [answer.status, answer.headers.get('content-type'), await answer.json()];
    }));
    expect(foreign).toEqual(absent);
    expect([foreign, asked]).toEqual([[404, expect.stringMatching(/^application\/problem\+json/), expect.objectContaining({ code: 'unknown_district' })], []]);
  });
});
