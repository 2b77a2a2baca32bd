import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Problem } from '@lastgood/contracts';
import { InProcessEventBus, type ParkedMessages } from '@lastgood/event-bus';
import { runAs } from './testing/behind.js';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const SNAPSHOTS = `/api/v1/districts/lakeside/snapshots/7-${RUN}`;

/** Every change that reaches what is behind, with a body that is fine. */
const CHANGES: [method: string, path: string, body: unknown][] = [
  ['POST', '/api/v1/snapshots/lakeside/refresh', { source: 'sis' }],
  ['POST', `/api/v1/runs/${RUN}/cancel`, { reason: 'wrong term' }],
  ['PUT', '/api/v1/districts/lakeside/sources/sis/schedule', { cron: '0 3 * * *', timeZone: 'America/Chicago' }],
  ['POST', `${SNAPSHOTS}/approve`, { previewed: 7 }],
  ['POST', `${SNAPSHOTS}/reject`, {}],
  ['POST', `${SNAPSHOTS}/rollback`, {}],
  ['POST', '/api/v1/admin/parked/m-1/replay', undefined],
  ['DELETE', '/api/v1/admin/parked/m-1', undefined],
];

describe('while the disk of the audit trail is away', () => {
  let gateway: GatewayFixture;
  let folder: string;
  /** What reached the services behind, and the parked messages of the bus. */
  const reached: string[] = [];
  const lot = Object.getPrototypeOf(new InProcessEventBus().parked) as Pick<ParkedMessages, 'replay' | 'drop'>;
  const { replay, drop } = lot;
  beforeAll(async () => {
    lot.replay = function (this: ParkedMessages, id) {
      reached.push(`replay ${id}`);
      return replay.call(this, id);
    };
    lot.drop = function (this: ParkedMessages, id) {
      reached.push(`drop ${id}`);
      return drop.call(this, id);
    };
    gateway = await startGateway((behind) => {
      behind.addHook('onRequest', async ({ method, url }) => {
        if (url.startsWith('/internal/')) reached.push(`${method} ${url}`);
      });
      behind.get('/internal/runs/:run', () => runAs(RUN, 'fetching'));
    });
    folder = join(gateway.folder, 'data', 'kept', 'gateway');
    renameSync(folder, `${folder}-away`);
  });
  afterAll(async () => {
    Object.assign(lot, { replay, drop });
    await gateway.close();
  });

  const change = (method: string, path: string, body: unknown): Promise<Response> => gateway.call(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

  test.each(CHANGES)('%s %s is refused before anything behind hears of it', async (method, path, body) => {
    reached.length = 0;
    const refused = await change(method, path, body);
    expect([refused.status, Problem.parse(await refused.json()).code, reached]).toEqual([503, 'audit_unavailable', []]);
  });

  test('nothing but the disk kept them: with it back each of them gets behind', async () => {
    mkdirSync(folder);
    for (const [method, path, body] of CHANGES) {
      reached.length = 0;
      await (await change(method, path, body)).body?.cancel();
      expect([path, reached.filter((what) => !what.startsWith('GET ')).length]).toEqual([path, 1]);
    }
  });
});
