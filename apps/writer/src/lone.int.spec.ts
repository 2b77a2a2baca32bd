import { createHash } from 'node:crypto';
import { FINAL_PHASES, Manifest, RefreshAnswer, Run, type EventData, type PageListReference } from '@lastgood/contracts';
import { BusBeside, LoneService, startLoneServers, startSuite, until, type Needs } from '@lastgood/lone-service';
import type { S3ObjectStore } from '@lastgood/object-store';
import { LogReader, verifyBucket, type LogState } from '@lastgood/snapshot-log';
import { describeWithServer } from '@lastgood/test-servers';
import { FakeFetcher } from './testing/fake-fetcher.js';
import { sampleDistrict } from './testing/sample-district.js';

const needs: Needs = { database: true, store: true };
const PLACES = ['plain', 'twice', 'mixed', 'newer', 'broker', 'database', 'store'] as const;
type Place = (typeof PLACES)[number];
const DISTRICTS = `
version: 1
districts:
${PLACES.map((id) => `  - { id: ${id}, name: ${id}, sources: [{ id: sis, kind: oneroster-1.1, baseUrl: 'https://upstream.invalid/ims/oneroster/v1p1', auth: { kind: none }, schedule: 'off' }] }`).join('\n')}
`;
const environment = { WRITER_LOOK_SECONDS: '0.2', WRITER_SILENCE_SECONDS: '3' };
const failure = { code: 'staging_conflict', severity: 'error' as const, message: 'A second pull.', collection: null, offset: null, httpStatus: null, count: 1, retryable: true };

