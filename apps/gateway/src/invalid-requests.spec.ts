import { testInvalidRequests, type InvalidRequest } from '@lastgood/service-runtime/suite';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const SNAPSHOT = `7-${RUN}`;

/** At least one for every route; a route that takes nothing gets a parameter that it does not know. */
const INVALID: InvalidRequest[] = [
  ['GET', '/api/openapi.json?version=2', undefined, 'version'],
  ['GET', '/api/v1/districts?limit=2', undefined, 'limit'],
  ['GET', '/api/v1/snapshots/Not.A.District/status', undefined, 'district'],
  ['POST', '/api/v1/snapshots/lakeside/refresh', { source: 'Not a source' }, 'source'],
  ['POST', '/api/v1/snapshots/lakeside/refresh', { sauce: 'sis' }, 'sauce'],
  ['GET', '/api/v1/districts/lakeside/snapshots?limit=0', undefined, 'limit'],
  ['GET', '/api/v1/districts/lakeside/snapshots?from=yesterday', undefined, 'from'],
  ['GET', '/api/v1/districts/lakeside/snapshots/not-a-snapshot', undefined, 'snapshot'],
  ['GET', `/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/preview?samples=true`, undefined, 'samples'],
  ['GET', '/api/v1/districts/lakeside/sources/Not%20a%20source/schedule', undefined, 'source'],
  ['PUT', '/api/v1/districts/lakeside/sources/sis/schedule', { cron: '0 3 * * *', timeZone: 'Mars/Base' }, 'timeZone'],
  ['GET', '/api/v1/districts/lakeside/filters?source=A', undefined, 'source'],
  ...['students', 'parents', 'classes'].map((dataset): InvalidRequest => ['GET', `/api/v1/districts/lakeside/${dataset}.csv?limit=5`, undefined, 'limit']),
  ['GET', `/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/files/..%2Fsecret`, undefined, 'name'],
  ['POST', `/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/approve`, { previewed: -1 }, 'previewed'],
  ['POST', `/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/approve`, {}, 'previewed'],
  ['POST', `/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/approve`, { reason: 'unseen' }, 'previewed'],
  ['POST', `/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/approve`, undefined, 'previewed'],
  ['POST', `/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/reject`, { reason: '' }, 'reason'],
  ['POST', `/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/rollback`, { reason: 'x'.repeat(501) }, 'reason', '500'],
  ['GET', `/api/v1/districts/lakeside/students?q=${'x'.repeat(201)}`, undefined, 'q', '200'],
  ['GET', '/api/v1/districts/lakeside/students?limit=201', undefined, 'limit', '200'],
  ['GET', '/api/v1/districts/lakeside/students?nmae=ada', undefined, 'nmae'],
  ['GET', '/api/v1/districts/lakeside/parents?cursor=%25', undefined, 'cursor'],
  ['GET', '/api/v1/districts/lakeside/classes?source=A%20B', undefined, 'source'],
  ['GET', `/api/v1/districts/lakeside/students/${'s'.repeat(256)}`, undefined, 'sourcedId', '255'],
  ['GET', '/api/v1/districts/lakeside/parents/u-1?verbose=1', undefined, 'verbose'],
  ['GET', '/api/v1/districts/lakeside/classes/c-1?source=A', undefined, 'source'],
  ...['students', 'parents', 'classes'].flatMap((dataset): InvalidRequest[] => [
    ['GET', `/api/v1/districts/hillside/sources/sis/live/${dataset}`, undefined, 'q'],
    ['GET', `/api/v1/districts/hillside/sources/sis/live/${dataset}?q=an&cursor=x`, undefined, 'cursor'],
    ['GET', `/api/v1/districts/hillside/sources/sis/live/${dataset}?q=an&limit=51`, undefined, 'limit', '50'],
    ['GET', `/api/v1/districts/hillside/sources/sis/live/${dataset}/${'s'.repeat(256)}`, undefined, 'sourcedId', '255'],
  ]),
  ['GET', '/api/v1/runs?phase=happy', undefined, 'phase'],
  ['GET', '/api/v1/runs/42', undefined, 'run'],
  ['POST', '/api/v1/runs/42/cancel', undefined, 'run'],
  ['POST', `/api/v1/runs/${RUN}/cancel`, { why: 'x' }, 'why'],
  ['GET', '/api/v1/runs/42/events', undefined, 'run'],
  ['GET', '/api/v1/runs/42/log', undefined, 'run'],
  ['GET', `/api/v1/runs/${RUN}/log?level=loud`, undefined, 'level'],
  ['GET', `/api/v1/runs/${RUN}/log?limit=501`, undefined, 'limit', '500'],
  ['POST', '/api/v1/session', { key: '' }, 'key'],
  ['POST', '/api/v1/session', { key: 'lg_x', link: 'x' }, 'key'],
  ['POST', '/api/v1/session', {}, 'key'],
  ['GET', '/api/v1/session?name=x', undefined, 'name'],
  ['DELETE', '/api/v1/session?name=x', undefined, 'name'],
  ['GET', '/api/v1/audit?limit=201', undefined, 'limit', '200'],
  ['GET', '/api/v1/audit?from=yesterday', undefined, 'from'],
  ['GET', '/api/v1/audit?district=Not.A.District', undefined, 'district'],
  ['GET', '/api/v1/audit/export?limit=5', undefined, 'limit'],
  ['GET', '/api/v1/runs?limit=201', undefined, 'limit', '200'],
  ['GET', '/api/v1/districts/lakeside/snapshots?limit=201', undefined, 'limit', '200'],
  ['GET', '/api/v1/admin/parked?limit=many', undefined, 'limit'],
  ['POST', '/api/v1/admin/parked/a%20b/replay', undefined, 'message'],
  ['DELETE', '/api/v1/admin/parked/a%20b', undefined, 'message'],
  ['GET', '/api/v1/admin/keys?role=admin', undefined, 'role'],
  ['POST', '/api/v1/admin/keys', { name: 'x', role: 'emperor' }, 'role'],
  ['DELETE', '/api/v1/admin/keys/42', undefined, 'key'],
];

/** Files: they take nothing. */
const OF_THE_PAGE = /^\/($|icon\.svg$|assets\/)/;

describe('the public API', () => {
  let gateway: GatewayFixture;
  beforeAll(async () => void (gateway = await startGateway(() => undefined)));
  afterAll(() => gateway.close());

  testInvalidRequests(() => ({
    routes: gateway.routes.filter(({ pattern }) => !OF_THE_PAGE.test(pattern)),
    ask: (method, path, body) => gateway.call(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
  }), INVALID);
});
