import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreatedKey, DistrictStatus, RunsAnswer, SnapshotsAnswer } from '@lastgood/contracts';
import { describeWithServer, findPostgresProgram, runOnPostgres, startArchivingPostgres, startS3, type ArchivingPostgres, type RabbitFaults } from '@lastgood/test-servers';
import { lastgood, runProgram, type Ended } from './testing/command-line.js';
import { FaultStand } from './testing/fault-stand.js';
import { ADMIN_TOKEN, DISTRICT, until } from './testing/lastgood-client.js';
import { startServersWith, type ServersBeside } from './testing/servers-beside.js';

const SNAPSHOTS = `/api/v1/districts/${DISTRICT}/snapshots?status=complete&limit=200`;

/** What docs/RECOVERY.md promises, on processes apart with a real broker, database and store. */
await describeWithServer('services apart recover', withPrograms, (servers) => {
  let stand: FaultStand;
  let backups: string;
  const recoveredMs: Record<string, number> = {};

  beforeAll(async () => {
    backups = mkdtempSync(join(tmpdir(), 'lastgood-backups-'));
    stand = await FaultStand.open(servers);
  }, 300_000);
  afterAll(async () => {
    await stand?.close();
    rmSync(backups, { recursive: true, force: true });
  });

  const databaseUrl = (): string => servers.environment['LASTGOOD_DATABASE_URL'] ?? '';
  const inBucket = (...args: string[]): Promise<Ended> => lastgood(servers.environment, ...args);
  const linesOf = ({ out }: Ended): Record<string, unknown>[] => out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const published = async (): Promise<string[]> => (await stand.product.get(SnapshotsAnswer, SNAPSHOTS)).items.map(({ snapshot_id }) => snapshot_id);
  const current = async (): Promise<string | undefined> => (await stand.product.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`)).sources[0]?.current?.id;
  const measured = async (fault: string, recovery: () => Promise<void>): Promise<void> => {
    const begun = performance.now();
    await recovery();
    recoveredMs[fault] = Math.round(performance.now() - begun);
  };
  /** Every reader has read on, and none saw anything wrong or older than before. */
  const readersAreRight = async (): Promise<void> => {
    await stand.readOn();
    expect(stand.reads()).toMatchObject({ wrong: 0, backwards: 0 });
  };

  test('from a broker whose queues are all deleted while a run waits in them: the run completes, nobody asks for it again', async () => {
    const { product } = stand;
    for (const fetcher of product.fetchers) await fetcher.kill();
    await stand.nextNight();
    const run = await product.request();
    // The request lies in the queue of the fetchers, and is lost with it.
    await until(async () => (await runOnPostgres(databaseUrl(), 'select id from outbox where sent_at is null')).length === 0, 20_000, 'the request to be sent');
    await (servers.broker.faults as RabbitFaults).empty();
    await measured('broker emptied', async () => {
      for (const fetcher of product.fetchers) await fetcher.start();
      expect(await product.endOf(run.id)).toMatchObject({ id: run.id, phase: 'published' });
    });
    await stand.everythingHolds('broker emptied');
    expect(stand.reads()).toMatchObject({ failed: 0, wrong: 0, backwards: 0 });
  }, 240_000);

  test('from a lost database: reads go on, rebuild tells catalogue and runs from the bucket alone, and a new refresh works on an empty one', async () => {
    const { product } = stand;
    const [before, runs] = [await published(), (await product.get(RunsAnswer, '/api/v1/runs?limit=200')).items];
    const reads = stand.reads();
    await runOnPostgres(databaseUrl(), 'drop schema public cascade', 'create schema public');
    await stand.readOn();
    expect(stand.reads().failed).toBe(reads.failed);
    const rebuilt = await inBucket('--json', 'rebuild', '--runs');
    expect(rebuilt.code).toBe(0);
    const told = linesOf(rebuilt);
    expect(new Set(told.filter(({ district, state }) => district === DISTRICT && state === 'published').map(({ snapshot }) => snapshot))).toEqual(new Set(before));
    expect(told.filter(({ outcome }) => outcome !== undefined).map(({ run, outcome }) => [run, outcome])).toEqual(expect.arrayContaining(runs.map(({ id, phase }) => [id, phase])));
    await measured('database lost', async () => {
      for (const service of [...product.writers, ...product.fetchers, product.gateway]) await service.stop();
      await Promise.all([...product.writers, ...product.fetchers, product.gateway].map((service) => service.start()));
    });
    expect(await published()).toEqual(before);
    await stand.everythingHolds('database lost');
    expect(await published()).toHaveLength(before.length + 1);
    await readersAreRight();
  }, 240_000);

  test('from the lost disk of the database, by its archive, to a time at which a run was under way: reads go on, and what came after that time is only in the bucket', async () => {
    const { product } = stand;
    const { database } = servers;
    const newKey = (name: string): Promise<CreatedKey> => product.post(CreatedKey, '/api/v1/admin/keys', { name, role: 'viewer', districts: [DISTRICT] });
    const statusOf = async (path: string, key: string = ADMIN_TOKEN): Promise<number> => (await product.fetch(path, { headers: { authorization: `Bearer ${key}` } })).status;
    const statusWith = ({ key }: CreatedKey): Promise<number> => statusOf(`/api/v1/snapshots/${DISTRICT}/status`, key);
    const directReaders = stand.readers('search');
    const before = [stand.reads(), stand.reads(directReaders)].map(({ failed }) => failed);

    await database.backUp();
    const [kept, revoked] = [await newKey('made before'), await newKey('taken out of use later')];
    await stand.nextNight();
    const underWay = await product.request();
    const then = new Date().toISOString();
    const ended = await product.endOf(underWay.id);
    expect(ended.phase).toBe('published');
    const lost = await newKey('made later');
    await product.fetch(`/api/v1/admin/keys/${revoked.id}`, { method: 'DELETE' });
    await stand.nextNight();
    const later = await product.refresh();
    expect([later.phase, await statusWith(kept), await statusWith(revoked), await statusWith(lost)]).toEqual(['published', 200, 403, 200]);
    const snapshots = await published();
    await database.archived();

    await database.lose();
    await stand.readOn();
    expect([stand.reads(), stand.reads(directReaders)].map(({ failed }) => failed)).toEqual(before);
    await measured('database at a time', async () => {
      for (const service of [...product.writers, ...product.fetchers, product.gateway]) await service.stop();
      await database.restore(then);
      await Promise.all([...product.writers, ...product.fetchers, product.gateway].map((service) => service.start()));
    });
    expect([await statusWith(kept), await statusWith(revoked), await statusWith(lost)]).toEqual([200, 200, 403]);
    // The run that was under way at that time had ended since: the bucket's log tells how.
    expect(await product.endOf(underWay.id)).toMatchObject({ phase: 'published', snapshot: ended.snapshot });
    const runs = (await product.get(RunsAnswer, `/api/v1/runs?district=${DISTRICT}&limit=200`)).items.map(({ id }) => id);
    expect([underWay, later].map(({ id }) => runs.includes(id))).toEqual([true, false]);
    expect(await statusOf(`/api/v1/runs/${later.id}`)).toBe(404);
    expect(linesOf(await inBucket('--json', 'rebuild', '--runs')).filter(({ run }) => run === later.id)).toEqual([expect.objectContaining({ outcome: 'published' })]);
    expect([await published(), await current()]).toEqual([snapshots, later.snapshot]);
    expect(await inBucket('verify')).toMatchObject({ code: 0, out: expect.stringMatching(/: 0 damaged/) });
    // What this gateway had not yet put aside of its trail was still on its own disk.
    expect(await lastgood({ ...servers.environment, LASTGOOD_URL: product.url, LASTGOOD_KEY: ADMIN_TOKEN }, 'audit', 'verify')).toMatchObject({ code: 0 });
    await stand.everythingHolds('database at a time');
    expect(await published()).toHaveLength(snapshots.length + 1);
    await readersAreRight();
    expect(stand.reads(directReaders).failed).toBe(before[1]);
  }, 240_000);

  test('from the empty disk of a search: it fetches what it is asked for again, and no read fails', async () => {
    const [, second] = stand.product.searches;
    const reads = stand.reads(stand.readers('gateway'));
    await second?.stop();
    rmSync(join(second?.folder ?? '', 'data'), { recursive: true });
    await measured('search with an empty disk', async () => void (await second?.start()));
    await stand.everythingHolds('search with an empty disk');
    await readersAreRight();
    expect(stand.reads(stand.readers('gateway')).failed).toBe(reads.failed);
  }, 240_000);

  test('by a backup in a bucket elsewhere, of another make and with keys of its own, beside the services and from there into a new bucket', async () => {
    const elsewhere = await startS3({ make: 'versitygw' });
    try {
      const of = (prefix: string, secretKey = elsewhere.secretKey): Record<string, string> => ({
        [`${prefix}_ENDPOINT`]: elsewhere.endpoint, [`${prefix}_BUCKET`]: `${elsewhere.bucketPrefix}backup`, [`${prefix}_REGION`]: elsewhere.region,
        [`${prefix}_ACCESS_KEY`]: elsewhere.accessKey, [`${prefix}_SECRET_KEY`]: secretKey,
      });
      const withBackup = { ...servers.environment, ...of('LASTGOOD_BACKUP_S3') };
      const refused = await lastgood({ ...withBackup, ...of('LASTGOOD_BACKUP_S3', 'planted-secret-0123456789') }, 'backup');
      expect([refused.code, refused.out]).toEqual([expect.any(Number), '']);
      expect(refused.code).not.toBe(0);
      expect(refused.err).toMatch(/denied|403|credentials/i);
      expect(refused.err).not.toContain('planted-secret');

      const first = await lastgood(withBackup, '--json', 'backup');
      expect(first.code).toBe(0);
      await stand.everythingHolds('a backup elsewhere');
      const second = await lastgood(withBackup, '--json', 'backup');
      expect(second.code).toBe(0);
      const [before = 0, after = 0] = [first, second].map((ended) => Number(linesOf(ended)[0]?.['snapshots']));
      expect(before).toBeGreaterThan(0);
      expect(after).toBeGreaterThanOrEqual(stand.lanes.length);

      const restored = { ...withBackup, LASTGOOD_S3_BUCKET: `${servers.store.bucketPrefix}from-elsewhere` };
      expect(await lastgood(restored, 'restore')).toMatchObject({ code: 0, out: expect.stringMatching(/: 0 damaged/) });
      const catalogue = async (environment: Record<string, string>): Promise<string> => (await lastgood(environment, '--json', 'rebuild', '--runs')).out;
      const kept = await catalogue({ ...servers.environment, ...of('LASTGOOD_S3') });
      expect(await catalogue(restored)).toBe(kept);
      // Each was copied once: the second backup brought only what was new.
      expect(kept.match(/"state":"published"/g)).toHaveLength(before + after);
      await readersAreRight();
    } finally {
      await elsewhere.stop();
    }
  }, 240_000);

  test('from the loss of everything, by a backup of bucket and database, to any time before it', async () => {
    const { product } = stand;
    const { environment } = servers;
    const dump = join(backups, 'database.dump');
    await stand.everythingHolds('before the backup');
    const [atThatTime, then] = [await current(), new Date().toISOString()];
    await stand.nextNight();
    expect((await product.refresh()).phase).toBe('published');
    expect(await runProgram(await findPostgresProgram('pg_dump'), ['--format=custom', `--file=${dump}`, databaseUrl()])).toMatchObject({ code: 0 });
    expect(await inBucket('backup', join(backups, 'bucket'))).toMatchObject({ code: 0, out: expect.stringMatching(/: 0 damaged/) });
    const after = await published();
    for (const reader of stand.readers()) await reader.stop();
    expect(stand.reads()).toMatchObject({ wrong: 0, backwards: 0, unchecked: 0 });
    await product.stop();

    await measured('everything lost', async () => {
      Object.assign(environment, { LASTGOOD_S3_BUCKET: `${servers.store.bucketPrefix}restored`, LASTGOOD_DATABASE_URL: await servers.database.createDatabase() });
      for (const { folder } of product.all) rmSync(join(folder, 'data'), { recursive: true, force: true });
      expect(await runProgram(await findPostgresProgram('pg_restore'), ['--no-owner', '--exit-on-error', `--dbname=${databaseUrl()}`, dump])).toMatchObject({ code: 0 });
      expect(await inBucket('restore', join(backups, 'bucket'), '--until', then)).toMatchObject({ code: 0 });
      await product.start();
    });
    expect(await current()).toBe(atThatTime);
    expect(await inBucket('verify')).toMatchObject({ code: 0, out: expect.stringMatching(/: 0 damaged/) });
    expect(await published()).toEqual(after.slice(1));
    expect((await product.refresh()).phase).toBe('published');
    console.log(`ms to recover: ${JSON.stringify(recoveredMs)}`);
  }, 240_000);
});

/** The database always from programs: its files are worked on. */
async function withPrograms(): Promise<ServersBeside<ArchivingPostgres>> {
  await findPostgresProgram('pg_dump');
  return startServersWith(startArchivingPostgres);
}
