import { describeWithServer, type Faults } from '@lastgood/test-servers';
import { FaultStand } from './testing/fault-stand.js';
import { DISTRICT, until } from './testing/lastgood-client.js';
import { LateDoor } from './testing/late-door.js';
import { startServers } from './testing/servers-beside.js';
import type { ServiceProcess } from './testing/service-process.js';

const HITS = Number(process.env['LASTGOOD_TEST_APART_HITS'] ?? 1);

/** Every step of the protocol at which a process may die, by the name that the code reaches it with. */
const WRITER_POINTS = [
  'run.row-created', 'run.begun', 'run.outbox-written', 'run.requested-sent', 'build.ingested', 'build.built', 'commit.part-written', 'commit.parts-verified',
  'commit.status-written', 'commit.manifest-written', 'commit.record-appended', 'commit.announced',
];
const FAILING_POINTS = ['abort.before-record', 'abort.record-appended'];
const FETCHER_POINTS = ['fetch.page-landed', 'fetch.page-list-written', 'fetch.collection-announced', 'fetch.before-refresh-fetched'];
const SEARCH_POINTS = ['search.log-heard', 'search.log-read'];

/** Processes are killed and servers broken from outside; readers compare every answer meanwhile, and a new refresh must work afterwards. */
await describeWithServer('services apart survive', startServers, (servers) => {
  let stand: FaultStand;

  beforeAll(async () => {
    stand = await FaultStand.open(servers);
  }, 300_000);
  afterAll(async () => {
    await stand?.close();
  });

  /** Does it as often as wanted; these readers have noticed nothing. */
  async function unnoticed(fault: (hit: number) => Promise<void>, readers = stand.readers): Promise<void> {
    const before = stand.reads(readers);
    for (let hit = 0; hit < HITS; hit += 1) {
      await stand.nextNight();
      await fault(hit);
    }
    const { failed, failures, wrong, backwards } = stand.reads(readers);
    expect({ failed: failed - before.failed, failures, wrong, backwards }).toEqual({ failed: 0, failures: before.failures, wrong: 0, backwards: 0 });
  }

  test.each(WRITER_POINTS)(`a kill of a writer at %s, ${HITS} times`, async (point) => {
    await unnoticed(async () => stand.everythingHolds('writer', await stand.killAt(point, stand.product.writers)));
  }, 180_000 * HITS);

  test.each(FAILING_POINTS)(`a kill of a writer at %s of a run that fails, ${HITS} times`, async (point) => {
    await unnoticed(async () => {
      await stand.upstream.control.setQuirks({ kind: 'htmlBody', collection: 'users' });
      const killedAt = await stand.killAt(point, stand.product.writers);
      await stand.upstream.control.setQuirks();
      await stand.everythingHolds('writer', killedAt);
    });
  }, 180_000 * HITS);

  test.each(FETCHER_POINTS)(`a kill of a fetcher at %s, ${HITS} times`, async (point) => {
    await unnoticed(async () => stand.everythingHolds('fetcher', await stand.killAt(point, stand.product.fetchers)));
  }, 180_000 * HITS);

  test.each(SEARCH_POINTS)(`a kill of a search at %s, ${HITS} times`, async (point) => {
    // The second reader asks one search only; the gateway has another to ask. Every search hears of every snapshot: only one of them is to die.
    await unnoticed(async (hit) => {
      const one = (SEARCH_POINTS.indexOf(point) + hit) % 2;
      await stand.everythingHolds('search', await stand.killAt(point, stand.product.searches.slice(one, one + 1)));
      await stand.readOn();
    }, stand.readers.slice(0, 1));
  }, 180_000 * HITS);

  test(`a kill of the gateway while a run is under way, ${HITS} times`, async () => {
    for (let hit = 0; hit < HITS; hit += 1) {
      await stand.nextNight();
      const run = await stand.product.request();
      await stand.kill('gateway.refresh-answered', stand.product.gateway);
      await stand.product.gateway.start();
      expect((await stand.product.endOf(run.id)).phase).toBe('published');
      await stand.everythingHolds('gateway');
      await stand.readOn();
    }
  }, 180_000 * HITS);

  const outages: [string, string, () => Faults | undefined][] = [
    ['the broker', 'events', () => servers.broker.faults],
    ['PostgreSQL', 'database', () => servers.database.faults],
    ['MinIO', 'object store, for writing', () => servers.store.faults],
  ];
  test.each(outages)(`%s killed under a run and started again, ${HITS} times`, async (name, dependency, faultsOf) => {
    const faults = faultsOf();
    // A server given by address is not ours to break.
    if (!faults) return;
    const [writer] = stand.product.writers as [ServiceProcess];
    const troubleOf = async (): Promise<string | null | undefined> => (await writer.ready())?.troubles[dependency];
    await unnoticed(async () => {
      await stand.product.request();
      await faults.kill();
      await until(async () => typeof (await troubleOf()) === 'string', 60_000, `the writer to say that ${name} is away`);
      await stand.readOn();
      await faults.restart();
      await stand.everythingHolds(name);
      await until(async () => (await troubleOf()) === null, 90_000, `the writer to say that ${name} is back`);
    });
  }, 300_000 * HITS);

  test('a start where nobody listens yet: it waits, says so, reads as soon as the store is there and writes as soon as the rest is', async () => {
    const doors = { LASTGOOD_BROKER_URL: await LateDoor.choose(), LASTGOOD_DATABASE_URL: await LateDoor.choose(), LASTGOOD_S3_ENDPOINT: await LateDoor.choose() };
    const [broker, database, store] = Object.values(doors) as [LateDoor, LateDoor, LateDoor];
    const wrong = Object.fromEntries(Object.entries(doors).map(([variable, door]) => [variable, door.before(servers.environment[variable] ?? '')]));
    const [search, writer, fetcher] = (['search', 'writer', 'fetcher'] as const).map((app) => stand.product.process(app, 9, () => wrong)) as [ServiceProcess, ServiceProcess, ServiceProcess];
    const gateway = stand.product.process('gateway', 9, () => ({ ...wrong, LASTGOOD_SEARCH_URL: search.url, LASTGOOD_WRITER_URL: writer.url }));
    const late = [search, writer, fetcher, gateway];
    const troubled = (service: ServiceProcess, dependency: string, door: LateDoor): Promise<void> =>
      until(async () => (await service.ready())?.troubles[dependency]?.includes(String(door.port)) === true, 60_000, `${service.app} to say that nobody listens where it looks for: ${dependency}`);
    const well = (service: ServiceProcess, dependency: string): Promise<void> =>
      until(async () => (await service.ready())?.troubles[dependency] === null, 90_000, `${service.app} to be well with: ${dependency}`);
    const students = `/api/v1/districts/${DISTRICT}/students?q=a`;
    try {
      for (const service of late) await service.takePort();
      for (const service of late) await service.launch();
      await Promise.all(late.map((service) => troubled(service, 'events', broker)));
      await Promise.all([troubled(writer, 'database', database), troubled(gateway, 'database', database)]);
      await Promise.all([troubled(writer, 'object store, for writing', store), troubled(search, 'open indexes or object store', store), troubled(fetcher, 'object store', store)]);
      const pids = late.map(({ pid }) => pid);

      await store.open(servers.environment['LASTGOOD_S3_ENDPOINT'] ?? '');
      await well(search, 'open indexes or object store');
      await until(async () => (await stand.product.fetch(students, {}, gateway.url)).status === 200, 60_000, 'reads without broker and database');
      await database.open(servers.environment['LASTGOOD_DATABASE_URL'] ?? '');
      await Promise.all([well(writer, 'database'), well(gateway, 'database'), well(writer, 'object store, for writing')]);
      await broker.open(servers.environment['LASTGOOD_BROKER_URL'] ?? '');
      await Promise.all(late.map((service) => well(service, 'events')));
      expect(late.map(({ pid, runs }) => (runs ? pid : 0))).toEqual(pids);
      await stand.everythingHolds('late start');
    } finally {
      for (const service of late) await service.kill();
      for (const door of [broker, database, store]) await door.close();
    }
  }, 400_000);

  test('and beside all of this no answer was wrong or went back in time', async () => {
    for (const reader of stand.readers) await reader.stop();
    const reads = stand.reads();
    const mean = (times: readonly number[]): number => Math.round(times.reduce((sum, time) => sum + time, 0) / times.length);
    console.log(`kills by point: ${JSON.stringify(stand.kills)}\nreads checked: ${JSON.stringify(reads)}\nms from fault to the end of a new refresh, mean and worst: ${JSON.stringify(
      Object.fromEntries(Object.entries(stand.recoveries).map(([fault, times]) => [fault, [mean(times), Math.max(...times)]])),
    )}`);
    expect(reads).toMatchObject({ wrong: 0, backwards: 0, unchecked: 0 });
    for (const point of [...WRITER_POINTS, ...FAILING_POINTS, ...FETCHER_POINTS, ...SEARCH_POINTS]) expect(stand.kills[point] ?? 0).toBeGreaterThanOrEqual(HITS);
  });
});
