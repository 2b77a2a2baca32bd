import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices, type RunningServices } from '@lastgood/service-runtime';
import { testInvalidRequests, type InvalidRequest } from '@lastgood/service-runtime/suite';
import { writerService } from './index.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const SNAPSHOT = `7-${RUN}`;
const LASTGOOD_YAML = `
version: 1
districts:
  - id: north
    name: North
    sources:
      - { id: sis, kind: oneroster-1.1, baseUrl: 'https://upstream.invalid/ims/oneroster/v1p1', auth: { kind: none }, schedule: 'off' }
`;
const asker = { actor: 'key-1', via: 'http' };

/** At least one for every route. */
const INVALID: InvalidRequest[] = [
  ['POST', '/internal/districts/Not.A.District/refresh', { asker }, 'district'],
  ['POST', '/internal/districts/north/refresh', { source: 'sis' }, 'asker'],
  ['POST', '/internal/districts/north/refresh', { asker: { ...asker, via: 'telephone' } }, 'asker.via'],
  ['POST', '/internal/districts/north/refresh', { asker, source: 'Not a source' }, 'source'],
  ['POST', '/internal/districts/north/refresh', { asker, idempotencyKey: 'x'.repeat(256) }, 'idempotencyKey'],
  ['POST', '/internal/districts/north/refresh', { asker, sauce: 'sis' }, 'sauce'],
  ['GET', '/internal/districts/Not.A.District/runs-status', undefined, 'district'],
  ['POST', '/internal/districts/north/snapshots/latest/approve', { asker, previewed: 1 }, 'snapshot'],
  ['POST', `/internal/districts/north/snapshots/${SNAPSHOT}/approve`, { asker }, 'previewed'],
  ['POST', `/internal/districts/north/snapshots/${SNAPSHOT}/approve`, { asker, previewed: 0 }, 'previewed'],
  ['POST', `/internal/districts/north/snapshots/${SNAPSHOT}/reject`, { asker, reason: '' }, 'reason'],
  ['POST', `/internal/districts/north/snapshots/${SNAPSHOT}/rollback`, { asker, previewed: 1.5 }, 'previewed'],
  ['GET', '/internal/districts/north/sources/Not%20a%20source/schedule', undefined, 'source'],
  ['PUT', '/internal/districts/north/sources/sis/schedule', { asker }, 'schedule'],
  ['PUT', '/internal/districts/north/sources/sis/schedule', { asker, schedule: { cron: '0 3 * * *', timeZone: 'Mars/Base' } }, 'schedule.timeZone'],
  ['GET', '/internal/runs?phase=happy', undefined, 'phase'],
  ['GET', '/internal/runs?limit=201', undefined, 'limit'],
  ['GET', '/internal/runs?lmit=1', undefined, 'lmit'],
  ['GET', '/internal/runs/42', undefined, 'run'],
  ['GET', '/internal/runs/42/log', undefined, 'run'],
  ['GET', `/internal/runs/${RUN}/log?level=loud`, undefined, 'level'],
  ['POST', '/internal/runs/42/cancel', { asker }, 'run'],
  ['POST', `/internal/runs/${RUN}/cancel`, { asker, why: 'x' }, 'why'],
];

describe('the writer over HTTP', () => {
  let folder: string;
  let services: RunningServices;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgood-writer-'));
    await writeFile(join(folder, 'lastgood.yaml'), LASTGOOD_YAML);
    services = await startServices([writerService], { embedded: true, environment: { LASTGOOD_DATA_DIR: join(folder, 'data'), LASTGOOD_CONFIG: join(folder, 'lastgood.yaml') } });
  });
  afterAll(async () => {
    await services.close();
    await rm(folder, { recursive: true });
  });

  testInvalidRequests(() => ({
    routes: services.routes.writer ?? [],
    ask: (method, path, body) => fetch(new URL(path, services.urls.writer), {
      method, headers: { authorization: `Bearer ${services.addresses.internalToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  }), INVALID);
});
