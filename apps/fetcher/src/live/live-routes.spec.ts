import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LivePeopleAnswer, Problem } from '@lastgood/contracts';
import { startServices, type RunningServices } from '@lastgood/service-runtime';
import { testInvalidRequests, type InvalidRequest } from '@lastgood/service-runtime/suite';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { fetcherService } from '../index.js';

const TOKEN = 'internal-token-of-this-test-0123456789abcdef';
const SEARCHES = '/internal/districts/north/sources/sis/live-searches';
const RECORDS = '/internal/districts/north/sources/sis/live-records';

/** At least one for every route. */
const INVALID: InvalidRequest[] = [
  ['POST', '/internal/districts/Not.A.District/sources/sis/live-searches', { dataset: 'students', q: 'an' }, 'district'],
  ['POST', SEARCHES, { dataset: 'orgs', q: 'an' }, 'dataset'],
  ['POST', SEARCHES, { dataset: 'students', q: '' }, 'q'],
  ['POST', SEARCHES, { dataset: 'students', q: 'x'.repeat(201) }, 'q'],
  ['POST', SEARCHES, { dataset: 'students', q: 'an', limit: 51 }, 'limit'],
  ['POST', SEARCHES, { dataset: 'students', q: 'an', filter: 'x' }, 'filter'],
  ['POST', RECORDS, { dataset: 'students', sourcedId: 's'.repeat(256), record: false }, 'sourcedId'],
  ['POST', RECORDS, { dataset: 'students', sourcedId: 'u-1' }, 'record'],
];

describe('the fetcher over HTTP', () => {
  let folder: string;
  let upstream: RunningSimulator;
  let services: RunningServices;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgood-fetcher-'));
    upstream = await startSimulator({ people: 200 });
    const source = (id: string, more: string): string => `{ id: ${id}, kind: oneroster-1.1, baseUrl: '${upstream.url}/ims/oneroster/v1p1', auth: { kind: bearer, token: upstream-token }${more} }`;
    await writeFile(join(folder, 'lastgood.yaml'), `
version: 1
districts:
  - id: north
    name: North
    sources: [${source('sis', ', allowPrivateAddresses: true, liveLookUp: true')}, ${source('off', ', allowPrivateAddresses: true')}, ${source('guarded', ', liveLookUp: true')}]
`);
    services = await startServices([fetcherService], { embedded: true, environment: { LASTGOOD_DATA_DIR: join(folder, 'data'), LASTGOOD_CONFIG: join(folder, 'lastgood.yaml'), LASTGOOD_INTERNAL_TOKEN: TOKEN } });
  });
  afterAll(async () => {
    await services.close();
    await upstream.close();
    await rm(folder, { recursive: true });
  });

  const ask = (method: string, path: string, body: unknown, token = TOKEN): Promise<Response> =>
    fetch(new URL(path, services.urls.fetcher), { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const problemOf = async (path: string, token?: string): Promise<[number, string]> => {
    const answer = await ask('POST', path, { dataset: 'students', q: 'an' }, token);
    return [answer.status, Problem.parse(await answer.json()).code];
  };

  test('makes live look-ups for the other services alone, of sources that allow them, within the address rules of the source', async () => {
    const answer = await ask('POST', SEARCHES, { dataset: 'students', q: 'an' });
    expect([answer.status, answer.headers.get('cache-control'), answer.headers.get('etag')]).toEqual([200, 'no-store', null]);
    expect(LivePeopleAnswer.parse(await answer.json()).items.length).toBeGreaterThan(0);
    expect(await problemOf(SEARCHES, 'wrong')).toEqual([401, 'internal_token_needed']);
    expect(await problemOf('/internal/districts/north/sources/off/live-searches')).toEqual([409, 'live_look_up_off']);
    expect(await problemOf('/internal/districts/north/sources/none/live-searches')).toEqual([404, 'unknown_source']);
    expect((await problemOf('/internal/districts/north/sources/guarded/live-searches'))[0]).toBe(503);
  });

  testInvalidRequests(() => ({ routes: services.routes.fetcher ?? [], ask }), INVALID);
});
