import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely';
import { Pool, types, type PoolClient, type PoolConfig } from 'pg';
import type Cursor from 'pg-cursor';
import { bindable } from './bindable.js';
import { databaseErrors } from './database-errors.js';
import { endsConnection, postgresError } from './postgres-errors.js';

/** Bounds of everything that may wait. Milliseconds. */
export interface PostgresLimits {
  /** Until a connection is made, or one of the pool is free. */
  connectMs: number;
  /** The server ends a statement that takes longer. */
  statementMs: number;
  /** The server ends a statement that waits longer for a lock. */
  lockMs: number;
  /** The server ends a transaction in which nothing happens for longer. */
  idleInTransactionMs: number;
  /** A connection that nobody used for longer is closed. */
  idleMs: number;
  /** Connections at most. */
  connections: number;
}

/** A server that says nothing at all for this long after its own limit is gone. */
const SILENCE_MS = 5_000;
const LIFETIME_SECONDS = 1_800;
const INT8 = 20;

/** A pool of connections in the shape that Kysely takes: errors in our words, values as `bindable` says, counts as numbers, broken connections never given out again. */
export class BoundedPool implements PostgresPool {
  readonly #pool: Pool;
  readonly #clients = new WeakMap<PoolClient, CheckedClient>();

  constructor(connection: PoolConfig, private readonly limits: PostgresLimits) {
    this.#pool = new Pool({
      ...connection,
      application_name: 'lastgood',
      max: limits.connections,
      connectionTimeoutMillis: limits.connectMs,
      statement_timeout: limits.statementMs,
      lock_timeout: limits.lockMs,
      idle_in_transaction_session_timeout: limits.idleInTransactionMs,
      idleTimeoutMillis: limits.idleMs,
      maxLifetimeSeconds: LIFETIME_SECONDS,
      keepAlive: true,
      types: { getTypeParser: (id, format) => (id === INT8 && format !== 'binary' ? exactNumber : types.getTypeParser(id, format)) },
    });
    // Without listeners a connection that breaks would end the process: idle ones tell the pool, those in use tell nobody but their client.
    this.#pool.on('error', () => undefined);
    this.#pool.on('connect', (client) => void client.on('error', () => undefined));
  }

  get options(): object {
    return this.#pool.options;
  }

  async connect(): Promise<PostgresPoolClient> {
    try {
      const client = await this.#pool.connect();
      const known = this.#clients.get(client) ?? new CheckedClient(client, this.limits.statementMs + SILENCE_MS);
      this.#clients.set(client, known);
      return known;
    } catch (error) {
      throw postgresError(error);
    }
  }

  /** Closes every connection; a server that does not answer is waited for as long as for a connection. */
  async end(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.limits.connectMs);
    });
    await Promise.race([this.#pool.end(), limit]);
    clearTimeout(timer);
  }
}

class CheckedClient implements PostgresPoolClient {
  #broken = false;

  constructor(private readonly client: PoolClient, private readonly silenceMs: number) {}

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  query<R>(query: string | PostgresCursor<R>, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    return typeof query === 'string' ? this.#run<R>(query, parameters) : this.#walk(query);
  }

  release(destroy = false): void {
    this.client.release(destroy || this.#broken);
  }

  async #run<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    const values = parameters.map(bindable);
    return this.#checked(async () => {
      const { command, rowCount, rows } = await this.client.query(sql, values);
      return { command: command as PostgresQueryResult<R>['command'], rowCount: rowCount ?? 0, rows: rows as R[] };
    });
  }

  #walk<R>(query: PostgresCursor<R>): PostgresCursor<R> {
    const cursor = this.client.query(query as Cursor<R> & PostgresCursor<R>);
    return { read: (rows) => this.#checked(() => cursor.read(rows)), close: () => this.#checked(() => cursor.close()) };
  }

  /** `pg` has a limit of its own (`query_timeout`), which breaks connections on which a cursor was read: 8.23. */
  async #checked<T>(work: () => Promise<T>): Promise<T> {
    if (this.#broken) throw databaseErrors.unavailable(undefined);
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(databaseErrors.late(undefined)), this.silenceMs);
    });
    try {
      return await Promise.race([work(), silence]);
    } catch (error) {
      this.#broken ||= endsConnection(error);
      throw postgresError(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** int8 as a number, like SQLite gives it. */
function exactNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new RangeError('A whole number of the database is larger than 2^53.');
  return number;
}
