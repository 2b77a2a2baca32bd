import { sql, type Kysely } from 'kysely';
import { describeWithServer, freePort, runOnPostgres, startPostgres, type PostgresServer } from '@lastgood/test-servers';
import { openPostgresDatabase, type Database, type OwnedMigration } from './index.js';
import type { PostgresLimits } from './postgres-pool.js';

interface Tables {
  things: { name: string };
}

const things: OwnedMigration = {
  name: '001-things',
  up: (db) => db.schema.createTable('things').addColumn('name', 'text', (column) => column.primaryKey()).execute(),
  down: (db) => db.schema.dropTable('things').execute(),
};

const IMPATIENT: Partial<PostgresLimits> = { connectMs: 1_000, statementMs: 500, lockMs: 300, idleInTransactionMs: 500, connections: 3 };

await describeWithServer('PostgreSQL with faults', startPostgres, (server) => {
  const opened: Database[] = [];
  const open = async (options: { url?: string; limits?: Partial<PostgresLimits> } = {}): Promise<{ url: string; database: Database; db: Kysely<Tables> }> => {
    const url = options.url ?? (await server.createDatabase());
    const database = openPostgresDatabase({ url, limits: options.limits ?? {} });
    opened.push(database);
    return { url, database, db: database.kysely<Tables>() };
  };
  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
  });

  connectionTests(server, open);
  limitTests(server, open);
  refusalTests(server, open);
});

type Open = (options?: { url?: string; limits?: Partial<PostgresLimits> }) => Promise<{ url: string; database: Database; db: Kysely<Tables> }>;

const unavailable = { name: 'ServiceError', kind: 'unavailable', code: 'database_unavailable', options: expect.objectContaining({ retryable: true }) as unknown };
const endOthers = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()';

function connectionTests(server: PostgresServer, open: Open): void {
  test('connections that the server ends while nobody uses them cost nothing', async () => {
    const { url, db } = await open();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all(Array.from({ length: 8 }, () => sql`select pg_sleep(0.02)`.execute(db)));
      await runOnPostgres(url, endOthers);
      await until(async () => (await idleOthers(url)) === 0);
      expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    }
  });

  test('a connection that ends under a statement or between two of a transaction is unavailable, undoes the transaction, and the next one works', async () => {
    const { url, database, db } = await open();
    await database.migrate('writer', [things]);
    const sleeping = expect(sql`select pg_sleep(10)`.execute(db)).rejects.toMatchObject(unavailable);
    await until(async () => (await runOnPostgres(url, "select 1 from pg_stat_activity where query like 'select pg_sleep%' and state = 'active' and datname = current_database()")).length === 1);
    await runOnPostgres(url, endOthers);
    await sleeping;
    const torn = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('things').values({ name: 'torn' }).execute();
      await runOnPostgres(url, endOthers);
      await until(async () => (await idleOthers(url)) === 0);
      await transaction.insertInto('things').values({ name: 'second' }).execute();
    });
    await expect(torn).rejects.toMatchObject(unavailable);
    expect(await db.selectFrom('things').selectAll().execute()).toEqual([]);
  });

  test('work goes on through connections that are ended again and again: each change is made or refused, never half', async () => {
    const { url, database, db } = await open();
    await database.migrate('writer', [things]);
    let ended = 0;
    let stop = false;
    const ending = (async () => {
      while (!stop) ended += (await runOnPostgres(url, endOthers)).length;
    })();
    const outcomes = await Promise.all(Array.from({ length: 6 }, (_, worker) => pairs(db, worker)));
    stop = true;
    await ending;
    const kept = new Set((await db.selectFrom('things').select('name').execute()).map(({ name }) => name));
    for (const { name, done } of outcomes.flat()) {
      expect(kept.has(`${name} a`)).toBe(kept.has(`${name} b`));
      if (done) expect(kept.has(`${name} a`)).toBe(true);
    }
    expect(ended).toBeGreaterThan(0);
  });

  test('a server that is killed is told as trouble, and work goes on once it is back, without a restart of ours', async () => {
    if (!server.faults) return;
    const { database, db } = await open();
    await database.migrate('writer', [things]);
    await db.insertInto('things').values({ name: 'before' }).execute();
    await server.faults.kill();
    try {
      await expect(db.selectFrom('things').selectAll().execute()).rejects.toMatchObject(unavailable);
      expect(await database.trouble()).toMatch(/^the database at .+:\d+ does not answer \(ECONNREFUSED\)$/);
    } finally {
      await server.faults.restart();
    }
    await until(async () => (await database.trouble()) === null);
    expect(await db.selectFrom('things').selectAll().execute()).toEqual([{ name: 'before' }]);
  });

  test('a server that is paused is a time-out, its connections are not used again, and it can be left at any time', async () => {
    if (!server.faults) return;
    const { url, db } = await open({ limits: IMPATIENT });
    const { database: leaving, db: left } = await open({ url, limits: IMPATIENT });
    await Promise.all([sql`select 1`.execute(db), sql`select 1`.execute(left)]);
    await server.faults.pause();
    try {
      await leaving.close();
      await expect(sql`select 1`.execute(db)).rejects.toMatchObject({ kind: 'timeout', code: 'database_timeout' });
      await expect(sql`select 1`.execute(db)).rejects.toMatchObject({ kind: 'unavailable' });
    } finally {
      await server.faults.resume();
    }
    await until(async () => sql`select 1`.execute(db).then(() => true, () => false));
  });
}

