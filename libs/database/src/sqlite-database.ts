import { chmodSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { SqliteAdapter, SqliteDialect, type SqliteDatabase, type SqliteStatement } from 'kysely';
import { LRUCache } from 'lru-cache';
import { bindable } from './bindable.js';
import { Database } from './database.js';
import { DataFolderUnusable } from './data-folder-lock.js';
import { databaseErrors } from './database-errors.js';

const STATEMENTS_KEPT = 256;
const BUSY_TIMEOUT_MS = 5000;

/**
 * Opens or creates an SQLite file (or `:memory:`) through Node's own driver: WAL, durable at every commit, foreign keys checked,
 * 5 s of patience with a locked file, readable for its owner only. Booleans are stored as 0 and 1. Throws `DataFolderUnusable` when the file is no database or cannot be opened.
 */
export function openSqliteDatabase(file: string): Database {
  const connection = opened(file);
  if (file !== ':memory:') chmodSync(file, 0o600);
  return new Database('sqlite', new NodeSqliteDialect({ database: nodeSqlite(connection) }));
}

function opened(file: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    return connection;
  } catch (error) {
    connection?.close();
    throw new DataFolderUnusable(NO_DATABASE.has(codeOf(error))
      ? `${file} is damaged or no SQLite database. Put it back from a backup; or move it away and start again: a new one is made, and snapshots are not touched.`
      : `${file} cannot be opened (${error instanceof Error ? error.message : 'unknown error'}). Look whether the disk is full and whether this user may write there; leave the file where it is.`, error);
  }
}

/** Kysely's own, but told that SQLite rolls back changes of tables too, so that migrations are all or nothing. */
class NodeSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalSqliteAdapter();
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

function nodeSqlite(connection: DatabaseSync): SqliteDatabase {
  const kept = new LRUCache<string, SqliteStatement>({ max: STATEMENTS_KEPT });
  return {
    close: () => connection.close(),
    prepare: (sql) => {
      let statement = kept.get(sql);
      if (statement === undefined) kept.set(sql, (statement = keptStatement(connection, sql)));
      return statement;
    },
  };
}

function keptStatement(connection: DatabaseSync, sql: string): SqliteStatement {
  const statement: StatementSync = explained(() => connection.prepare(sql));
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => explained(() => statement.all(...parameters.map(bindable))),
    // Out of room SQLite has rolled back by itself; to say so again would hide the reason.
    run: (parameters) => (sql === 'rollback' && !connection.isTransaction ? { changes: 0, lastInsertRowid: 0 } : explained(() => statement.run(...parameters.map(bindable)))),
    // A statement of its own: two walks of one query must not share a cursor.
    iterate: (parameters) => connection.prepare(sql).iterate(...parameters.map(bindable)),
  };
}

/** Extended result codes (sqlite.org/rescode.html). */
const CONSTRAINT_PRIMARY_KEY = 1555;
const CONSTRAINT_UNIQUE = 2067;
const BUSY = 5;
const FULL = 13;
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const NO_DATABASE = new Set([11, 26]);

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = codeOf(error);
    if (code === CONSTRAINT_PRIMARY_KEY || code === CONSTRAINT_UNIQUE) throw databaseErrors.taken(error);
    if (code === FULL) throw databaseErrors.full(error);
    if ((code & 0xff) === BUSY) throw databaseErrors.unavailable(error);
    throw error;
  }
}

/** SQLite's extended result code, 0 when it is none of its errors. */
function codeOf(error: unknown): number {
  return typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) : 0;
}
