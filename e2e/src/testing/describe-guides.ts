import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreatedKey } from '@lastgood/contracts';
import { SAMPLE, type ComposeInstallation } from './compose-installation.js';
import { volumes } from './docker.js';
import { Guide } from './guide.js';
import { until } from './lastgood-client.js';

const isReplaced = (service: string): boolean => ['gateway', 'writer', 'fetcher', 'search'].includes(service);

/** The commands of the guides, run as they stand there on an installation that works. */
export function describeGuides(installation: ComposeInstallation): void {
  describe('the commands of the documents do what they say:', () => {
    const guide = (name: string): Guide => new Guide(name, installation.folder, installation.environment);
    const [deployment, troubleshooting, upgrade, recovery] = [guide('DEPLOYMENT.md'), guide('TROUBLESHOOTING.md'), guide('UPGRADE.md'), guide('RECOVERY.md')];
    const tookMs: Record<string, number> = {};
    const timed = async (from: Guide, section: string, ...variables: readonly Record<string, string>[]): Promise<string> => {
      const begun = performance.now();
      const printed = await from.run(section, ...variables);
      tookMs[section] = Math.round(performance.now() - begun);
      return printed;
    };

    test('deployment keeps the secrets that are there, and status and command line tell the snapshot', async () => {
      const secrets = (): string[] => installation.secretNames.map((name) => installation.secret(name));
      const before = secrets();
      const current = (await installation.current()) ?? 'none';
      expect(await timed(deployment, 'With Docker Compose')).toContain(current);
      expect(secrets()).toEqual(before);
      expect(await timed(deployment, 'What each service needs')).toContain(current);
    }, 300_000);

    test('troubleshooting shows services, dependencies, runs, queues, and a bucket without damage', async () => {
      const look = await timed(troubleshooting, 'Look');
      expect(look).toMatch(/"dependencies"/);
      expect(look).toMatch(/published/);
      // What the broker tells of its queues is some seconds old.
      await until(async () => /lastgood\.fetcher\t0\t2/.test(await timed(troubleshooting, 'The broker')), 60_000, 'the queue of the fetchers to be empty and have two consumers');
      const bucket = await timed(troubleshooting, 'The bucket');
      expect(bucket).toMatch(/: 0 damaged/);
      expect(bucket).toContain(`${await installation.current()}  published (current)`);
    }, 300_000);

    test('a backup is made beside the services', async () => {
      expect(await timed(recovery, 'Back up')).toMatch(/: 0 damaged/);
    }, 300_000);

    test('after the loss of everything bucket and database are as they were at the backup, and a refresh works', async () => {
      const atBackup = await installation.current();
      expect((await installation.refresh()).phase).toBe('published');
      expect(await installation.current()).not.toBe(atBackup);
      expect(await timed(recovery, 'Everything is lost')).toMatch(/: 0 damaged/);
      appendFileSync(join(installation.folder, '.env'), '\nLASTGOOD_S3_BUCKET=restored\n');
      expect(await installation.current()).toBe(atBackup);
      expect((await installation.refresh()).phase).toBe('published');
    }, 400_000);

    test('with an empty database the catalogue and the runs are told by the bucket, and a refresh works', async () => {
      const before = await installation.current();
      const printed = await timed(recovery, 'The database is lost');
      // The writer takes every source for a new one and refreshes it at once: there may be a newer snapshot already.
      expect(printed).toContain(`${before}  published`);
      expect(printed).toMatch(/run \S+ {2}\S+ {2}published/);
      expect((await installation.refresh()).phase).toBe('published');
    }, 400_000);

    test('searches with empty disks answer again, and the old disks are gone', async () => {
      const [before, disks] = [await installation.current(), await installation.disks('search')];
      expect(disks).toHaveLength(3);
      await timed(recovery, 'The disk of a search is lost');
      expect(await installation.current()).toBe(before);
      expect((await volumes()).filter((name) => disks.includes(name))).toEqual([]);
    }, 300_000);

    test('an upgrade replaces every service, and a roll-back takes the tables back first', async () => {
      const [newer, older] = [{ LASTGOOD_VERSION: await installation.tagImages() }, {}];
      const kept = await installation.disks('gateway');
      await timed(upgrade, 'Upgrade', newer);
      const versions = async (): Promise<Set<string>> => new Set((await installation.containers()).flatMap(({ service, container: { Config } }) => (isReplaced(service) ? (Config.Image.split(':')[1] ?? '') : [])));
      expect(await versions()).toEqual(new Set([newer.LASTGOOD_VERSION]));
      expect(await installation.disks('gateway')).toEqual(kept);
      const newest = await timed(upgrade, 'What the tables are');
      expect(newest).toMatch(/001-runs-and-schedule\n.*002-/);
      expect(await timed(upgrade, 'Roll back', newer, older)).toContain('The tables are those of writer/001-runs-and-schedule.');
      expect(await versions()).toEqual(new Set(['latest']));
      expect(await upgrade.run('What the tables are')).toBe(newest);
      expect((await installation.refresh()).phase).toBe('published');
    }, 400_000);

    test('the database is put back as it was at a time: a key made before it works, one made after it is unknown, and a refresh works', async () => {
      const newKey = (name: string): Promise<CreatedKey> => installation.get(CreatedKey, '/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name, role: 'viewer' }) });
      const statusWith = async ({ key }: CreatedKey): Promise<number> => (await installation.fetch(`/api/v1/snapshots/${SAMPLE}/status`, {}, key)).status;
      // Of the blocks the first adds the archive to the files, the others find it there.
      await timed(recovery, 'Keep every change of the database', {}, installation.withArchive);
      const kept = await newKey('made before');
      const time = new Date().toISOString();
      const [lost, current] = [await newKey('made later'), await installation.current()];
      await timed(recovery, 'The database at a point in time', { ...installation.withArchive, TIME: time });
      expect([await statusWith(kept), await statusWith(lost), await installation.current()]).toEqual([200, 403, current]);
      expect((await installation.refresh()).phase).toBe('published');
    }, 400_000);

    test('none was left out', () => {
      console.log(`ms by section: ${JSON.stringify(tookMs)}`);
      expect([deployment.left, troubleshooting.left, upgrade.left, recovery.left]).toEqual([[], [], [], []]);
    });
  });
}
