import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { databaseSuite } from './database-suite.js';
import { DataFolderUnusable, openSqliteDatabase, type Database } from './index.js';

databaseSuite('an SQLite file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lastgood-database-'));
  const opened: Database[] = [];
  return {
    connect: async () => {
      const [last] = opened.slice(-1);
      if (last !== undefined && (await last.trouble()) === null) return last;
      const database = openSqliteDatabase(join(folder, 'test.sqlite'));
      opened.push(database);
      return database;
    },
    close: async () => {
      await Promise.all(opened.map((database) => database.close()));
      await rm(folder, { recursive: true });
    },
  };
});

test('an SQLite file is durable, checks foreign keys and is readable for its owner only', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lastgood-database-'));
  const file = join(folder, 'test.sqlite');
  const database = openSqliteDatabase(file);
  const pragma = async (name: string) => Object.values((await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(database.kysely())).rows[0] ?? {})[0];
  expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys'), await pragma('busy_timeout')]).toEqual(['wal', 2, 1, 5000]);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await sql`create table a (id integer primary key)`.execute(database.kysely());
  await sql`create table b (a integer references a (id))`.execute(database.kysely());
  await expect(sql`insert into b values (99)`.execute(database.kysely())).rejects.toThrow(/FOREIGN KEY/);
  await database.close();
  await rm(folder, { recursive: true });
});

test('an SQLite file without room says so, takes nothing of the transaction, and works again once there is room', async () => {
  const database = openSqliteDatabase(':memory:');
  const db = database.kysely<{ a: { text: string } }>();
  await sql`create table a (text text)`.execute(db);
  await sql`pragma max_page_count = 20`.execute(db);
  const tooMuch = db.transaction().execute(async (transaction) => {
    for (let row = 0; row < 100; row += 1) await transaction.insertInto('a').values({ text: 'x'.repeat(4000) }).execute();
  });
  await expect(tooMuch).rejects.toMatchObject({ code: 'database_full', options: { retryable: true } });
  expect(await db.selectFrom('a').selectAll().execute()).toEqual([]);
  await sql`pragma max_page_count = 1000`.execute(db);
  await db.insertInto('a').values({ text: 'room' }).execute();
  await database.close();
});

test('a file that is no SQLite database is refused with what to do, and stays as it is', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lastgood-database-'));
  const file = join(folder, 'test.sqlite');
  await writeFile(file, 'not a database '.repeat(100));
  expect(() => openSqliteDatabase(file)).toThrow(DataFolderUnusable);
  expect(() => openSqliteDatabase(file)).toThrow(/test\.sqlite is damaged or no SQLite database.*backup/);
  expect((await stat(file)).size).toBe(1500);
  await rm(folder, { recursive: true });
});

test('a file that cannot be opened is not taken for a damaged one, and nobody is told to move it away', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lastgood-database-'));
  expect(() => openSqliteDatabase(folder)).toThrow(/cannot be opened.*leave the file where it is/);
  await rm(folder, { recursive: true });
});
