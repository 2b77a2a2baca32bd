import { createHash } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { LivePeopleAnswer, PageList, Problem, type EventData, type EventType } from '@lastgood/contracts';
import { BusBeside, LoneService, startLoneServers, startSuite, until, type Needs } from '@lastgood/lone-service';
import type { S3ObjectStore } from '@lastgood/object-store';
import { describeWithServer } from '@lastgood/test-servers';
import { startSimulator } from '@lastgood/upstream-simulator';

const needs: Needs = { database: true, store: true };
const upstream = await startSimulator({ people: 300, seed: 7 });
const DISTRICTS = `
version: 1
districts:
  - id: north
    name: North
    sources:
      - { id: sis, kind: oneroster-1.1, baseUrl: '${upstream.url}/ims/oneroster/v1p1', auth: { kind: bearer, token: '\${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, liveLookUp: true, limits: { pageSize: 100, concurrency: 1, retryDelayMs: 20, requestsPerSecond: 500 } }
`;
const environment = { UPSTREAM_TOKEN: 'upstream-token', LASTGOOD_FETCH_HEARTBEAT_SECONDS: '0.5' };
afterAll(() => upstream.close());

await describeWithServer('a fetcher alone', () => startLoneServers(needs), (servers) => {
  let lone: LoneService;
  let bus: BusBeside;
  let bucket: S3ObjectStore;
  let made = 0;
  beforeAll(async () => {
    bus = await BusBeside.open(servers.broker.url, 'writer');
    bucket = await servers.openBucket();
    lone = await LoneService.start({ service: 'fetcher', environment: { ...servers.environment, ...environment }, districts: DISTRICTS });
  });
  beforeEach(() => upstream.control.setQuirks());
  afterAll(async () => {
    await lone?.stop();
    await bus?.close();
    await bucket?.close();
  });

  const request = (epoch = 1, run = `r${String((made += 1)).padStart(25, '0')}`): EventData<'refresh.requested'> => ({ district: 'north', source: 'sis', run, epoch, date: '2026-11-22', requestedAt: '2026-11-22T10:00:00.000Z' });
  const fetched = ({ run, epoch }: { run: string; epoch: number }): Promise<EventData<'refresh.fetched'>> => bus.heard('refresh.fetched', (data) => data.run === run && data.epoch === epoch, 90_000);
  const ends = (run: string): [EventType, number][] => (['refresh.fetched', 'fetch.failed'] as const).flatMap((type) => bus.of(type, run).map(({ epoch }): [EventType, number] => [type, epoch]));
  /** A pull whose every page of users takes its time, once it is there. */
  const slowPull = async (): Promise<EventData<'refresh.requested'>> => {
    await upstream.control.setQuirks({ kind: 'latency', ms: 700, collection: 'users' });
    const asked = request();
    await bus.publish('refresh.requested', asked);
    await bus.heard('collection.fetched', ({ run, pageList }) => run === asked.run && pageList.collection === 'classes');
    return asked;
  };
  const usersOfUpstream = async (): Promise<number> => Number((await fetch(`${upstream.url}/ims/oneroster/v1p1/users?limit=1`, { headers: { authorization: 'Bearer upstream-token' } })).headers.get('x-total-count'));
  const pagesOfUsers = async (): Promise<number> => (await upstream.control.requests()).latest.filter(({ endpoint, status }) => endpoint.endsWith(' users') && status === 200).length;
  /** The ids of every page that the event's lists name, each hashed and counted. */
  const landed = async ({ pageLists }: EventData<'refresh.fetched'>): Promise<Map<string, string[]>> => {
    const ids = new Map<string, string[]>();
    for (const reference of pageLists) {
      const bytes = await bucket.read(reference.key);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(reference.sha256);
      const list = PageList.parse(JSON.parse(bytes.toString('utf8')));
      const lines: string[] = [];
      for (const page of list.pages) {
        const stored = await bucket.read(page.key);
        expect([createHash('sha256').update(stored).digest('hex'), stored.length]).toEqual([page.sha256, page.size]);
        lines.push(...zstdDecompressSync(stored).toString('utf8').trimEnd().split('\n'));
      }
      ids.set(reference.collection, lines.map((line) => (JSON.parse(line) as { sourcedId: string }).sourcedId));
      expect(lines).toHaveLength(reference.rows);
    }
    return ids;
  };

  test('lands every collection it is asked for in the bucket, and says so with hashes and signs of life', async () => {
    const asked = request();
    await bus.publish('refresh.requested', asked);
    const done = await fetched(asked);
    const ids = await landed(done);
    expect([...ids.keys()]).toEqual(['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments']);
    expect(new Set(ids.get('users')).size).toBe(await usersOfUpstream());
    expect(bus.of('collection.fetched', asked.run).map(({ pageList }) => pageList)).toEqual(expect.arrayContaining(done.pageLists));
    expect(bus.of('fetch.progress', asked.run).length).toBeGreaterThan(0);
  });

  test('a request that comes three times, twice at once and once after its end, is pulled once', async () => {
    const asked = request();
    await Promise.all([bus.publish('refresh.requested', asked), bus.publish('refresh.requested', asked)]);
    await fetched(asked);
    await upstream.control.clearRequests();
    await bus.publish('refresh.requested', asked);
    const later = request();
    await bus.publish('refresh.requested', later);
    await fetched(later);
    expect(ends(asked.run)).toEqual([['refresh.fetched', 1]]);
    const { latest } = await upstream.control.requests();
    expect(latest.filter(({ endpoint, offset }) => endpoint.endsWith(' orgs') && offset === 0)).toHaveLength(1);
  });

  test('events out of order do no harm: a cancel before its request, an older epoch after a newer one', async () => {
    const cancelled = request(3);
    const { district, source, run } = cancelled;
    await bus.publish('refresh.cancelled', { district, source, run, epoch: 3 });
    await bus.publish('refresh.cancelled', { district, source, run, epoch: 3 });
    const twice = request(5);
    await bus.publish('refresh.requested', twice);
    await fetched(twice);
    await bus.publish('refresh.requested', cancelled);
    await bus.publish('refresh.requested', { ...twice, epoch: 4 });
    const last = request();
    await bus.publish('refresh.requested', last);
    await fetched(last);
    expect([ends(run), bus.of('collection.fetched', run)]).toEqual([[], []]);
    expect(bus.of('refresh.fetched', twice.run)[0]?.epoch).toBe(5);
  });

  test('a live look-up is answered over HTTP by its contract, publishes nothing, and an upstream that fails is told in words', async () => {
    const lookUp = (body: object): Promise<Response> => lone.call('/internal/districts/north/sources/sis/live-searches', { method: 'POST', body });
    const found = LivePeopleAnswer.parse(await (await lookUp({ dataset: 'parents', q: 'an' })).json());
    expect([found.live, found.items.length > 0]).toEqual([true, true]);
    await upstream.control.setQuirks({ kind: 'htmlBody' });
    const failed = await lookUp({ dataset: 'parents', q: 'an' });
    expect([failed.status, Problem.parse(await failed.json()).code]).toEqual([503, 'answer_not_json']);
    expect(lone.output).not.toContain('"an"');
    await upstream.control.setQuirks();
    const later = request();
    await bus.publish('refresh.requested', later);
    await fetched(later);
  });

  test('a request of a newer version is parked with the reason, and the next one is served', async () => {
    const { run, ...rest } = request();
    await bus.deliver('fetcher', 'refresh.requested', { id: crypto.randomUUID(), type: 'refresh.requested', version: 2, time: new Date().toISOString(), data: { ...rest, runs: [run] } });
    expect(await bus.parked('refresh.requested')).toMatchObject({ service: 'fetcher', reason: expect.stringContaining('version 2') as string });
    const next = request();
    await bus.publish('refresh.requested', next);
    await fetched(next);
  });

  test('a pull goes on while the broker is away, and its end is told once the broker is back', async () => {
    const { faults } = servers.broker;
    if (!faults) return;
    const asked = await slowPull();
    await faults.kill();
    expect(await lone.troubled('events')).toMatch(/RabbitMQ at 127\.0\.0\.1:\d+ .*LASTGOOD_BROKER_URL says where it is/);
    const pages = await pagesOfUsers();
    await until('further pages to be pulled without the broker', async () => (await pagesOfUsers()) > pages);
    await faults.restart();
    await bus.well();
    expect(new Set((await landed(await fetched(asked))).get('users')).size).toBe(await usersOfUpstream());
    await lone.well('events');
  });

  test('a pull whose store dies fails with the reason and may be tried again; the next epoch pulls everything once the store is back', async () => {
    const { faults } = servers.store;
    if (!faults) return;
    const asked = await slowPull();
    await faults.kill();
    expect(await lone.troubled('object store')).toMatch(/what is fetched cannot be stored .*LASTGOOD_S3_ENDPOINT says where it is/);
    const { failure } = await bus.heard('fetch.failed', ({ run }) => run === asked.run, 90_000);
    expect(failure).toMatchObject({ code: 'staging_unavailable', retryable: true });
    await faults.restart();
    await lone.well('object store');
    await upstream.control.setQuirks();
    await bus.publish('refresh.requested', { ...asked, epoch: 2 });
    expect(new Set((await landed(await fetched({ ...asked, epoch: 2 }))).get('users')).size).toBe(await usersOfUpstream());
  });

  test('while the database is away a pull goes on, and /readyz says what is missing', async () => {
    const { faults } = servers.database;
    if (!faults) return;
    await faults.kill();
    expect(await lone.troubled('database')).toMatch(/does not answer .*LASTGOOD_DATABASE_URL says where it is/);
    const asked = request();
    await bus.publish('refresh.requested', asked);
    await fetched(asked);
    await faults.restart();
    await lone.well('database');
    expect(await lone.dependencies()).toEqual({ well: expect.arrayContaining(['events', 'database', 'object store']), troubled: [] });
  });

  startSuite({ service: 'fetcher', servers, needs, districts: DISTRICTS, environment, store: 'object store' });
});
