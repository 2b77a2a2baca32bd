import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem, SnapshotsAnswer, StudentsAnswer, type EventData, type EventType } from '@lastgood/contracts';
import { BusBeside, LoneService, startLoneServers, startSuite, until, type Needs } from '@lastgood/lone-service';
import type { S3ObjectStore } from '@lastgood/object-store';
import { describeWithServer } from '@lastgood/test-servers';
import { person, WritingSide } from './testing/writing-side.js';

const needs: Needs = { database: false, store: true };
const PLACES = ['plain', 'mixed', 'newer', 'broker', 'store'] as const;
type Place = (typeof PLACES)[number];
const DISTRICTS = `
version: 1
districts:
${PLACES.map((id) => `  - { id: ${id}, name: ${id}, sources: [{ id: sis, kind: oneroster-1.1, baseUrl: 'https://upstream.invalid/ims/oneroster/v1p1', auth: { kind: none } }] }`).join('\n')}
`;
/** Only news make this replica look at its logs within the time of a test. */
const environment = { SEARCH_POLL_SECONDS: '3600' };

await describeWithServer('a search alone', () => startLoneServers(needs), (servers) => {
  let lone: LoneService;
  let bus: BusBeside;
  let bucket: S3ObjectStore;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgood-lone-'));
    bus = await BusBeside.open(servers.broker.url);
    bucket = await servers.openBucket();
    lone = await LoneService.start({ service: 'search', environment: { ...servers.environment, ...environment }, districts: DISTRICTS });
  });
  afterAll(async () => {
    await lone?.stop();
    await bus?.close();
    await bucket?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const writing = (district: Place): WritingSide => new WritingSide(bucket, district, 'sis', folder);
  /** What readers get now: the snapshot and who is in it; null while the answer is a problem. */
  const read = async (district: Place, from = lone): Promise<{ snapshot: string | undefined; names: (string | null)[] } | null> => {
    const answer = await from.call(`/internal/districts/${district}/students?q=`);
    if (answer.status !== 200) return null;
    const [source] = StudentsAnswer.parse(await answer.json()).sources;
    return { snapshot: source?.snapshot?.id, names: (source?.items ?? []).map(({ familyName }) => familyName) };
  };
  const serves = (district: Place, name: string, from = lone): Promise<unknown> => until(`readers of ${district} to get ${name}`, async () => (await read(district, from))?.names[0] === name);
  const snapshot = async (district: Place, familyName: string, verdict: 'publish' | 'quarantine' = 'publish'): Promise<EventData<'snapshot.published'>> => {
    const side = writing(district);
    const id = await side.snapshot({ people: [person({ sourcedId: 's-1', familyName })], verdict });
    const state = await side.log.read();
    const entry = state.snapshots.get(id);
    if (!entry) throw new Error('the log does not know its snapshot');
    return { district, source: 'sis', snapshot: id, logNumber: state.head, by: 'publish', folder: entry.folder, manifestSha256: entry.manifest.sha256 };
  };
  const told = async <T extends EventType>(type: T, data: EventData<T>, times = 1): Promise<void> => {
    for (let again = 0; again < times; again += 1) await bus.publish(type, data);
  };

  test('answers from the bucket alone, and goes on to a new snapshot when it hears of it', async () => {
    const none = await lone.call('/internal/districts/plain/students?q=');
    expect([none.status, Problem.parse(await none.json()).code]).toEqual([503, 'no_snapshot_yet']);
    await told('snapshot.published', await snapshot('plain', 'Adams'));
    await serves('plain', 'Adams');
    const next = await snapshot('plain', 'Baker');
    expect((await read('plain'))?.names).toEqual(['Adams']);
    await told('snapshot.published', next);
    await serves('plain', 'Baker');
    const answer = await lone.call('/internal/districts/plain/students?q=bak');
    expect([answer.headers.get('lastgood-snapshot'), answer.headers.get('lastgood-log')]).toEqual([`sis=${next.snapshot}`, `sis=${next.logNumber}`]);
    expect((await lone.call('/internal/districts/plain/students?q=bak', { headers: { 'if-none-match': answer.headers.get('etag') ?? '' } })).status).toBe(304);
    expect((await fetch(`${lone.url}/internal/districts/plain/students?q=`)).status).toBe(401);
  });

  test('news that come twice, late and in the wrong order never lead back, whatever they say', async () => {
    const first = await snapshot('mixed', 'Adams');
    expect((await read('mixed'))?.names).toEqual(['Adams']);
    const second = await snapshot('mixed', 'Baker');
    const held = await snapshot('mixed', 'Clark', 'quarantine');
    const failed = await writing('mixed').failedRun();
    const { head } = await writing('mixed').log.read();
    await told('refresh.failed', { district: 'mixed', source: 'sis', run: failed.split('-')[1] ?? '', logNumber: head }, 2);
    await serves('mixed', 'Baker');
    await told('snapshot.quarantined', { district: 'mixed', source: 'sis', snapshot: held.snapshot, logNumber: held.logNumber }, 2);
    await told('snapshot.published', second, 2);
    await told('snapshot.published', first, 2);
    await writing('mixed').log.expire({ snapshot: first.snapshot, actor: 'test' });
    await told('snapshot.expired', { district: 'mixed', source: 'sis', snapshot: first.snapshot, logNumber: head + 1 }, 2);
    const states = await until('the history to show the expired one', async () => {
      const { items } = SnapshotsAnswer.parse(await (await lone.call('/internal/districts/mixed/snapshots')).json());
      const now = new Map(items.map(({ snapshot_id, state }) => [snapshot_id, state]));
      return now.get(first.snapshot) === 'expired' ? now : null;
    });
    expect(Object.fromEntries(states)).toEqual({ [first.snapshot]: 'expired', [second.snapshot]: 'current', [held.snapshot]: 'held', [failed]: 'failed' });
    expect((await read('mixed'))?.snapshot).toBe(second.snapshot);
  });

  test('news of a newer version are parked with the reason, and the next ones are heard', async () => {
    await snapshot('newer', 'Adams');
    await serves('newer', 'Adams');
    const next = await snapshot('newer', 'Baker');
    await bus.deliver('search', 'snapshot.published', { id: crypto.randomUUID(), type: 'snapshot.published', version: 2, time: new Date().toISOString(), data: { ...next, more: true } });
    expect(await bus.parked('snapshot.published')).toMatchObject({ service: 'search', reason: expect.stringContaining('version 2') as string });
    expect((await read('newer'))?.names).toEqual(['Adams']);
    await told('snapshot.published', next);
    await serves('newer', 'Baker');
  });

  test('while the broker is away reads go on, and a replica that polls finds what it could not hear of', async () => {
    const { faults } = servers.broker;
    if (!faults) return;
    const polling = await LoneService.start({ service: 'search', environment: { ...servers.environment, SEARCH_POLL_SECONDS: '0.3' }, districts: DISTRICTS });
    await snapshot('broker', 'Adams');
    await Promise.all([serves('broker', 'Adams'), serves('broker', 'Adams', polling)]);
    await faults.kill();
    expect(await lone.troubled('events')).toMatch(/RabbitMQ at 127\.0\.0\.1:\d+ .*LASTGOOD_BROKER_URL says where it is/);
    const next = await snapshot('broker', 'Baker');
    await serves('broker', 'Baker', polling);
    await polling.stop();
    expect([(await read('broker'))?.names, (await lone.ready())?.status]).toEqual([['Adams'], 200]);
    // A client that saw the newer answer elsewhere gets no older one here.
    const answer = await lone.call('/internal/districts/broker/students?q=', { headers: { 'lastgood-at-least': `sis=${next.logNumber}` } });
    expect(StudentsAnswer.parse(await answer.json()).sources[0]?.snapshot?.id).toBe(next.snapshot);
    const last = await snapshot('broker', 'Clark');
    await faults.restart();
    await lone.well('events');
    // Nobody tells it of what happened meanwhile: it reads on by itself once it can be told again.
    await serves('broker', 'Clark');
    expect((await read('broker'))?.snapshot).toBe(last.snapshot);
  });

  test('while the store is away what is open is read; news that came meanwhile are read once it is back', async () => {
    const { faults } = servers.store;
    if (!faults) return;
    await snapshot('store', 'Adams');
    await serves('store', 'Adams');
    const next = await snapshot('store', 'Baker');
    const fresh = await LoneService.start({ service: 'search', environment: { ...servers.environment, ...environment }, districts: DISTRICTS });
    await faults.kill();
    await told('snapshot.published', next);
    expect(await lone.troubled('snapshot logs')).toMatch(/1 of \d+ logs cannot be read/);
    expect([(await read('store'))?.names, (await lone.ready())?.status]).toEqual([['Adams'], 200]);
    expect(await fresh.troubled('open indexes or object store')).toMatch(/no index is open and the object store cannot be read .*LASTGOOD_S3_ENDPOINT says where it is/);
    expect([(await fresh.ready())?.status, await read('store', fresh)]).toEqual([503, null]);
    await faults.restart();
    await Promise.all([serves('store', 'Baker'), serves('store', 'Baker', fresh)]);
    await fresh.stop();
    await lone.well('snapshot logs');
    expect(await lone.dependencies()).toEqual({ well: expect.arrayContaining(['events', 'snapshot logs', 'open indexes or object store']), troubled: [] });
  });

  startSuite({ service: 'search', servers, needs, districts: DISTRICTS, environment, store: 'open indexes or object store' });
});
