import { DistrictStatus, Problem, Run, StudentsAnswer, type RunPhase } from '@lastgood/contracts';
import { BusBeside, LoneService, startLoneServers, startSuite, until, type Needs } from '@lastgood/lone-service';
import { describeWithServer } from '@lastgood/test-servers';
import { Behind, runAs } from './testing/behind.js';

const needs: Needs = { database: true, store: false };
const DISTRICTS = `
version: 1
districts:
  - id: lakeside
    name: Lakeside Unified
    sources: [{ id: sis, kind: oneroster-1.1, baseUrl: 'https://sis.example.org/ims/oneroster/v1p1', auth: { kind: none } }]
`;
const ADMIN_TOKEN = 'preset-admin-token-for-tests-0123456789';
const behind = await Behind.open();
const environment = { ADMIN_TOKEN, LASTGOOD_SEARCH_URL: behind.url, LASTGOOD_WRITER_URL: behind.url };
const STUDENTS = '/api/v1/districts/lakeside/students?q=a';
afterAll(() => behind.stop());

/** What one watcher of a run is told, until the gateway ends it. */
class Watch {
  text = '';
  over = false;

  constructor(answer: Response) {
    void this.#read(answer);
  }

  get events(): string[] {
    return [...this.text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name as string);
  }

  get runs(): Run[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(([, data]) => Run.parse(JSON.parse(data as string)));
  }

  get lastId(): string {
    return [...this.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
  }

  async #read(answer: Response): Promise<void> {
    for await (const chunk of answer.body as ReadableStream<Uint8Array>) this.text += Buffer.from(chunk).toString('utf8');
    this.over = true;
  }
}

