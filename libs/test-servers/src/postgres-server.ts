import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startPostgresContainer } from './postgres-container.js';
import { startPostgresProgram } from './postgres-program.js';
import { type Faults, ServerUnavailable } from './server.js';
import { givenPostgres } from './settings.js';

/** A real PostgreSQL server for one test file. */
export interface PostgresServer {
  /** Where it came from; only containers and processes have `faults`. */
  from: 'address' | 'container' | 'process';
  /** `postgres://user:password@host:port/database` of a user who may create databases and end the connections of others. */
  url: string;
  faults: Faults | undefined;
  /** Makes an empty database of a new name, dropped with the server or at `stop`; its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** What a private server is made with. */
export interface PostgresCredentials {
  user: string;
  password: string;
}

export type RunningPostgres = Pick<PostgresServer, 'url' | 'faults' | 'stop'>;

/** Takes the server that the environment names, else a container, else the programs of this machine; `ServerUnavailable` when there is none. */
export async function startPostgres(): Promise<PostgresServer> {
  const given = givenPostgres();
  if (given !== undefined) return withDatabases('address', { url: given, faults: undefined, stop: async () => {} });
  const credentials = newCredentials();
  const tried = ['LASTGOOD_TEST_POSTGRES_URL is not set'];
  const container = await startPostgresContainer(credentials);
  if ('url' in container) return withDatabases('container', container);
  tried.push(container.reason);
  const program = await startPostgresProgram(credentials);
  if ('url' in program) return withDatabases('process', program);
  tried.push(program.reason);
  throw new ServerUnavailable('a PostgreSQL server', tried);
}

/** True when the server takes this user and answers a query. */
export async function postgresAnswers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000, query_timeout: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    void client.end().catch(() => undefined);
  }
}

/** Runs statements one after the other on a connection of their own. */
export async function runOnPostgres(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

/** A user that nobody guesses. */
export function newCredentials(): PostgresCredentials {
  return { user: `test_${randomBytes(6).toString('hex')}`, password: randomBytes(20).toString('hex') };
}

/** A running server, with databases to be made on it. */
export function withDatabases(from: PostgresServer['from'], running: RunningPostgres): PostgresServer {
  const made: string[] = [];
  return {
    from, ...running,
    createDatabase: async () => {
      const name = `lg_${randomBytes(6).toString('hex')}`;
      await runOnPostgres(running.url, `create database ${name}`);
      made.push(name);
      const url = new URL(running.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    stop: async () => {
      if (from === 'address') for (const name of made) await runOnPostgres(running.url, `drop database if exists ${name} with (force)`);
      await running.stop();
    },
  };
}