await describeWithServer('a writer alone', () => startLoneServers(needs), (servers) => {
  let lone: LoneService;
  let bus: BusBeside;
  let bucket: S3ObjectStore;
  let fetcher: FakeFetcher;
  beforeAll(async () => {
    bus = await BusBeside.open(servers.broker.url, 'gateway', 'search', 'fetcher');
    bucket = await servers.openBucket();
    fetcher = new FakeFetcher(bus.port, bucket);
    lone = await LoneService.start({ service: 'writer', environment: { ...servers.environment, ...environment }, districts: DISTRICTS });
    await lone.well('object store, for writing');
  });
  afterAll(async () => {
    await lone?.stop();
    await bus?.close();
    await bucket?.close();
  });

  const ask = async (district: Place, more: object = {}): Promise<RefreshAnswer['runs'][number]> => {
    const answer = await lone.call(`/internal/districts/${district}/refresh`, { method: 'POST', body: { source: 'sis', asker: { actor: 'key-1', via: 'http' }, ...more } });
    expect(answer.status).toBe(202);
    const [only] = RefreshAnswer.parse(await answer.json()).runs;
    if (!only) throw new Error('no run');
    return only;
  };
  const look = async (run: string): Promise<Run | null> => {
    const answer = await lone.call(`/internal/runs/${run}`);
    return answer.status === 200 ? Run.parse(await answer.json()) : null;
  };
  const ended = (run: string): Promise<Run> => until(`the end of run ${run}`, async () => {
    const seen = await look(run);
    return seen !== null && FINAL_PHASES.includes(seen.phase) ? seen : null;
  });
  const requested = (run: string, after = 0): Promise<EventData<'refresh.requested'>> => bus.heard('refresh.requested', (data) => data.run === run && data.epoch > after);
  const logOf = (district: Place): Promise<LogState> => new LogReader(bucket, { district, source: 'sis' }).poll();
  const land = (request: EventData<'refresh.requested'>): Promise<PageListReference[]> => fetcher.land(request, { records: sampleDistrict({ students: 12 }) });
  const of = ({ district, source, run, epoch }: EventData<'refresh.requested'>) => ({ district, source, run, epoch });
  const progress = (request: EventData<'refresh.requested'>, pages: number): EventData<'fetch.progress'> => ({
    ...of(request), collection: 'users', collections: [{ collection: 'users', state: 'fetching', pages, records: pages, toldTotal: null, duplicates: 0, calls: pages, retries: 0, restarts: 0, evidence: null }],
  });
  /** Asks, and does as a fetcher would. */
  const refresh = async (district: Place): Promise<Run> => {
    const { run } = await ask(district);
    const request = await requested(run.id);
    const pageLists = await land(request);
    for (const pageList of pageLists) await bus.publish('collection.fetched', { ...of(request), pageList });
    await bus.publish('refresh.fetched', fetcher.fetched(request, pageLists));
    return ended(run.id);
  };

  /** Does as a fetcher would with every epoch of the run that is asked for. */
  const fetchedToTheEnd = async (run: string): Promise<Run> => {
    let epoch = 0;
    return until(`the end of run ${run}`, async () => {
      for (const request of bus.of('refresh.requested', run).filter((each) => each.epoch > epoch)) {
        epoch = request.epoch;
        await bus.publish('refresh.fetched', fetcher.fetched(request, await land(request)));
      }
      const seen = await look(run);
      return seen !== null && FINAL_PHASES.includes(seen.phase) ? seen : null;
    });
  };

  test('a refresh becomes a snapshot in the bucket that every hash vouches for, and search and gateway are told', async () => {
    const run = await refresh('plain');
    expect(run).toMatchObject({ phase: 'published', snapshot: `${run.epoch}-${run.id}`, failure: null });
    const told = await bus.heard('snapshot.published', ({ snapshot }) => snapshot === run.snapshot);
    const manifest = await bucket.read(`${told.folder}manifest.json`);
    expect([createHash('sha256').update(manifest).digest('hex'), told.logNumber]).toEqual([told.manifestSha256, run.logNumber]);
    expect(Manifest.parse(JSON.parse(manifest.toString('utf8'))).files.find(({ name }) => name === 'students.csv')?.rows).toBe(12);
    expect(await verifyBucket(bucket, (damage) => process.stderr.write(`${JSON.stringify(damage)}\n`))).toMatchObject({ damages: 0, snapshots: 1 });
    await bus.heard('run.changed', ({ run: { id, phase } }) => id === run.id && phase === 'published');
    // The end of the run is told before its pages are deleted.
    await until('the pages of the run to be deleted', async () => {
      const staged: string[] = [];
      for await (const { key } of bucket.list('staging/plain/')) staged.push(key);
      return staged.length === 0;
    });
  });

  test('every event of a fetcher three times, and a failure told too late, make one snapshot; so does a request that comes twice', async () => {
    const { run } = await ask('twice', { idempotencyKey: 'k' });
    expect(await ask('twice', { idempotencyKey: 'k' })).toMatchObject({ joined: false, run: { id: run.id } });
    expect(await ask('twice')).toMatchObject({ joined: true, run: { id: run.id } });
    const request = await requested(run.id);
    const pageLists = await land(request);
    for (let again = 0; again < 3; again += 1) {
      await bus.publish('fetch.progress', progress(request, 1));
      for (const pageList of pageLists) await bus.publish('collection.fetched', { ...of(request), pageList });
    }
    for (let again = 0; again < 3; again += 1) await bus.publish('refresh.fetched', fetcher.fetched(request, pageLists));
    await until('the build to begin', async () => !['requested', 'fetching'].includes((await look(run.id))?.phase ?? 'requested'));
    for (let again = 0; again < 2; again += 1) await bus.publish('fetch.failed', { ...of(request), failure, calls: 1, retries: 0 });
    expect(await ended(run.id)).toMatchObject({ phase: 'published', failure: null });
    await bus.publish('refresh.fetched', fetcher.fetched(request, pageLists));
    await refresh('twice');
    const log = await logOf('twice');
    expect([log.head, log.runs.get(run.id)?.begins.length, log.snapshots.size]).toEqual([4, 1, 2]);
    expect(new Set(bus.of('snapshot.published').filter(({ district }) => district === 'twice').map(({ logNumber }) => logNumber))).toEqual(new Set([2, 4]));
  });

  test('the end before what led to it, and words of an epoch that was taken over, change nothing', async () => {
    const { run } = await ask('mixed');
    const old = await requested(run.id);
    const request = await requested(run.id, old.epoch);
    await bus.publish('refresh.fetched', fetcher.fetched(old, await land(old)));
    await bus.publish('fetch.failed', { ...of(old), failure, calls: 1, retries: 0 });
    const pageLists = await land(request);
    await bus.publish('refresh.fetched', fetcher.fetched(request, pageLists));
    for (const pageList of pageLists.toReversed()) await bus.publish('collection.fetched', { ...of(request), pageList });
    await bus.publish('fetch.progress', progress(request, 2));
    await bus.publish('fetch.progress', progress(request, 1));
    const done = await ended(run.id);
    expect(done).toMatchObject({ phase: 'published', epoch: request.epoch });
    expect((await logOf('mixed')).current?.snapshot).toBe(`${request.epoch}-${run.id}`);
    expect(done.progress.records).toBe(pageLists.reduce((sum, { rows }) => sum + rows, 0));
  });

  test('an event of a newer version is parked with the reason, and the run goes on with the next one it can read', async () => {
    const { run } = await ask('newer');
    const request = await requested(run.id);
    const data = fetcher.fetched(request, await land(request));
    await bus.deliver('writer', 'refresh.fetched', { id: crypto.randomUUID(), type: 'refresh.fetched', version: 2, time: new Date().toISOString(), data: { ...data, more: true } });
    expect(await bus.parked('refresh.fetched')).toMatchObject({ service: 'writer', reason: expect.stringContaining('version 2') as string });
    await bus.publish('refresh.fetched', data);
    expect(await ended(run.id)).toMatchObject({ phase: 'published' });
  });

  test('a refresh that is asked for while the broker is away is accepted, and goes out once the broker is back', async () => {
    const { faults } = servers.broker;
    if (!faults) return;
    await faults.kill();
    expect(await lone.troubled('events')).toMatch(/RabbitMQ at 127\.0\.0\.1:\d+ .*LASTGOOD_BROKER_URL says where it is/);
    const { run } = await ask('broker');
    await faults.restart();
    await bus.well();
    // A run that nobody could be told of falls silent: it may have been begun more than once.
    const done = await fetchedToTheEnd(run.id);
    expect(done.phase).toBe('published');
    await bus.heard('snapshot.published', ({ snapshot }) => snapshot === done.snapshot);
    await lone.well('events');
  });

  test('what a fetcher tells while the database is away is taken in once it is back; asking meanwhile is refused for a while', async () => {
    const { faults } = servers.database;
    if (!faults) return;
    const { run } = await ask('database');
    const request = await requested(run.id);
    const pageLists = await land(request);
    await faults.kill();
    expect(await lone.troubled('database')).toMatch(/does not answer .*LASTGOOD_DATABASE_URL says where it is/);
    await bus.publish('refresh.fetched', fetcher.fetched(request, pageLists));
    const refused = await lone.call('/internal/runs?limit=10');
    expect([refused.status, await refused.json()]).toEqual([503, expect.objectContaining({ code: 'database_unavailable', retryable: true })]);
    await faults.restart();
    expect(await fetchedToTheEnd(run.id)).toMatchObject({ phase: 'published' });
    await lone.well('database');
  });

  test('a build whose store dies fails with the reason, says so once the store can record it, and the next refresh publishes', async () => {
    const { faults } = servers.store;
    if (!faults) return;
    const before = await refresh('store');
    const { run } = await ask('store');
    const request = await requested(run.id);
    const pageLists = await land(request);
    await faults.kill();
    await bus.publish('refresh.fetched', fetcher.fetched(request, pageLists));
    expect(await lone.troubled('object store, for writing')).toMatch(/the store failed while it was probed: .*LASTGOOD_S3_ENDPOINT says where it is/);
    const stopping = await until('the build to give up', async () => {
      const seen = await look(run.id);
      return seen?.phase === 'stopping' ? seen : null;
    });
    expect(stopping.failure).toMatchObject({ code: 'store_unavailable', retryable: true });
    await faults.restart();
    const done = await ended(run.id);
    expect(done).toMatchObject({ phase: 'failed', failure: { code: 'store_unavailable' } });
    await bus.heard('refresh.failed', (data) => data.run === run.id && data.logNumber === done.logNumber);
    expect((await logOf('store')).current?.snapshot).toBe(before.snapshot);
    expect((await refresh('store')).phase).toBe('published');
    await lone.well('object store, for writing');
    expect(await lone.dependencies()).toEqual({ well: expect.arrayContaining(['events', 'database', 'object store, for writing']), troubled: [] });
    expect(await verifyBucket(bucket, (damage) => process.stderr.write(`${JSON.stringify(damage)}\n`))).toMatchObject({ damages: 0 });
  });

  startSuite({ service: 'writer', servers, needs, districts: DISTRICTS, environment, store: 'object store, for writing' });
});
