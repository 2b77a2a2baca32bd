import type { DatabaseMediumUnderTest } from '@lastgood/database/suite';
import { MortalProcess } from '../testing/mortal.js';
import type { WriterTables } from '../tables.js';
import { sampleDistrict } from '../testing/sample-district.js';
import { districtsWith, manyDistricts, until, WriterKit } from '../testing/writer-kit.js';

const DAY_MS = 86_400_000;
const daily = { districts: districtsWith({ schedule: { cron: '0 3 * * *' } }), environment: { WRITER_RETRY_MINUTES: '5,15' } };

/** How ticks become runs, on any database. Call it in a spec file with how to open an empty one. */
export function scheduleSuite(name: string, medium?: () => Promise<DatabaseMediumUnderTest>): void {
  describe(`P17 every catalogue adapter passes the same suite: the schedule on ${name}`, () => {
    let kit: WriterKit;
    beforeEach(async () => {
      kit = await WriterKit.open({ ...daily, medium });
      kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
      await kit.writer.schedule.start();
    });
    afterEach(() => kit.close());

    const runs = async (of = kit) => (await of.writer.reader.list({ limit: 50 })).items;
    const settled = (): Promise<boolean> => until(async () => ((await runs()).every(({ finishedAt }) => finishedAt !== null) ? true : null));

    test('the next run is told, and comes once at its tick', async () => {
      expect((await kit.writer.reader.status('north')).sources[0]?.nextRunAt).toBe('2026-09-02T03:00:00.000Z');
      await kit.writer.schedule.look();
      expect(await runs()).toEqual([]);
      kit.clock.advance(DAY_MS);
      for (let round = 0; round < 3; round += 1) await kit.writer.schedule.look();
      await settled();
      expect((await runs()).map(({ asker, phase }) => [asker.via, phase])).toEqual([['schedule', 'published']]);
    });

    test('each tick runs once however many writers there are', async () => {
      const others = [await kit.beside(daily), await kit.beside(daily)];
      for (const { writer } of others) await writer.schedule.start();
      for (let day = 1; day <= 3; day += 1) {
        kit.clock.advance(DAY_MS);
        await Promise.all([kit, ...others].map(({ writer }) => writer.schedule.look()));
        await settled();
      }
      expect((await runs()).length).toBe(3);
      for (const other of others) await other.close();
    });

    test('a schedule that is set goes before the file\'s, counts from then, holds for every writer and after a restart, and can be taken back', async () => {
      const other = await kit.beside(daily);
      await other.writer.schedule.start();
      expect(await kit.writer.schedule.of('north', 'sis')).toEqual({ cron: '0 3 * * *', timeZone: null, from: 'default', next: '2026-09-02T03:00:00.000Z' });
      expect(await kit.writer.schedule.set('north', 'sis', { cron: '15 * * * *', timeZone: 'Asia/Kolkata' }, 'key:1')).toEqual({ cron: '15 * * * *', timeZone: 'Asia/Kolkata', from: 'override', next: '2026-09-01T12:45:00.000Z' });
      expect((await kit.writer.reader.status('north')).sources[0]?.nextRunAt).toBe('2026-09-01T12:45:00.000Z');
      await other.writer.schedule.look();
      expect(other.writer.schedule.nextRunAt('north', 'sis')).toBe('2026-09-01T12:45:00.000Z');
      const restarted = await kit.beside(daily);
      await restarted.writer.schedule.start();
      await restarted.writer.schedule.look();
      expect([restarted.writer.schedule.nextRunAt('north', 'sis'), await runs()]).toEqual(['2026-09-01T12:45:00.000Z', []]);
      kit.clock.advance(46 * 60_000);
      for (const { writer } of [kit, other, restarted]) await writer.schedule.look();
      await settled();
      expect((await runs()).length).toBe(1);
      expect(await other.writer.schedule.set('north', 'sis', null, 'key:1')).toEqual({ cron: '0 3 * * *', timeZone: null, from: 'default', next: '2026-09-02T03:00:00.000Z' });
      await kit.writer.schedule.look();
      expect(kit.writer.schedule.nextRunAt('north', 'sis')).toBe('2026-09-02T03:00:00.000Z');
      for (const one of [other, restarted]) await one.close();
    });

    test('a source can be switched off by hand, and what cannot be a schedule is refused', async () => {
      expect(await kit.writer.schedule.set('north', 'sis', { cron: 'off', timeZone: null }, 'key:1')).toEqual({ cron: 'off', timeZone: null, from: 'override', next: null });
      kit.clock.advance(3 * DAY_MS);
      await kit.writer.schedule.look();
      expect(await runs()).toEqual([]);
      for (const cron of ['every day', '* * * * * *', '0 3 31 2 *']) await expect(kit.writer.schedule.set('north', 'sis', { cron, timeZone: null }, 'key:1')).rejects.toMatchObject({ code: 'invalid_schedule' });
      await expect(kit.writer.schedule.set('north', 'nope', null, 'key:1')).rejects.toMatchObject({ code: 'unknown_source' });
      expect((await kit.writer.schedule.of('north', 'sis')).cron).toBe('off');
    });

    test('ticks missed while no writer ran are noticed at the start and give one run', async () => {
      kit.clock.advance(5 * DAY_MS);
      const later = await kit.beside(daily);
      await later.writer.schedule.start();
      await later.writer.schedule.look();
      await settled();
      expect((await runs()).length).toBe(1);
      expect(later.log.lines.find(({ message }) => message.startsWith('Ticks of the schedule were missed'))?.fields['missed']).toBe(5);
      await later.close();
    });

    test('a tick that was entered by a writer that died is run by another', async () => {
      kit.clock.advance(DAY_MS);
      await kit.database.kysely<{ ticks: { district: string; source: string; tick: string; kind: string; retry: number; claimed_at: string; run: null } }>().insertInto('ticks').values({
        district: 'north', source: 'sis', tick: '2026-09-02T03:00:00.000Z', kind: 'schedule', retry: 0, claimed_at: new Date(kit.clock.now()).toISOString(), run: null,
      }).execute();
      await kit.writer.schedule.look();
      expect(await runs()).toEqual([]);
      kit.clock.advance(61_000);
      await kit.writer.schedule.look();
      await settled();
      expect((await runs()).length).toBe(1);
    });

    test('of many sources that are due in the same minute no more are refreshed at once than allowed, and in the end all are, once', async () => {
      const many = { districts: manyDistricts(7, { schedule: { cron: '0 3 * * *' } }), environment: { WRITER_RUNS_AT_ONCE: '3' } };
      await kit.pause();
      const crowd = await kit.beside(many);
      await crowd.writer.schedule.start();
      kit.clock.advance(DAY_MS);
      const look = async (): Promise<number> => {
        await crowd.writer.schedule.look();
        return (await runs(crowd)).length;
      };
      kit.fetcher.plan = { records: {}, silent: true };
      expect([await look(), await look(), await look()]).toEqual([3, 3, 3]);
      for (const { id } of await runs(crowd)) await crowd.writer.cancel(id, { asker: { actor: 'key-1', via: 'http' } });
      kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
      await until(async () => ((await look()) === 7 ? true : null));
      await settled();
      expect(new Set((await runs(crowd)).map(({ district }) => district)).size).toBe(7);
      expect(await look()).toBe(7);
      await crowd.close();
    });

    test('ticks of long ago are forgotten, but never the newest of a source', async () => {
      kit.clock.advance(DAY_MS);
      await kit.writer.schedule.look();
      await settled();
      kit.clock.advance(200 * DAY_MS);
      await kit.writer.schedule.forgetOld();
      const left = await kit.database.kysely<WriterTables>().selectFrom('ticks').select(['kind', 'tick']).execute();
      expect(left).toEqual([{ kind: 'schedule', tick: '2026-09-02T03:00:00.000Z' }]);
    });

    test('a scheduled run that failed for a passing reason is tried again a bounded number of times, one by hand is not', async () => {
      kit.fetcher.plan = { records: {}, failure: { code: 'upstream_unavailable', severity: 'error', message: 'The upstream answered 503.', collection: 'orgs', offset: 0, httpStatus: 503, count: 3, retryable: true } };
      kit.clock.advance(DAY_MS);
      for (let round = 0; round < 6; round += 1) {
        await kit.writer.schedule.look();
        await settled();
        kit.clock.advance(16 * 60_000);
      }
      expect((await runs()).map(({ phase }) => phase)).toEqual(['failed', 'failed', 'failed']);
      await kit.refresh('http');
      kit.clock.advance(60 * 60_000);
      await kit.writer.schedule.look();
      expect((await runs()).length).toBe(4);
    });

    test('the retry of a failed run is not lost when the writer dies right after it made the run final', async () => {
      kit.fetcher.plan = { records: {}, failure: { code: 'upstream_unavailable', severity: 'error', message: 'The upstream answered 503.', collection: 'orgs', offset: 0, httpStatus: 503, count: 3, retryable: true } };
      await kit.pause();
      const process = new MortalProcess();
      const mortal = await kit.beside({ ...daily, process });
      const drain = mortal.writer.outbox.drain.bind(mortal.writer.outbox);
      mortal.writer.outbox.drain = async () => {
        await drain();
        if ((await kit.writer.runs.last('north', 'sis')) !== undefined) process.kill();
      };
      kit.clock.advance(DAY_MS);
      await mortal.writer.schedule.start();
      await mortal.writer.schedule.look();
      await until(() => (process.dead ? true : null));
      const ticks = await kit.database.kysely<WriterTables>().selectFrom('ticks').select(['kind', 'retry', 'run']).where('kind', '=', 'retry').execute();
      expect(ticks).toEqual([{ kind: 'retry', retry: 1, run: null }]);
      await mortal.close().catch(() => undefined);
    });
  });
}
