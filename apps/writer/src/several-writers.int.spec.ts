import type { EventData } from '@lastgood/contracts';
import { describeWithServer, runOnPostgres, startPostgres } from '@lastgood/test-servers';
import fc from 'fast-check';
import { sql } from 'kysely';
import { Outbox } from './runs/outbox.js';
import { IdMaker } from './runs/new-id.js';
import type { WriterTables } from './tables.js';
import { databasesOf } from './testing/postgres.js';
import { sampleDistrict } from './testing/sample-district.js';
import { districtsWith, until, WriterKit } from './testing/writer-kit.js';

const asker = { actor: 'key-2', via: 'cli' as const };
const daily = { districts: districtsWith({ schedule: { cron: '0 3 * * *' } }), environment: { WRITER_REFRESH_NEW_SOURCES: 'true' } };

await describeWithServer('several writers on one PostgreSQL', startPostgres, (server) => {
  let kit: WriterKit;
  let others: WriterKit[];
  const open = async (options: Parameters<typeof WriterKit.open>[0] = {}): Promise<void> => {
    let url = '';
    const medium = databasesOf({ ...server, createDatabase: async () => (url = await server.createDatabase()) });
    kit = await WriterKit.open({ ...options, medium });
    others = [await kit.beside(options), await kit.beside(options)];
    kit.fetcher.plan = { records: sampleDistrict({ students: 3 }), silent: true };
    databaseUrl = url;
  };
  let databaseUrl = '';
  const all = (): WriterKit[] => [kit, ...others];
  const active = () => kit.database.kysely<WriterTables>().selectFrom('runs').select('id').where('active', '=', 1).execute();
  afterEach(async () => {
    for (const other of others) await other.close();
    await kit.close();
  });

  test('an outbox drained by all of them at once publishes each event once', async () => {
    await open();
    const { db } = kit.writer.runs;
    const ids = new IdMaker(kit.clock, (size) => new Uint8Array(size));
    const events: EventData<'refresh.cancelled'>[] = Array.from({ length: 500 }, (_, index) => ({ ...kit.place, run: ids.next(), epoch: index + 1 }));
    const sent: number[] = [];
    kit.bus.publish = async (_type, data) => {
      sent.push((data as EventData<'refresh.cancelled'>).epoch);
      await new Promise(setImmediate);
    };
    await db.transaction().execute(async (transaction) => {
      for (const event of events) await kit.writer.outbox.add(transaction, 'refresh.cancelled', event);
    });
    await Promise.all(all().flatMap(({ writer }) => [writer.outbox.drain(), writer.outbox.drain()]));
    await kit.writer.outbox.drain();
    expect([...sent].sort((a, b) => a - b)).toEqual(events.map(({ epoch }) => epoch));
    expect(await db.selectFrom('outbox').select('id').where('sent_at', 'is', null).execute()).toEqual([]);
  });

  test('events that a writer had taken up when it lost its connections are published by another', async () => {
    await open();
    const [first] = others;
    if (first === undefined) throw new Error('no writer');
    let taken = (): void => undefined;
    const holds = new Promise<void>((resolve) => {
      taken = resolve;
    });
    const stuck = new Outbox(first.database, Object.assign(Object.create(kit.bus) as typeof kit.bus, { publish: () => {
      taken();
      return new Promise<never>(() => undefined);
    } }), kit.clock, new IdMaker(kit.clock, (size) => new Uint8Array(size)), kit.log);
    const run = kit.place;
    await kit.writer.runs.db.transaction().execute((transaction) => stuck.add(transaction, 'refresh.cancelled', { ...run, run: '01hzy3v7q4w5e6r7t8y9z0abcd', epoch: 1 }));
    const draining = stuck.drain().then(() => 'drained', () => 'refused');
    await holds;
    await kit.writer.outbox.drain();
    expect(kit.fetcher.cancelled).toEqual([]);
    await runOnPostgres(databaseUrl, "select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and datname = current_database()");
    await until(async () => {
      await kit.writer.outbox.drain();
      return kit.fetcher.cancelled.length === 1 ? true : null;
    });
    kit.clock.advance(21_000);
    expect(await draining).toBe('refused');
    expect(kit.fetcher.cancelled).toHaveLength(1);
  });

  test('however many ask at once and cancel meanwhile, a source has one active run, and a key has one run', async () => {
    await open();
    const step = fc.record({ writer: fc.nat(2), key: fc.option(fc.constantFrom('a', 'b')), cancels: fc.boolean() });
    let round = 0;
    let asked = 0;
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
      round += 1;
      const answers = await Promise.all(steps.map(async ({ writer, key, cancels }) => {
        const { writer: one } = all()[writer] as WriterKit;
        const { runs: [answer] } = await one.requests.request({ district: 'north', source: 'sis', asker, ...(key !== null && { idempotencyKey: `${round} ${key}` }) });
        if (answer === undefined) throw new Error('no answer');
        asked += 1;
        expect((await active()).length).toBeLessThanOrEqual(1);
        if (cancels) await one.cancel(answer.run.id, { asker }).catch((error: unknown) => expect(error).toMatchObject({ code: 'run_ended' }));
        return { key, id: answer.run.id, joined: answer.joined };
      }));
      for (const name of ['a', 'b']) expect(new Set(answers.filter(({ key }) => key === name).map(({ id }) => id)).size).toBeLessThanOrEqual(1);
      const plain = answers.filter(({ key, joined }) => key === null && !joined).map(({ id }) => id);
      expect(new Set(plain).size).toBe(plain.length);
      for (const { id } of await active()) await kit.writer.cancel(id, { asker });
    }), { numRuns: 60 });
    process.stderr.write(`${asked} requests of 3 writers, at most one active run at any look\n`);
  });

  test('a key whose run began and ended at another writer while this one began its own gives that run, and no second one is left', async () => {
    await open();
    const { db } = kit.writer.runs;
    const first = await kit.ask();
    await kit.writer.cancel(first, { asker });
    let second: Promise<unknown> = Promise.resolve();
    await db.transaction().execute(async (transaction) => {
      await sql`lock table runs in exclusive mode`.execute(transaction);
      second = kit.writer.requests.request({ district: 'north', source: 'sis', asker, idempotencyKey: 'k' });
      await until(async () => ((await runOnPostgres(databaseUrl, 'select 1 from pg_locks where not granted')).length > 0 ? true : null));
      await transaction.insertInto('idempotency_keys').values({ district: 'north', source: 'sis', key: 'k', run: first, joined: 0, wish: 'sis', created_at: new Date(kit.clock.now()).toISOString() }).execute();
    });
    expect(await second).toMatchObject({ runs: [{ joined: false, run: { id: first, phase: 'cancelled' } }] });
    expect(await db.selectFrom('runs').select('id').execute()).toEqual([{ id: first }]);
  });

  test('a source that they all see for the first time at the same moment is refreshed once, and every tick after it', async () => {
    await open(daily);
    kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
    const runs = async (): Promise<number> => {
      const { items } = await kit.writer.reader.list({ limit: 50 });
      return items.every(({ finishedAt }) => finishedAt !== null) ? items.length : -1;
    };
    await Promise.all(all().map(({ writer, clock }) => {
      clock.advance(1);
      return writer.schedule.start();
    }));
    await Promise.all(all().map(({ writer }) => writer.schedule.look()));
    await until(async () => ((await runs()) === 1 ? true : null));
    for (let day = 2; day <= 6; day += 1) {
      kit.clock.advance(86_400_000);
      await Promise.all(all().map(({ writer }) => writer.schedule.look()));
      await until(async () => ((await runs()) === day ? true : null));
    }
    expect(await kit.database.kysely<WriterTables>().selectFrom('ticks').select('tick').where('kind', '=', 'first-seen').execute()).toHaveLength(1);
  });

  test('connections that are ended again and again cost refusals, never a second active run, and afterwards a refresh completes', async () => {
    await open();
    const { db } = kit.writer.runs;
    let stop = false;
    let ended = 0;
    const ending = (async () => {
      while (!stop) ended += (await runOnPostgres(databaseUrl, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()')).length;
    })();
    let refused = 0;
    for (let round = 0; round < 15; round += 1) {
      const outcomes = await Promise.allSettled(all().flatMap(({ writer }) => [writer.requests.request({ district: 'north', source: 'sis', asker }), writer.reconciler.look(), writer.outbox.drain()]));
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        refused += 1;
        expect(outcome.reason).toMatchObject({ name: 'ServiceError', kind: 'unavailable' });
      }
      for (const { writer } of all()) {
        const row = await writer.runs.active('north', 'sis').catch(() => undefined);
        if (row !== undefined) await writer.cancel(row.id, { asker }).catch(() => undefined);
      }
    }
    stop = true;
    await ending;
    const { rounds } = await db.selectFrom('runs').select(({ fn }) => fn.countAll<number>().as('rounds')).executeTakeFirstOrThrow();
    expect((await active()).length).toBeLessThanOrEqual(1);
    process.stderr.write(`${ended} connections ended, ${refused} refusals, ${rounds} runs\n`);
    await until(async () => {
      kit.clock.advance(61_000);
      await kit.writer.reconciler.look();
      for (const { id } of await active()) await kit.writer.cancel(id, { asker });
      return (await active()).length === 0 ? true : null;
    });
    kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
    expect((await kit.refresh()).phase).toBe('published');
  });
});