/** Twenty times two rows in one transaction, until it is known or refused. */
async function pairs(db: Kysely<Tables>, worker: number): Promise<{ name: string; done: boolean }[]> {
  const outcomes = [];
  for (let index = 0; index < 20; index += 1) {
    const name = `${worker}-${index}`;
    const done = await db.transaction().execute(async (transaction) => {
      await transaction.insertInto('things').values({ name: `${name} a` }).execute();
      await transaction.insertInto('things').values({ name: `${name} b` }).execute();
    }).then(() => true, (error: unknown) => {
      expect(error).toMatchObject({ name: 'ServiceError', kind: 'unavailable' });
      return false;
    });
    outcomes.push({ name, done });
  }
  return outcomes;
}

function limitTests(server: PostgresServer, open: Open): void {
  test('a statement, a wait for a lock and an idle transaction all end, and the connection or a new one goes on', async () => {
    const { url, database, db } = await open({ limits: IMPATIENT });
    await database.migrate('writer', [things]);
    await db.insertInto('things').values({ name: 'a' }).execute();
    const late = { kind: 'timeout', code: 'database_timeout' };
    await expect(sql`select pg_sleep(5)`.execute(db)).rejects.toMatchObject(late);
    const idle = db.transaction().execute(async (transaction) => {
      await transaction.updateTable('things').set({ name: 'b' }).execute();
      await expect(db.updateTable('things').set({ name: 'c' }).execute()).rejects.toMatchObject(late);
      await until(async () => (await runOnPostgres(url, "select 1 from pg_stat_activity where state like 'idle in%' and datname = current_database()")).length === 0);
      await transaction.updateTable('things').set({ name: 'd' }).execute();
    });
    await expect(idle).rejects.toMatchObject({ name: 'ServiceError' });
    expect(await db.selectFrom('things').selectAll().execute()).toEqual([{ name: 'a' }]);
  });

  test('no more connections are opened than allowed, and who waits too long for one is told so', async () => {
    const { url, db } = await open({ limits: { ...IMPATIENT, connectMs: 2_000, statementMs: 10_000 } });
    const results = await Promise.allSettled(Array.from({ length: 9 }, () => sql`select pg_sleep(1.5)`.execute(db)));
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(3);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject(unavailable);
    expect(await idleOthers(url)).toBeLessThanOrEqual(3);
  });

  test('two that wait for each other are parted, one of them retryable', async () => {
    const { database, db } = await open({ url: await server.createDatabase() });
    await database.migrate('writer', [things]);
    await db.insertInto('things').values([{ name: 'a' }, { name: 'b' }]).execute();
    let ready = 0;
    const crossing = (first: string, second: string): Promise<void> => db.transaction().execute(async (transaction) => {
      const touch = (name: string) => transaction.updateTable('things').set({ name }).where('name', '=', name).execute();
      await touch(first);
      ready += 1;
      await until(() => ready === 2);
      await touch(second);
    });
    const results = await Promise.allSettled([crossing('a', 'b'), crossing('b', 'a')]);
    const [refused] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(refused).toMatchObject({ code: 'database_contended', options: { retryable: true } });
  });
}

function refusalTests(server: PostgresServer, open: Open): void {
  test('a wrong password, user or database is refused in words that name the setting and no secret, and is not worth a retry', async () => {
    for (const [part, value] of [['password', 'planted-secret'], ['username', 'planted-user'], ['pathname', '/no_such_database']] as const) {
      const url = new URL(server.url);
      url[part] = value;
      const { database, db } = await open({ url: url.href });
      const error = await sql`select 1`.execute(db).then(() => null, (caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'database_refused', options: { retryable: false } });
      await expect(database.migrate('writer', [things])).rejects.toMatchObject({ code: 'database_refused' });
      const words = `${String(error)} ${await database.trouble()} ${database.explain(error)}`;
      expect(words).toContain('LASTGOOD_DATABASE_URL');
      expect(words).not.toContain('planted');
    }
  });

  test('a server that is not there yet is told as trouble with where it was looked for; no URL shows its password', async () => {
    const port = await freePort();
    const { database } = await open({ url: `postgres://user:planted@127.0.0.1:${port}/database` });
    await expect(database.migrate('writer', [things])).rejects.toMatchObject(unavailable);
    expect(await database.trouble()).toBe(`the database at 127.0.0.1:${port} does not answer (ECONNREFUSED)`);
    expect(() => openPostgresDatabase({ url: 'postgres://user:planted@bad host:x/database' })).toThrow(/^The address of the database cannot be read; it is postgres:\/\/user:password@host:port\/database, with % escapes in the password\.$/);
  });
}

async function idleOthers(url: string): Promise<number> {
  return (await runOnPostgres(url, "select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'")).length;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const limit = performance.now() + 15_000; !(await condition());) {
    if (performance.now() > limit) throw new Error('what the test waits for did not happen');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
