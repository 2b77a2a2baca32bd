import { sql, type Generated, type Kysely } from 'kysely';
import type { Database, OwnedMigration } from './index.js';

/** The medium under test: a file, or a database of a server. */
export interface DatabaseMediumUnderTest {
  /** One more process on the same data; an SQLite file belongs to one, so that it is always the same. */
  connect(): Promise<Database>;
  /** Closes every connection and forgets the data. */
  close(): Promise<void>;
}

interface Tables {
  things: { id: Generated<number>; name: string; good: number | boolean; bytes: Uint8Array | null };
  parts: { thing: number };
}

/** What every Database does, whatever its medium. Call it in a spec file with how to open an empty medium. */
export function databaseSuite(name: string, open: () => Promise<DatabaseMediumUnderTest>): void {
  describe(`P17 every catalogue adapter passes the same suite: ${name} as a database`, () => {
    let medium: DatabaseMediumUnderTest;
    let database: Database;

    beforeEach(async () => {
      medium = await open();
      database = await medium.connect();
    });

    afterEach(() => medium.close());

    queryTests(() => ({ database, medium }));
    concurrencyTests(() => ({ database, medium }));
    migrationTests(() => ({ database, medium }));
  });
}

type On = () => { database: Database; medium: DatabaseMediumUnderTest };

function thingsFor(database: Database): OwnedMigration {
  const bytes = database.kind === 'sqlite' ? sql`blob` : sql`bytea`;
  return {
    name: '001-things',
    up: (db) => db.schema.createTable('things').addColumn('id', 'integer', (column) => (database.kind === 'sqlite' ? column.primaryKey() : column.primaryKey().generatedByDefaultAsIdentity()))
      .addColumn('name', 'text', (column) => column.notNull().unique()).addColumn('good', 'integer').addColumn('bytes', bytes).execute(),
    down: (db) => db.schema.dropTable('things').execute(),
  };
}

const parts: OwnedMigration = {
  name: '002-parts',
  up: (db) => db.schema.createTable('parts').addColumn('thing', 'integer', (column) => column.references('things.id')).execute(),
  down: (db) => db.schema.dropTable('parts').execute(),
};

const thing = (name: string): { name: string; good: number; bytes: null } => ({ name, good: 0, bytes: null });

async function withThings({ database }: ReturnType<On>): Promise<Kysely<Tables>> {
  await database.migrate('writer', [thingsFor(database)]);
  return database.kysely<Tables>();
}