await describeWithServer('a gateway alone', () => startLoneServers(needs), (servers) => {
  let lone: LoneService;
  let bus: BusBeside;
  let made = 0;
  beforeAll(async () => {
    bus = await BusBeside.open(servers.broker.url);
    lone = await LoneService.start({ service: 'gateway', environment: { ...servers.environment, ...environment }, districts: DISTRICTS });
  });
  beforeEach(() => {
    behind.phase = 'fetching';
  });
  afterAll(async () => {
    await lone?.stop();
    await bus?.close();
  });

  const call = (path: string, { key = ADMIN_TOKEN, ...init }: { key?: string; method?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Response> =>
    lone.call(path, { ...init, headers: { authorization: `Bearer ${key}`, ...init.headers } });
  const newRun = (): string => `r${String((made += 1)).padStart(25, '0')}`;
  /** A watcher who was told where the run stands. */
  const watch = async (run: string, headers: Record<string, string> = {}): Promise<Watch> => {
    const answer = await call(`/api/v1/runs/${run}/events`, { headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const watching = new Watch(answer);
    await until('the first event', () => watching.events.length > 0);
    return watching;
  };
  const moved = (run: string, phase: RunPhase, records = 0): Promise<void> => bus.publish('run.changed', { district: 'lakeside', source: 'sis', run: runAs(run, phase, records) });

  test('passes reads to search and commands to the writer, for those whose key allows it', async () => {
    expect(StudentsAnswer.parse(await (await call(STUDENTS)).json()).sources).toHaveLength(1);
    expect(DistrictStatus.parse(await (await call('/api/v1/snapshots/lakeside/status')).json())).toMatchObject({ district: 'lakeside', runsUnavailable: null });
    const asked = await call('/api/v1/snapshots/lakeside/refresh', { method: 'POST', body: { source: 'sis' }, headers: { 'idempotency-key': 'night-1' } });
    expect([asked.status, behind.commands.at(-1)]).toEqual([202, { source: 'sis', asker: { actor: 'key:preset-1', via: 'http' }, idempotencyKey: 'preset-1:night-1' }]);
    const refused = [await fetch(`${lone.url}${STUDENTS}`), await call(STUDENTS, { key: 'not-a-key' })];
    expect(refused.map(({ status }) => status)).toEqual([401, 403]);
  });

  test('a watcher is told each step once and the end once, whatever comes twice or after it', async () => {
    const run = newRun();
    const watching = await watch(run);
    behind.phase = null;
    for (const [phase, records] of [['fetching', 10], ['fetching', 10], ['building', 20], ['published', 20], ['published', 20], ['building', 20], ['published', 20]] as const) await moved(run, phase, records);
    await until('the end of the stream', () => watching.over);
    expect(watching.runs.map(({ phase, progress }) => [phase, progress.records])).toEqual([['fetching', 0], ['fetching', 10], ['building', 20], ['published', 20]]);
    expect(watching.events).toEqual(['progress', 'progress', 'progress', 'end']);
    behind.phase = 'published';
    const again = await watch(run, { 'last-event-id': watching.lastId });
    await until('the end of the second stream', () => again.over);
    expect(again.events).toEqual(['end']);
  });

  test('news of a newer version are parked with the reason, and the next ones reach the watcher', async () => {
    const run = newRun();
    const watching = await watch(run);
    behind.phase = null;
    await bus.deliver('gateway', 'run.changed', { id: crypto.randomUUID(), type: 'run.changed', version: 2, time: new Date().toISOString(), data: { run, phase: 'published' } });
    expect(await bus.parked('run.changed')).toMatchObject({ service: 'gateway', reason: expect.stringContaining('version 2') as string });
    await moved(run, 'failed');
    await until('the end of the stream', () => watching.over);
    expect(watching.runs.map(({ phase }) => phase)).toEqual(['fetching', 'failed']);
  });

  test('while the broker is away reads go on and watchers are told the end all the same; then news come again', async () => {
    const { faults } = servers.broker;
    if (!faults) return;
    const watching = await watch(newRun());
    await faults.kill();
    expect(await lone.troubled('events')).toMatch(/RabbitMQ at 127\.0\.0\.1:\d+ .*LASTGOOD_BROKER_URL says where it is/);
    behind.phase = 'published';
    await until('the end of the stream', () => watching.over);
    expect(watching.events).toEqual(['progress', 'end']);
    expect([(await call(STUDENTS)).status, (await lone.ready())?.status]).toEqual([200, 200]);
    await faults.restart();
    await lone.well('events');
    behind.phase = 'fetching';
    const next = newRun();
    const later = await watch(next);
    behind.phase = null;
    await moved(next, 'cancelled');
    await until('the end of the stream after the return', () => later.over);
    expect(later.events).toEqual(['progress', 'end']);
  });

  test('while the database is away the preset key and keys that were seen go on, others are told to wait', async () => {
    const { faults } = servers.database;
    if (!faults) return;
    const makeKey = async (name: string): Promise<string> => ((await (await call('/api/v1/admin/keys', { method: 'POST', body: { name, role: 'viewer' } })).json()) as { key: string }).key;
    const [seen, unseen] = [await makeKey('seen'), await makeKey('unseen')];
    expect((await call(STUDENTS, { key: seen })).status).toBe(200);
    await faults.kill();
    expect(await lone.troubled('database')).toMatch(/does not answer .*LASTGOOD_DATABASE_URL says where it is/);
    expect([(await call(STUDENTS)).status, (await call(STUDENTS, { key: seen })).status, (await lone.ready())?.status]).toEqual([200, 200, 200]);
    const waits = await call(STUDENTS, { key: unseen });
    expect([waits.status, Problem.parse(await waits.json())]).toEqual([503, expect.objectContaining({ code: 'database_unavailable', retryable: true })]);
    await faults.restart();
    await lone.well('database');
    expect((await call(STUDENTS, { key: unseen })).status).toBe(200);
  });

  test('while search and writer are away it says which address does not answer, and goes on once they are back', async () => {
    await behind.stop();
    const away = await call(STUDENTS);
    expect([away.status, Problem.parse(await away.json()).retryable]).toEqual([503, true]);
    const port = new URL(behind.url).port;
    expect(await lone.troubled('search')).toMatch(new RegExp(`all of 1 are away: .*:${port}.*LASTGOOD_SEARCH_URL says where it is`));
    await call('/api/v1/snapshots/lakeside/refresh', { method: 'POST', body: {} });
    expect(await lone.troubled('writer')).toMatch(new RegExp(`1 of 1 are away: .*:${port}.*LASTGOOD_WRITER_URL says where they are`));
    expect((await lone.ready())?.status).toBe(503);
    await behind.start();
    await until('reads to work again', async () => (await call(STUDENTS)).status === 200);
    await lone.well('writer');
    expect(await lone.dependencies()).toEqual({ well: expect.arrayContaining(['events', 'database', 'search', 'search replicas', 'writer']), troubled: [] });
  });

  startSuite({ service: 'gateway', servers, needs, districts: DISTRICTS, environment, musts: ['LASTGOOD_SEARCH_URL', 'LASTGOOD_WRITER_URL'] });
});
