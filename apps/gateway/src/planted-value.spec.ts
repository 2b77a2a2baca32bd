import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { LivePeopleAnswer, Problem } from '@lastgood/contracts';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

/** A name that no code knows; whatever form it takes on the way, these letters stay together. */
const PLANTED = 'quaxworthy';
const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const LIVE = LivePeopleAnswer.parse(JSON.parse(readFileSync(new URL('../../../libs/contracts/samples/http/live-people-answer.v1.json', import.meta.url), 'utf8')));

let gateway: GatewayFixture;
beforeAll(async () => {
  gateway = await startGateway((behind) => {
    const person = { familyName: PLANTED };
    behind.get('/internal/districts/:district/students', (_request, reply) => reply.header('lastgood-snapshot', `sis=7-${RUN}`).header('lastgood-count', '1').send({ items: [person] }));
    behind.get('/internal/districts/:district/students/:id', () => ({ item: person }));
    behind.get('/internal/districts/:district/sources/:source/published', () => ({ district: 'hillside', source: 'sis', published: false }));
    behind.post('/internal/districts/:district/sources/:source/live-searches', () => ({ ...LIVE, items: [{ ...LIVE.items[0], ...person }] }));
    behind.get('/internal/districts/:district/snapshots/:snapshot/files/:name', (_request, reply) => reply.header('lastgood-count', '1').send(`familyName\r\n${PLANTED}\r\n`));
    behind.post('/internal/districts/:district/refresh', () => ({ nonsense: PLANTED }));
  }, { environment: { LASTGOOD_LOG_LEVEL: 'debug' } });
});
afterAll(() => gateway.close());

/** Reads that give people, and requests that are wrong in every place that takes text. */
const READS = ['lakeside/students?q=quaxworthy', 'lakeside/students/quaxworthy', `lakeside/snapshots/7-${RUN}/files/students.csv`, 'hillside/sources/sis/live/students?q=quaxworthy'];
const WRONG: [path: string, init?: Parameters<GatewayFixture['call']>[1]][] = [
  [`/api/v1/districts/lakeside/students?q=${PLANTED}&nonsense=${PLANTED}`], [`/api/v1/districts/lakeside/students?cursor=${PLANTED}!`], ['/api/v1/snapshots/lakeside/refresh', { method: 'POST', body: '{}' }],
  [`/api/v1/districts/hillside/sources/sis/live/students?q=${PLANTED}&nonsense=${PLANTED}`], [`/api/v1/districts/hillside/sources/sis/live/parents/${PLANTED}`], [`/api/v1/districts/lakeside/sources/sis/live/classes?q=${PLANTED}`],
  [`/api/v1/districts/lakeside/snapshots/${PLANTED}`], [`/api/v1/snapshots/${PLANTED}/refresh`, { method: 'POST', key: null }], [`/api/v1/${PLANTED}`], [`/api/v1/runs/${PLANTED}`], [`/api/v1/districts/lakeside/students?source=-${PLANTED}`],
  ['/api/v1/districts/lakeside/students', { key: PLANTED }], ['/api/v1/districts/lakeside/students', { key: null, headers: { cookie: `lastgood_session=${PLANTED}; ${PLANTED}=1` } }],
  ['/api/v1/session', { method: 'POST', key: null, body: JSON.stringify({ key: PLANTED }) }], ['/api/v1/session', { method: 'POST', key: null, body: `{"${PLANTED}` }],
  ['/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'x', role: PLANTED }) }], [`/api/v1/admin/keys/${PLANTED}`, { method: 'DELETE' }], [`/api/v1/admin/parked/${PLANTED}/replay`, { method: 'POST' }],
  ['/api/v1/snapshots/lakeside/refresh', { method: 'POST', body: '{}', headers: { 'idempotency-key': `${PLANTED} with blanks` } }], ['/api/v1/snapshots/lakeside/refresh', { method: 'POST', body: JSON.stringify({ source: PLANTED }) }],
  [`/api/v1/audit?district=${PLANTED}&action=${PLANTED}!`], ['/api/v1/districts/lakeside/students?q=x', { headers: { 'lastgood-purpose': `${PLANTED}\u00fc` } }],
];

test('a planted personal value is in no problem, log, metric, audit entry, nor in any file that the gateway keeps', async () => {
  for (const path of READS) {
    const answer = await gateway.call(`/api/v1/districts/${path}`);
    expect([path, answer.status, (await answer.text()).includes(PLANTED)]).toEqual([path, 200, true]);
  }
  for (const [path, init] of WRONG) {
    const answer = await gateway.call(path, init);
    const text = await answer.text();
    expect([path, answer.status >= 400, text.includes(PLANTED), Problem.safeParse(JSON.parse(text)).success]).toEqual([path, true, false, true]);
    expect([path, [...answer.headers].filter(([, value]) => value.includes(PLANTED))]).toEqual([path, []]);
  }
  let trail = '';
  while (!trail.includes('"people_student"')) {
    await setTimeout(50);
    trail = await (await gateway.call('/api/v1/audit/export')).text();
  }
  expect(trail).not.toContain(PLANTED);
  expect(await (await fetch(new URL('/metrics', gateway.url))).text()).not.toContain(PLANTED);
  const files = readdirSync(join(gateway.folder, 'data'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(files.some((file) => file.endsWith('lastgood.log') && readFileSync(file).length > 0)).toBe(true);
  for (const file of files) expect([file, readFileSync(file).includes(PLANTED)]).toEqual([file, false]);
});
