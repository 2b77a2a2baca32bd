import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { CreatedKey, DecisionAnswer, DistrictStatus, FINAL_PHASES, PreviewAnswer, Problem, RefreshAnswer, Run } from '@lastgood/contracts';
import { fetcherService } from '@lastgood/fetcher';
import { gatewayService } from '@lastgood/gateway';
import { searchService } from '@lastgood/search';
import { startServices, Terminal, type RunningServices } from '@lastgood/service-runtime';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { writerService } from '@lastgood/writer';

const ADMIN_TOKEN = 'admin-token-of-this-test-0123456789abcdef';

class NoTerminal extends Terminal {
  say(): void {}
}

describe('a source with approval.fourEyes in one process', () => {
  let folder: string;
  let upstream: RunningSimulator;
  let running: RunningServices;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgood-four-eyes-'));
    upstream = await startSimulator({ people: 200, auth: { kind: 'bearer', token: 'upstream' } });
    const source = { id: 'sis', kind: 'oneroster-1.1', baseUrl: `${upstream.url}/ims/oneroster/v1p1`, auth: { kind: 'bearer', token: '${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, schedule: 'off', approval: { fourEyes: true } };
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

  const ask = (path: string, method = 'GET', body?: unknown, key = ADMIN_TOKEN): Promise<Response> => fetch(new URL(`/api/v1${path}`, running.urls.gateway), {
    method, headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const jsonOf = async (...asked: Parameters<typeof ask>): Promise<unknown> => (await ask(...asked)).json();
  const newKey = async (name: string): Promise<string> => CreatedKey.parse(await jsonOf('/admin/keys', 'POST', { name, role: 'operator' })).key;

  async function refresh(key: string): Promise<Run> {
    let run = RefreshAnswer.parse(await jsonOf('/snapshots/oak/refresh', 'POST', {}, key)).runs[0]?.run as Run;
    while (!FINAL_PHASES.includes(run.phase)) {
      await setTimeout(50);
      run = Run.parse(await jsonOf(`/runs/${run.id}`));
    }
    return run;
  }

  test('lets the key that asked for a held refresh not approve it, in words, and a second key approve it', async () => {
    const [asker, second] = [await newKey('asker'), await newKey('second')];
    expect((await refresh(asker)).phase).toBe('published');
    await upstream.control.setQuirks({ kind: 'shrinkTo', percent: 60, collection: 'users' });
    const held = await refresh(asker);
    expect(held.phase).toBe('quarantined');
    const path = `/districts/oak/snapshots/${held.snapshot}`;
    const { log_head: previewed } = PreviewAnswer.parse(await jsonOf(`${path}/preview`, 'GET', undefined, asker));
    const current = async (): Promise<string | undefined> => DistrictStatus.parse(await jsonOf('/snapshots/oak/status')).sources[0]?.current?.id;
    const before = await current();

    expect(Problem.parse(await jsonOf(`${path}/approve`, 'POST', { previewed }, asker))).toMatchObject({
      status: 409, code: 'four_eyes', retryable: false, detail: 'This key asked for the run itself; another key must approve it (approval.fourEyes of this source).',
    });
    expect(await current()).toBe(before);
    expect(DecisionAnswer.parse(await jsonOf(`${path}/approve`, 'POST', { previewed }, second))).toMatchObject({ snapshot: held.snapshot, kind: 'approve' });
    while ((await current()) !== held.snapshot) await setTimeout(50);
  });
});
