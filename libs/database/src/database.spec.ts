import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql, type Generated } from 'kysely';
import { Database, openSqliteDatabase, type OwnedMigration } from './index.js';

interface Tables {
  things: { id: Generated<number>; name: string; good: number | boolean; bytes: Uint8Array | null };
  parts: { thing: number };
}

const things: OwnedMigration = {
  name: '001-things',
  up: (db) => db.schema.createTable('things').addColumn('id', 'integer', (column) => column.primaryKey()).addColumn('name', 'text', (column) => column.notNull().unique())
    .addColumn('good', 'integer').addColumn('bytes', 'blob').execute(),
  down: (db) => db.schema.dropTable('things').execute(),
};
const parts: OwnedMigration = {
  name: '002-parts',
  up: (db) => db.schema.createTable('parts').addColumn('thing', 'integer', (column) => column.references('things.id')).execute(),
  down: (db) => db.schema.dropTable('parts').execute(),
};

let folder: string;
let database: Database;
const file = (): string => join(folder, 'test.sqlite');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastgood-database-'));
  database = openSqliteDatabase(file());
});

afterEach(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

async function tableNames(): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from sqlite_master where type = 'table' order by name`.execute(database.kysely());
  return rows.map(({ name }) => name);
}

describe('a database', () => {
  test('is durable, checks foreign keys and is readable for its owner only', async () => {
    await database.migrate('writer', [things, parts]);
    const pragma = async (name: string) => Object.values((await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(database.kysely())).rows[0] ?? {})[0];
    expect([await pragma('journal_mode'), await pragma('synchronous'), await pragma('foreign_keys'), await pragma('busy_timeout')]).toEqual(['wal', 2, 1, 5000]);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    await expect(database.kysely<Tables>().insertInto('parts').values({ thing: 99 }).execute()).rejects.toThrow(/FOREIGN KEY/);
  });

  test('gives back what was put in, with booleans as 0 and 1, and tells ids and counts', async () => {
    await database.migrate('writer', [things]);
    const db = database.kysely<Tables>();
    const inserted = await db.insertInto('things').values({ name: 'Ω', good: true, bytes: Uint8Array.of(1, 2) }).executeTakeFirstOrThrow();
    expect(inserted.insertId).toBe(1n);
    expect(await db.insertInto('things').values({ name: 'b', good: false, bytes: null }).returning('id').execute()).toEqual([{ id: 2 }]);
    expect((await db.updateTable('things').set({ good: 1 }).executeTakeFirstOrThrow()).numUpdatedRows).toBe(2n);
    expect(await db.selectFrom('things').select(['name', 'good', 'bytes']).orderBy('id').execute()).toEqual([{ name: 'Ω', good: 1, bytes: Uint8Array.of(1, 2) }, { name: 'b', good: 1, bytes: null }]);
    await expect(db.selectFrom('things').selectAll().where('name', '=', undefined as unknown as string).execute()).rejects.toThrow('SQLite stores no undefined');
  });

  test('streams a query twice at once', async () => {
    await database.migrate('writer', [things]);
    const db = database.kysely<Tables>();
    await db.insertInto('things').values(['a', 'b', 'c'].map((name) => ({ name, good: 0, bytes: null }))).execute();
    const walk = async (): Promise<string[]> => {
      const names: string[] = [];
      for await (const { name } of db.selectFrom('things').select('name').orderBy('name').stream()) names.push(name);
      return names;
    };
    expect(await Promise.all([walk(), walk()])).toEqual([['a', 'b', 'c'], ['a', 'b', 'c']]);
  });

  test('keeps two transactions apart, and rolls back all of one that fails', async () => {
    await database.migrate('writer', [things]);
    const db = database.kysely<Tables>();
    const insert = (name: string, fails: boolean) => db.transaction().execute(async (transaction) => {
      await transaction.insertInto('things').values({ name, good: 0, bytes: null }).execute();
      await new Promise(setImmediate);
      if (fails) throw new Error('no');
    });
    const results = await Promise.allSettled([insert('a', true), insert('b', false), insert('c', true)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(await db.selectFrom('things').select('name').execute()).toEqual([{ name: 'b' }]);
  });

  test('says when it does not answer any more', async () => {
    expect(await database.trouble()).toBeNull();
    await database.close();
    expect(await database.trouble()).toContain('does not answer');
  });

  test('keeps everything over a restart', async () => {
    await database.migrate('writer', [things]);
    await database.kysely<Tables>().insertInto('things').values({ name: 'a', good: 0, bytes: null }).execute();
    await database.close();
    database = openSqliteDatabase(file());
    expect(await database.kysely<Tables>().selectFrom('things').select('name').execute()).toEqual([{ name: 'a' }]);
  });
});

describe('migrations', () => {
  test('go forward once and back again', async () => {
    await database.migrate('writer', [things]);
    await database.migrate('writer', [things, parts]);
    await database.migrate('writer', [things, parts]);
    expect(await tableNames()).toEqual(['migrations_writer', 'migrations_writer_lock', 'parts', 'things']);
    await database.migrateBack('writer', [things, parts], '001-things');
    expect(await tableNames()).not.toContain('parts');
    await database.migrateBack('writer', [things, parts], null);
    expect(await tableNames()).toEqual(['migrations_writer', 'migrations_writer_lock']);
    await database.migrate('writer', [things, parts]);
    expect(await tableNames()).toContain('parts');
  });

  test('of two owners do not know of each other', async () => {
    await database.migrate('writer', [things]);
    await database.migrate('gateway', [{ ...parts, name: '001-parts' }]);
    await database.migrateBack('gateway', [{ ...parts, name: '001-parts' }], null);
    expect(await tableNames()).toContain('things');
  });

  test('that fail leave nothing behind and name the one that failed', async () => {
    const broken: OwnedMigration = {
      name: '002-broken',
      up: async (db) => {
        await db.schema.createTable('half').addColumn('id', 'integer').execute();
        throw new Error('no');
      },
      down: async () => undefined,
    };
    await expect(database.migrate('writer', [things, broken])).rejects.toThrow('The migration 002-broken of writer failed');
    expect(await tableNames()).not.toContain('half');
    await database.migrate('writer', [things, parts]);
    expect(await tableNames()).toContain('parts');
  });

  test('with the same name twice, or of an owner that is no name, are refused', async () => {
    await expect(database.migrate('writer', [things, things])).rejects.toThrow('same name');
    await expect(database.migrate('x; drop', [things])).rejects.toThrow('cannot own tables');
  });
});