function queryTests(on: On): void {
  test('gives back what was put in, with booleans as 0 and 1, and tells counts as numbers', async () => {
    const db = await withThings(on());
    expect(await db.insertInto('things').values({ name: 'Ω', good: true, bytes: Uint8Array.of(1, 2) }).returning('id').execute()).toEqual([{ id: 1 }]);
    expect(await db.insertInto('things').values({ name: 'b', good: false, bytes: null }).returning('id').execute()).toEqual([{ id: 2 }]);
    expect((await db.updateTable('things').set({ good: 1 }).executeTakeFirstOrThrow()).numUpdatedRows).toBe(2n);
    const rows = await db.selectFrom('things').select(['name', 'good', 'bytes']).orderBy('id').execute();
    expect(rows.map(({ bytes, ...row }) => ({ ...row, bytes: bytes && [...bytes] }))).toEqual([{ name: 'Ω', good: 1, bytes: [1, 2] }, { name: 'b', good: 1, bytes: null }]);
    expect(await db.selectFrom('things').select(db.fn.countAll().as('count')).execute()).toEqual([{ count: 2 }]);
  });

  test('refuses what it cannot store instead of storing something else', async () => {
    const db = await withThings(on());
    for (const wrong of [undefined, new Date(0), { a: 1 }]) {
      await expect(db.selectFrom('things').selectAll().where('name', '=', wrong as unknown as string).execute()).rejects.toThrow('The database stores no');
    }
  });

  test('sorts ids and instants alike, whatever the language of the server', async () => {
    const db = await withThings(on());
    const names = ['01hzy3v7q4w5e6r7t8y9z0abcd', '01hzy3v7q4w5e6r7t8y9z0abc9', '01hzy3v7q4zzzzzzzzzzzzzzzz', '2026-09-01T12:00:00.000Z', '2026-09-01T12:00:00.001Z', '2026-10-01T00:00:00.000Z'];
    await db.insertInto('things').values(names.map(thing)).execute();
    const found = await db.selectFrom('things').select('name').orderBy('name').execute();
    expect(found.map(({ name }) => name)).toEqual([...names].sort());
    expect(await db.selectFrom('things').select('name').where('name', '<', '2026-09-01T12:00:00.001Z').where('name', '>', '2026').execute()).toEqual([{ name: '2026-09-01T12:00:00.000Z' }]);
  });

  test('streams a query twice at once', async () => {
    const db = await withThings(on());
    await db.insertInto('things').values(['a', 'b', 'c'].map(thing)).execute();
    const walk = async (): Promise<string[]> => {
      const names: string[] = [];
      for await (const { name } of db.selectFrom('things').select('name').orderBy('name').stream()) names.push(name);
      return names;
    };
    expect(await Promise.all([walk(), walk()])).toEqual([['a', 'b', 'c'], ['a', 'b', 'c']]);
  });

  test('what is there already is a conflict that says so without the value, and leaves a transaction of its own undone', async () => {
    const db = await withThings(on());
    await db.insertInto('things').values(thing('planted')).execute();
    const twice = db.transaction().execute(async (transaction) => {
      await transaction.insertInto('things').values(thing('b')).execute();
      await transaction.insertInto('things').values(thing('planted')).execute();
    });
    await expect(twice).rejects.toMatchObject({ name: 'ServiceError', kind: 'conflict', code: 'already_exists', message: expect.not.stringContaining('planted') as string });
    expect(await db.insertInto('things').values(thing('planted')).onConflict((conflict) => conflict.doNothing()).returning('id').execute()).toEqual([]);
    expect(await db.selectFrom('things').select('name').execute()).toEqual([{ name: 'planted' }]);
  });

  test('a programmer\'s error stays what it is', async () => {
    const db = await withThings(on());
    await expect(sql`select * from nowhere`.execute(db)).rejects.toMatchObject({ name: expect.not.stringContaining('ServiceError') as string });
    await expect(db.selectFrom('parts').selectAll().execute()).rejects.toThrow();
  });

  test('says when it does not answer any more', async () => {
    const { database } = on();
    expect(await database.trouble()).toBeNull();
    await database.close();
    expect(await database.trouble()).toContain('does not answer');
  });

  test('keeps everything over a restart', async () => {
    const { database, medium } = on();
    await (await withThings(on())).insertInto('things').values(thing('a')).execute();
    await database.close();
    const again = await medium.connect();
    expect(await again.kysely<Tables>().selectFrom('things').select('name').execute()).toEqual([{ name: 'a' }]);
  });
}

