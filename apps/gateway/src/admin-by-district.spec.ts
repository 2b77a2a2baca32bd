import { CreatedKey, KeysAnswer, Problem } from '@lastgood/contracts';
import { ADMIN_TOKEN, startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const KEYS = '/api/v1/admin/keys';

describe('an admin key of one district', () => {
  let gateway: GatewayFixture;
  let admin: CreatedKey;
  const made = {} as Record<'lakeside' | 'hillside' | 'both' | 'all', CreatedKey>;
  beforeAll(async () => {
    gateway = await startGateway(() => undefined);
    const make = async (name: string, districts: string[] | null): Promise<CreatedKey> => CreatedKey.parse(await (await create({ name, role: 'viewer', districts }, ADMIN_TOKEN)).json());
    admin = CreatedKey.parse(await (await create({ name: 'admin of lakeside', role: 'admin', districts: ['lakeside'] }, ADMIN_TOKEN)).json());
    Object.assign(made, { lakeside: await make('lakeside', ['lakeside']), hillside: await make('hillside', ['hillside']), both: await make('both', ['lakeside', 'hillside']), all: await make('all', null) });
  });
  afterAll(() => gateway.close());

  const create = (body: object, key = admin.key): Promise<Response> => gateway.call(KEYS, { method: 'POST', body: JSON.stringify(body), key });
  const listed = async (key = ADMIN_TOKEN): Promise<string[]> => KeysAnswer.parse(await (await gateway.call(KEYS, { key })).json()).items.map(({ name }) => name);

  test('makes no key of all districts, and none of another one, which answers as an absent one', async () => {
    const before = await listed();
    for (const body of [{ name: 'x', role: 'admin', districts: null }, { name: 'x', role: 'viewer' }]) {
      const refused = await create(body);
      expect([refused.status, Problem.parse(await refused.json())]).toMatchObject([400, { code: 'districts_required', detail: expect.stringContaining('name those of the new key'), errors: [{ field: 'districts' }] }]);
    }
    const answers = await Promise.all([['hillside'], ['nowhere'], ['lakeside', 'hillside'], ['lakeside', 'nowhere']].map(async (districts) => {
      const answer = await create({ name: 'x', role: 'viewer', districts });
      return [answer.status, await answer.json()];
    }));
    expect(answers[0]).toMatchObject([404, { code: 'unknown_district' }]);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await listed()).toEqual(before);
  });

  test('makes, sees and takes out of use a key of its own district', async () => {
    const answer = await create({ name: 'desk', role: 'operator', districts: ['lakeside'] });
    const { id, key } = CreatedKey.parse(await answer.json());
    expect(await listed(admin.key)).toContain('desk');
    expect((await gateway.call(`${KEYS}/${id}`, { method: 'DELETE', key: admin.key })).status).toBe(204);
    expect((await gateway.call('/api/v1/districts', { key })).status).toBe(403);
  });

  test('sees no key of other or of all districts, and such a one answers as an unknown one to a revocation and goes on', async () => {
    expect(await listed()).toEqual(expect.arrayContaining(['hillside', 'both', 'all']));
    expect((await listed(admin.key)).filter((name) => name !== 'desk')).toEqual(['admin of lakeside', 'lakeside']);
    const revoke = async (id: string): Promise<unknown[]> => {
      const answer = await gateway.call(`${KEYS}/${id}`, { method: 'DELETE', key: admin.key });
      return [answer.status, await answer.json()];
    };
    const unknown = await revoke('0f8fad5b-d9cb-469f-a165-708677289501');
    expect(unknown).toMatchObject([404, { code: 'unknown_key' }]);
    for (const { id, key } of [made.hillside, made.both, made.all]) {
      expect(await revoke(id)).toEqual(unknown);
      expect((await gateway.call('/api/v1/districts', { key })).status).toBe(200);
    }
  });

  test.each([['GET', ''], ['POST', '/m-1/replay'], ['DELETE', '/m-1']])('is refused parked messages in words: %s parked%s', async (method, path) => {
    const refused = await gateway.call(`/api/v1/admin/parked${path}`, { method, key: admin.key });
    expect([refused.status, Problem.parse(await refused.json())]).toMatchObject([403, { code: 'all_districts_needed', detail: expect.stringContaining('of all districts') }]);
  });
});
