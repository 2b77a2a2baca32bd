import { describeWithServer, type Faults } from '@lastgood/test-servers';
import { FAILING_POINTS, FETCHER_POINTS, JOINING_POINTS, KILLED_APART, SEARCH_POINTS, WRITER_POINTS } from './testing/crash-points.js';
import { FaultStand } from './testing/fault-stand.js';
import { DISTRICT, until } from './testing/lastgood-client.js';
import { LateDoor } from './testing/late-door.js';
import { startServers } from './testing/servers-beside.js';
import type { ServiceProcess } from './testing/service-process.js';

/** Nights on which a process is killed at every point once; each ends with a refresh of every district that is asked for afterwards. */
const NIGHTS = Number(process.env['LASTGOOD_TEST_APART_HITS'] ?? 10);
const OUTAGES = Number(process.env['LASTGOOD_TEST_APART_OUTAGES'] ?? 2);
const GATEWAY_PLACE = 'gateway.refresh-answered';

/** Processes are killed and servers broken from outside; readers compare every answer meanwhile, and a new refresh must work afterwards. */
await describeWithServer('services apart survive', startServers, (servers) => {
  let stand: FaultStand;

  beforeAll(async () => {
    stand = await FaultStand.open(servers);
  }, 300_000);
  afterAll(async () => {
    await stand?.close();
  });

  /** Does it; these readers have noticed nothing. */
  async function unnoticed(fault: () => Promise<void>, readers = stand.readers()): Promise<void> {
    const before = stand.reads(readers);
    await fault();
    const { failed, failures, wrong, backwards } = stand.reads(readers);
    expect({ failed: failed - before.failed, failures, wrong, backwards }).toEqual({ failed: 0, failures: before.failures, wrong: 0, backwards: 0 });
  }

  test.each(Array.from({ length: NIGHTS }, (_, night) => night + 1))('night %i: a kill at every point, and at last one of the gateway while runs are under way', async (night) => {
    const { writers, fetchers, searches, gateway } = stand.product;
    await stand.nextNight();
    await stand.troubled.upstream.control.setQuirks({ kind: 'htmlBody', collection: 'users' });
    // Readers of one search only notice its death; the gateway has another to ask, and one of the two stays.
    await unnoticed(() => stand.strike([
      { points: [...WRITER_POINTS, ...JOINING_POINTS, ...FAILING_POINTS], services: writers },
      { points: FETCHER_POINTS, services: fetchers },
      { points: SEARCH_POINTS, services: searches.slice(night % 2).slice(0, 1) },
    ]), stand.readers('gateway'));
    await stand.troubled.upstream.control.setQuirks();
    await stand.everythingHolds('a night of kills', async () => {
      await stand.kill(GATEWAY_PLACE, gateway);
      await gateway.start();
    });
    await stand.readOn();
  }, 360_000);

  const outages: [string, string, () => Faults | undefined][] = [
    ['the broker', 'events', () => servers.broker.faults],
    ['PostgreSQL', 'database', () => servers.database.faults],
    ['MinIO', 'object store, for writing', () => servers.store.faults],
  ];
  test.each(outages)(`%s killed under runs of every district and started again, ${OUTAGES} times`, async (name, dependency, faultsOf) => {
    const faults = faultsOf();
    // A server given by address is not ours to break.
    if (!faults) return;
    const [writer] = stand.product.writers as [ServiceProcess];
    const troubleOf = async (): Promise<string | null | undefined> => (await writer.ready())?.troubles[dependency];
    for (let outage = 0; outage < OUTAGES; outage += 1) await unnoticed(async () => {
      await stand.nextNight();
      await Promise.all(stand.lanes.map((lane) => lane.ask()));
      await faults.kill();
      await until(async () => typeof (await troubleOf()) === 'string', 60_000, `the writer to say that ${name} is away`);
      await stand.readOn();
      await faults.restart();
      await stand.everythingHolds(name);
      await until(async () => (await troubleOf()) === null, 90_000, `the writer to say that ${name} is back`);
    });
  }, 300_000 * OUTAGES);

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
    for (const reader of stand.readers()) await reader.stop();
    const reads = stand.reads();
    const mean = (times: readonly number[]): number => Math.round(times.reduce((sum, time) => sum + time, 0) / times.length);
    console.log(`kills by point: ${JSON.stringify(stand.kills)}\nreads checked: ${JSON.stringify(reads)}\nms from fault to the end of a new refresh, mean and worst: ${JSON.stringify(
      Object.fromEntries(Object.entries(stand.recoveries).map(([fault, times]) => [fault, [mean(times), Math.max(...times)]])),
    )}`);
    expect(reads).toMatchObject({ wrong: 0, backwards: 0, unchecked: 0 });
    const seldom = [...KILLED_APART, GATEWAY_PLACE].filter((point) => (stand.kills[point] ?? 0) < NIGHTS);
    expect(seldom).toEqual([]);
  });
});
