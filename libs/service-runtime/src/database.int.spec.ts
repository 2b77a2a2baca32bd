import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { Database, type OwnedMigration } from '@lastgood/database';
import { describeWithServer, freePort, runOnPostgres, startPostgres, type PostgresServer } from '@lastgood/test-servers';
import { z } from 'zod';
import { migrateBack } from './migrate-back.js';
import { startServices, type RunningServices, type ServiceDefinition } from './index.js';

interface Tables {
  things: { name: string };
}

const things: OwnedMigration = {
  name: '001-things',
  up: (db) => db.schema.createTable('things').addColumn('name', 'text', (column) => column.primaryKey()).execute(),
  down: (db) => db.schema.dropTable('things').execute(),
};

@Controller()
class Things {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Get('api/v1/things')
  list() {
    return this.database.kysely<Tables>().selectFrom('things').selectAll().execute();
  }

  @Get('api/v1/plain')
  plain() {
    return { plain: true };
  }

  @EventPattern<string>('run.changed')
  changed(): void {}
}

@Module({ controllers: [Things] })
class GatewayModule {}

const running: RunningServices[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const services of running.splice(0)) await services.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

let listening = 0;
const gateway: ServiceDefinition = {
  name: 'gateway',
  config: z.object({}),
  module: () => GatewayModule,
  migrations: [things],
  listening: async (app) => {
    await app.get(Database).kysely<Tables>().insertInto('things').values({ name: 'made when it listened' }).execute();
    listening += 1;
  },
};

async function start(database: string): Promise<{ get(path: string): Promise<{ status: number; body: unknown }>; log(): Promise<string> }> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgood-runtime-'));
  folders.push(folder);
  const services = await startServices([gateway], { embedded: true, environment: { PORT: '0', LASTGOOD_DATA_DIR: folder, LASTGOOD_DATABASE_URL: database, LASTGOOD_WRITER_URL: 'http://127.0.0.1:9', LASTGOOD_SEARCH_URL: 'http://127.0.0.1:9' } });
  running.push(services);
  return {
    get: async (path) => {
      const answer = await fetch(new URL(path, services.urls.gateway));
      return { status: answer.status, body: await answer.json() };
    },
    log: () => readFile(join(folder, 'lastgood.log'), 'utf8'),
  };
}

const troubleIn = (body: unknown): unknown => (body as { dependencies: { name: string; trouble: string | null }[] }).dependencies.find(({ name }) => name === 'database')?.trouble;

