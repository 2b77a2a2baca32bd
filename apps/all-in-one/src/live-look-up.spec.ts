import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { AuditAnswer, DistrictStatus, LivePeopleAnswer, LivePersonAnswer, Problem, RunsAnswer, StudentsAnswer } from '@lastgood/contracts';
import { fetcherService } from '@lastgood/fetcher';
import { gatewayService } from '@lastgood/gateway';
import { searchService } from '@lastgood/search';
import { startServices, Terminal, type RunningServices } from '@lastgood/service-runtime';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { writerService } from '@lastgood/writer';

const ADMIN_TOKEN = 'admin-token-of-this-test-0123456789abcdef';
const LIVE = '/api/v1/districts/oak/sources/sis/live';

class NoTerminal extends Terminal {
  say(): void {}
}

describe('a live look-up in one process', () => {
  let folder: string;
  let upstream: RunningSimulator;
  let running: RunningServices;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgood-live-'));
    upstream = await startSimulator({ people: 200, auth: { kind: 'bearer', token: 'upstream' } });
    const source = { id: 'sis', kind: 'oneroster-1.1', baseUrl: `${upstream.url}/ims/oneroster/v1p1`, auth: { kind: 'bearer', token: '${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, schedule: 'off', liveLookUp: true };
    await writeFile(join(folder, 'lastgood.yaml'), JSON.stringify({ version: 1, districts: [{ id: 'oak', name: 'Oak', sources: [source] }] }));
    running = await startServices([gatewayService, fetcherService, writerService, searchService], {
      embedded: true, terminal: new NoTerminal(), environment: { PORT: '0', ADMIN_TOKEN, UPSTREAM_TOKEN: 'upstream', LASTGOOD_DATA_DIR: join(folder, 'data'), LASTGOOD_CONFIG: join(folder, 'lastgood.yaml') },
    });
  });
  afterAll(async () => {
    await running.close();
    await upstream.close();
    await rm(folder, { recursive: true });
  });

  const ask = (path: string, method = 'GET'): Promise<Response> => fetch(new URL(path, running.urls.gateway), { method, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
  const jsonOf = async (path: string, method = 'GET'): Promise<unknown> => (await ask(path, method)).json();
  const status = async () => DistrictStatus.parse(await jsonOf('/api/v1/snapshots/oak/status')).sources[0];

  test('is answered from the upstream and audited, and begins no run', async () => {
    expect(Problem.parse(await jsonOf('/api/v1/districts/oak/students?q=an')).code).toBe('no_snapshot_yet');
    const found = LivePeopleAnswer.parse(await jsonOf(`${LIVE}/students?q=an`));
    const [first] = found.items;
    expect(first).toBeDefined();
    const one = LivePersonAnswer.parse(await jsonOf(`${LIVE}/students/${encodeURIComponent(first?.sourcedId ?? '')}`));
    expect([one.item.sourcedId, one.item.familyName, one.item.record?.['sourcedId']]).toEqual([first?.sourcedId, first?.familyName, first?.sourcedId]);
    expect((await upstream.control.requests()).endpoints).toMatchObject({ '1.1 students': { count: 1 }, '1.1 users': { count: 1 } });
    expect(RunsAnswer.parse(await jsonOf('/api/v1/runs?district=oak')).items).toEqual([]);
    expect(await status()).toMatchObject({ current: null, latest: null, logNumber: 0, liveLookUp: true, runs: { activeRun: null, lastRun: null } });
    let entry: AuditAnswer['items'][number] | undefined;
    while (entry === undefined) {
      await setTimeout(20);
      entry = AuditAnswer.parse(await jsonOf('/api/v1/audit?limit=200')).items.find(({ action }) => action === 'livelookup_students');
    }
    expect(entry).toMatchObject({ district: 'oak', source: 'sis', snapshot: null, query: 'live, 1 word', count: found.items.length, outcome: 'allowed', status: 200 });
  });

  test('is over with the first snapshot, and the upstream is asked no more', async () => {
    expect((await ask('/api/v1/snapshots/oak/refresh', 'POST')).status).toBe(202);
    while ((await status())?.current === null) await setTimeout(50);
    const { total } = await upstream.control.requests();
    expect(Problem.parse(await jsonOf(`${LIVE}/students?q=an`))).toMatchObject({ status: 409, code: 'snapshot_published' });
    expect(StudentsAnswer.parse(await jsonOf('/api/v1/districts/oak/students?q=an')).sources[0]?.items.length).toBeGreaterThan(0);
    expect((await upstream.control.requests()).total).toBe(total);
  });
});
