import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AuditAnswer } from '@lastgood/contracts';
import { openPostgresDatabase } from '@lastgood/database';
import { describeWithServer, startPostgres } from '@lastgood/test-servers';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';
import { describeRemoval } from './testing/removal-suite.js';

const open: GatewayFixture[] = [];
const start = async (url: string): Promise<GatewayFixture> => {
  const gateway = await startGateway((behind) => {
    behind.get('/internal/districts/:district/students', (_request, reply) => reply.header('lastgood-count', '2').send({}));
  }, { environment: { LASTGOOD_DATABASE_URL: url } });
  open.push(gateway);
  return gateway;
};
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.close();
});

async function reads(gateway: GatewayFixture, least: number): Promise<AuditAnswer['items']> {
  for (;;) {
    const answer = await gateway.call('/api/v1/audit?action=people_students&limit=200');
    const items = answer.ok ? AuditAnswer.parse(await answer.json()).items : [];
    if (items.length >= least) return items;
    await setTimeout(50);
  }
}

await describeWithServer('the audit trail on PostgreSQL', startPostgres, (server) => {
  describeRemoval(async () => openPostgresDatabase({ url: await server.createDatabase() }));

  test('has the entries of every gateway, each in its own chain', async () => {
    const url = await server.createDatabase();
    const [one, other] = [await start(url), await start(url)];
    for (const gateway of [one, other, one]) expect((await gateway.call('/api/v1/districts/lakeside/students?q=x')).status).toBe(200);
    const items = await reads(other, 3);
    expect(new Set(items.map(({ chain }) => chain)).size).toBe(2);
    expect(items.map(({ count }) => count)).toEqual([2, 2, 2]);
  });

  test('goes on while the database is away, and every entry reaches it later, none twice', async () => {
    if (!server.faults) return;
    const gateway = await start(await server.createDatabase());
    expect((await gateway.call('/api/v1/districts/lakeside/students?q=x')).status).toBe(200);
    await reads(gateway, 1);
    await server.faults.kill();
    try {
      for (let i = 0; i < 20; i += 1) expect((await gateway.call('/api/v1/districts/lakeside/students?q=x')).status).toBe(200);
      const kept = join(gateway.folder, 'data', 'kept', 'gateway');
      expect(readdirSync(kept).reduce((sum, name) => sum + statSync(join(kept, name)).size, 0)).toBeGreaterThan(20 * 300);
    } finally {
      await server.faults.restart();
    }
    const items = await reads(gateway, 21);
    expect([items.length, new Set(items.map(({ id }) => id)).size]).toEqual([21, 21]);
  });
});