await describeWithServer('a service with PostgreSQL', startPostgres, (server) => {
  beforeEach(() => {
    listening = 0;
  });

  test('that is not there yet starts, says so, answers what needs no database, and works as soon as it is there', async () => {
    if (!server.faults) return;
    const url = await server.createDatabase();
    await server.faults.kill();
    try {
      const { get, log } = await start(url);
      expect(await get('/api/v1/plain')).toEqual({ status: 200, body: { plain: true } });
      expect(await get('/api/v1/things')).toMatchObject({ status: 503, body: { code: 'tables_not_ready', retryable: true, retryAfterSeconds: 1 } });
      const ready = await get('/readyz');
      expect(ready.status).toBe(200);
      expect(troubleIn(ready.body)).toMatch(/^the database at .+:\d+ does not answer \(ECONNREFUSED\); LASTGOOD_DATABASE_URL says where it is$/);
      expect(listening).toBe(0);
      await server.faults.restart();
      await until(async () => (await get('/api/v1/things')).status === 200);
      await until(() => listening === 1);
      expect((await get('/api/v1/things')).body).toEqual([{ name: 'made when it listened' }]);
      expect(troubleIn((await get('/readyz')).body)).toBeNull();
      expectNoSecret(await log(), server);
    } finally {
      if ((await runOnPostgres(server.url, 'select 1').catch(() => [])).length === 0) await server.faults.restart();
    }
  });

  test('that goes away and comes back says so meanwhile', async () => {
    if (!server.faults) return;
    const { get, log } = await start(await server.createDatabase());
    expect((await get('/api/v1/things')).status).toBe(200);
    await server.faults.kill();
    try {
      expect(await get('/api/v1/things')).toMatchObject({ status: 503, body: { code: 'database_unavailable', retryable: true } });
      expect(troubleIn((await get('/readyz')).body)).toContain('does not answer');
    } finally {
      await server.faults.restart();
    }
    expect((await get('/api/v1/things')).status).toBe(200);
    expect(troubleIn((await get('/readyz')).body)).toBeNull();
    expectNoSecret(await log(), server);
  });

  test('that refuses its password does not start, and says what to do', async () => {
    const wrong = new URL(server.url);
    wrong.password = 'planted-password';
    const failure = await start(wrong.href).then(() => '', (error: unknown) => String(error));
    expect(failure).toMatch(/^DatabaseRefused: Lastgood cannot start: the database at .+:\d+ refuses user, password or database name \(28P01\); see LASTGOOD_DATABASE_URL\.$/);
    const program = `
      import { run } from ${JSON.stringify(new URL('./index.js', import.meta.url).href)};
      import { z } from 'zod';
      await run([{ name: 'gateway', config: z.object({}), module: () => class {}, migrations: [] }], { embedded: true });
    `;
    const folder = await mkdtemp(join(tmpdir(), 'lastgood-runtime-'));
    folders.push(folder);
    const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', program], { env: { PATH: process.env['PATH'], PORT: '0', LASTGOOD_DATA_DIR: folder, LASTGOOD_DATABASE_URL: wrong.href }, cwd: import.meta.dirname });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]) as [string, [number]];
    expect([code, said.trim().split('\n').length]).toEqual([1, 1]);
    expect(said).toContain('LASTGOOD_DATABASE_URL');
    expect(said).not.toContain('planted');
  });

  test('that refuses it only once it is there is asked a few times, not for ever', async () => {
    const port = await freePort();
    const { get } = await start(`postgres://nobody:planted@127.0.0.1:${port}/none`);
    expect(troubleIn((await get('/readyz')).body)).toContain('ECONNREFUSED');
    const relay = await relayTo(server, port);
    try {
      await until(async () => String(troubleIn((await get('/readyz')).body)).includes('start this process again'), 40_000);
      const made = relay.connections();
      for (let round = 0; round < 10; round += 1) expect(troubleIn((await get('/readyz')).body)).toContain('28P01');
      expect(relay.connections()).toBe(made);
    } finally {
      relay.close();
    }
  }, 60_000);

  test('is taken back to the tables of an older version, and forward again by the next start of the newer one', async () => {
    const url = await server.createDatabase();
    const colours: OwnedMigration = {
      name: '002-colours',
      up: (db) => db.schema.alterTable('things').addColumn('colour', 'text').execute(),
      down: (db) => db.schema.alterTable('things').dropColumn('colour').execute(),
    };
    const newer: ServiceDefinition = { name: 'gateway', config: z.object({}), module: () => GatewayModule, migrations: [things, colours] };
    const folder = await mkdtemp(join(tmpdir(), 'lastgood-runtime-'));
    folders.push(folder);
    const environment = { PORT: '0', LASTGOOD_DATA_DIR: folder, LASTGOOD_DATABASE_URL: url, LASTGOOD_WRITER_URL: 'http://127.0.0.1:9', LASTGOOD_SEARCH_URL: 'http://127.0.0.1:9' };
    const applied = async (): Promise<unknown[]> => (await runOnPostgres(url, 'select name from migrations_gateway order by name')).map(({ name }) => name);
    const startOnce = async (definition: ServiceDefinition): Promise<boolean> => (await startServices([definition], { embedded: true, environment })).close();
    await startOnce(newer);
    await expect(startOnce({ ...newer, migrations: [things] })).rejects.toThrow();
    await migrateBack([newer], 'gateway/001-things', environment, true);
    expect(await applied()).toEqual(['001-things']);
    await startOnce({ ...newer, migrations: [things] });
    await startOnce(newer);
    expect(await applied()).toEqual(['001-things', '002-colours']);
    await expect(migrateBack([newer], 'gateway/003-none', environment, true)).rejects.toThrow('name one of gateway/nothing, gateway/001-things, gateway/002-colours');
  });

  test('is prepared once when many start at the same time', async () => {
    const url = await server.createDatabase();
    const results = await Promise.allSettled([start(url), start(url), start(url)]);
    // Each one's first insert is the same row: one makes it, the others hear of it. What counts is that no migration failed.
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'already_exists' });
    expect(await runOnPostgres(url, 'select name from migrations_gateway')).toEqual([{ name: '001-things' }]);
  });
});

async function relayTo(server: PostgresServer, port: number): Promise<{ close(): void; connections(): number }> {
  const { createServer, connect } = await import('node:net');
  const { hostname, port: to } = new URL(server.url);
  let connections = 0;
  const relay = createServer((client) => {
    connections += 1;
    const behind = connect(Number(to), hostname);
    client.on('error', () => behind.destroy()).pipe(behind);
    behind.on('error', () => client.destroy()).pipe(client);
  });
  relay.listen(port, '127.0.0.1');
  await once(relay, 'listening');
  return { close: () => void relay.close(), connections: () => connections };
}

function expectNoSecret(log: string, server: PostgresServer): void {
  expect(log).not.toContain(new URL(server.url).password);
}

async function until(condition: () => boolean | Promise<boolean>, withinMs = 15_000): Promise<void> {
  for (const limit = performance.now() + withinMs; !(await condition());) {
    if (performance.now() > limit) throw new Error('what the test waits for did not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
