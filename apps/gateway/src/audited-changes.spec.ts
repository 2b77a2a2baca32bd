import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

describe('a change of keys and its entry', () => {
  let gateway: GatewayFixture;
  let database: DatabaseSync;
  beforeAll(async () => {
    gateway = await startGateway((behind) => {
      behind.get('/internal/*', (_request, reply) => reply.status(404).send({}));
    });
    database = new DatabaseSync(join(gateway.folder, 'data', 'lastgood.sqlite'), { timeout: 5000 });
  });
  afterAll(async () => {
    database.close();
    await gateway.close();
  });

  const make = (name: string): Promise<Response> => gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name, role: 'viewer' }) });
  const keys = (): string[] => database.prepare('select name from api_keys where revoked_at is null order by name').all().map(({ name }) => String(name));
  const entries = (action: string): unknown[] => database.prepare(`select entry from audit_entries where action = ? and json_extract(entry, '$.status') is null`).all(action);

  test('are there together as soon as it is answered', async () => {
    const made = await make('first');
    expect(made.status).toBe(201);
    expect([keys(), entries('admin_create').length]).toEqual([['first'], 1]);
    const { id } = await made.json() as { id: string };
    expect((await gateway.call(`/api/v1/admin/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect([keys(), entries('admin_revoke').length]).toEqual([[], 1]);
  });

  test('are neither there when the entry is refused, and a key that should have gone still works', async () => {
    const { id, key } = await (await make('second')).json() as { id: string; key: string };
    database.exec(`create trigger refused before insert on audit_entries begin select raise(abort, 'refused'); end`);
    try {
      expect((await make('third')).status).toBe(500);
      expect((await gateway.call(`/api/v1/admin/keys/${id}`, { method: 'DELETE' })).status).toBe(500);
      expect(keys()).toEqual(['second']);
      expect((await gateway.call('/api/v1/districts', { key })).status).toBe(200);
    } finally {
      database.exec('drop trigger refused');
    }
    expect((await make('third')).status).toBe(201);
    expect(keys()).toEqual(['second', 'third']);
  });
});
