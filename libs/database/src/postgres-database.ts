import { Kysely, PostgresDialect } from 'kysely';
import type { PoolConfig } from 'pg';
import Cursor from 'pg-cursor';
import { parseIntoClientConfig } from 'pg-connection-string';
import { Database } from './database.js';
import { BoundedPool, type PostgresLimits } from './postgres-pool.js';

/** How long anything may take, unless told otherwise. */
export const POSTGRES_LIMITS: PostgresLimits = { connectMs: 5_000, statementMs: 15_000, lockMs: 5_000, idleInTransactionMs: 30_000, idleMs: 30_000, connections: 10 };

/** Migrations may rewrite a table, and wait for those of another process. */
const MIGRATION_LIMITS: Partial<PostgresLimits> = { statementMs: 600_000, lockMs: 30_000, connections: 2 };

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with the parameters of libpq's connection URIs that `pg` knows, as `sslmode`. */
  url: string;
  limits?: Partial<PostgresLimits>;
}

/**
 * The database of a PostgreSQL server. Connects with the first query; a lost connection costs the queries under way (`unavailable`, retryable) and no
 * other. Transactions are READ COMMITTED: whoever changes a row says what must still hold, and looks at what came back.
 */
export function openPostgresDatabase({ url, limits = {} }: PostgresOptions): Database {
  const connection = connectionOf(url);
  const dialect = (bounds: PostgresLimits): PostgresDialect => new PostgresDialect({ pool: new BoundedPool(connection, bounds), cursor: Cursor });
  const bounds = { ...POSTGRES_LIMITS, ...limits };
  return new Database('postgresql', dialect(bounds), {
    tried: `${connection.host ?? 'localhost'}:${connection.port ?? 5432}`,
    forMigrations: () => new Kysely<unknown>({ dialect: dialect({ ...bounds, ...MIGRATION_LIMITS }) }),
  });
}

/** Throws without repeating the URL, which holds a password. */
function connectionOf(url: string): PoolConfig {
  try {
    return parseIntoClientConfig(url);
  } catch {
    throw new TypeError('The address of the database cannot be read; it is postgres://user:password@host:port/database, with % escapes in the password.');
  }
}