function concurrencyTests(on: On): void {
  test('keeps two transactions apart, and rolls back all of one that fails', async () => {
    const db = await withThings(on());
    const insert = (name: string, fails: boolean) => db.transaction().execute(async (transaction) => {
      await transaction.insertInto('things').values(thing(name)).execute();
      await new Promise(setImmediate);
      if (fails) throw new Error('no');
    });
    const results = await Promise.allSettled([insert('a', true), insert('b', false), insert('c', true)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(await db.selectFrom('things').select('name').execute()).toEqual([{ name: 'b' }]);
  });

  test('of many that create or change the same row at once, exactly one is told that it did', async () => {
    const { database, medium } = on();
    await withThings(on());
    const all = [database, await medium.connect()].map((each) => each.kysely<Tables>());
    const both = <T>(work: (db: Kysely<Tables>) => Promise<T[]>): Promise<T[]> => Promise.all(Array.from({ length: 20 }, (_, index) => work(all[index % 2] as Kysely<Tables>))).then((rows) => rows.flat());
    expect(await both((db) => db.insertInto('things').values(thing('one')).onConflict((conflict) => conflict.doNothing()).returning('id').execute())).toHaveLength(1);
    expect(await both((db) => db.updateTable('things').set({ good: 1 }).where('name', '=', 'one').where('good', '=', 0).returning('id').execute())).toHaveLength(1);
    expect(await both((db) => db.transaction().execute((transaction) => transaction.deleteFrom('things').where('name', '=', 'one').returning('id').execute()))).toHaveLength(1);
  });

  test('numbers that all count up at once lose none', async () => {
    const { database, medium } = on();
    const db = await withThings(on());
    await db.insertInto('things').values(thing('counter')).execute();
    const all = [database, await medium.connect()].map((each) => each.kysely<Tables>());
    await Promise.all(Array.from({ length: 30 }, (_, index) => (all[index % 2] as Kysely<Tables>).updateTable('things').set((set) => ({ good: set('good', '+', 1) })).execute()));
    expect(await db.selectFrom('things').select('good').execute()).toEqual([{ good: 30 }]);
  });
}

async function hasTable(database: Database, name: string): Promise<boolean> {
  return (await database.kysely().introspection.getTables({ withInternalKyselyTables: true })).some((table) => table.name === name);
}

function migrationTests(on: On): void {
  test('migrations go forward once and back again', async () => {
    const { database } = on();
    const things = thingsFor(database);
    await database.migrate('writer', [things]);
    await database.migrate('writer', [things, parts]);
    await database.migrate('writer', [things, parts]);
    for (const name of ['migrations_writer', 'parts', 'things']) expect(await hasTable(database, name)).toBe(true);
    await database.migrateBack('writer', [things, parts], '001-things');
    expect(await hasTable(database, 'parts')).toBe(false);
    await database.migrateBack('writer', [things, parts], null);
    expect(await hasTable(database, 'things')).toBe(false);
    await database.migrate('writer', [things, parts]);
    expect(await hasTable(database, 'parts')).toBe(true);
  });

  test('migrations of two owners do not know of each other', async () => {
    const { database } = on();
    const things = thingsFor(database);
    await database.migrate('writer', [things]);
    await database.migrate('gateway', [{ ...parts, name: '001-parts' }]);
    await database.migrateBack('gateway', [{ ...parts, name: '001-parts' }], null);
    expect([await hasTable(database, 'things'), await hasTable(database, 'parts')]).toEqual([true, false]);
  });

  test('migrations that fail leave nothing behind, name the one that failed, and until they succeed no query is served', async () => {
    const { database } = on();
    const things = thingsFor(database);
    const broken: OwnedMigration = {
      name: '002-broken',
      up: async (db) => {
        await db.schema.createTable('half').addColumn('id', 'integer').execute();
        throw new Error('no');
      },
      down: async () => undefined,
    };
    await expect(database.migrate('writer', [things, broken])).rejects.toThrow('The migration 002-broken of writer failed');
    await expect(database.kysely<Tables>().selectFrom('things').selectAll().execute()).rejects.toMatchObject({ code: 'tables_not_ready', kind: 'unavailable' });
    expect(await database.trouble()).toBe('the tables of writer are not prepared yet');
    await database.migrate('writer', [things, parts]);
    expect([await hasTable(database, 'half'), await hasTable(database, 'parts'), await database.trouble()]).toEqual([false, true, null]);
  });

  test('migrations of many processes at once are applied once', async () => {
    const { database, medium } = on();
    let applied = 0;
    const things = thingsFor(database);
    const counted: OwnedMigration = { ...things, up: (db) => {
      applied += 1;
      return things.up(db);
    } };
    const all = [database, ...(await Promise.all([medium.connect(), medium.connect(), medium.connect()]))];
    await Promise.all(all.map((each) => each.migrate('writer', [counted, parts])));
    expect([applied, await hasTable(database, 'parts')]).toEqual([1, true]);
  });

  test('migrations with the same name twice, or of an owner that is no name, are refused', async () => {
    const { database } = on();
    const things = thingsFor(database);
    await expect(database.migrate('writer', [things, things])).rejects.toThrow('same name');
    await expect(database.migrate('x; drop', [things])).rejects.toThrow('cannot own tables');
  });
}
