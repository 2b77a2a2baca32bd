import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { InjectionToken } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { ServiceName } from '@lastgood/contracts';
import { Database } from '@lastgood/database';
import { EventBus, RabbitEventBus } from '@lastgood/event-bus';
import { ObjectStore } from '@lastgood/object-store';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { openAdapters, type Adapters } from './adapters.js';
import { Clock } from './clock.js';
import type { ConfigurationProblem } from './configuration-error.js';
import { CrashFolder, CrashPoints } from './crash-points.js';
import { diskTrouble } from './disk-trouble.js';
import { Districts } from './districts.js';
import { KeptFolder } from './kept-folder.js';
import { LocalFolder } from './local-folder.js';
import { Log } from './log.js';
import { openLog } from './open-log.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';
import type { Route } from './routes.js';
import { RuntimeModule } from './runtime-module.js';
import type { RuntimeSettings } from './runtime-settings.js';
import { Secrets, type Environment } from './secrets.js';
import { makeServiceApp } from './service-app.js';
import { addressesIn, ServiceAddresses } from './service-addresses.js';
import type { ServiceDefinition } from './service-definition.js';
import { readSettings, type ConfiguredService, type Settings } from './settings.js';
import { SystemClock } from './system-clock.js';
import { TablePreparation } from './table-preparation.js';
import { StderrTerminal, Terminal } from './terminal.js';

export interface RunOptions {
  /** All services share this process, with in-process events and without any server beside it. */
  embedded?: boolean;
  /** Instead of the environment of the process. */
  environment?: Environment;
  clock?: Clock;
  terminal?: Terminal;
  /** What is wrong with configuration that the caller read itself; told together with the rest. */
  problems?: readonly ConfigurationProblem[];
  /** Instead of stdout (one service) or `lastgood.log` in the data folder (embedded). */
  log?: Log;
}

export interface RunningServices {
  /** Where each service answers. */
  urls: Partial<Record<ServiceName, URL>>;
  /** Every route of each service, as Fastify knows it. */
  routes: Partial<Record<ServiceName, readonly Route[]>>;
  addresses: ServiceAddresses;
  districts: Districts;
  /** Absolute path of the data folder. */
  dataFolder: string;
  /** Takes no further request or event, lets work under way end, and closes everything; false when that took longer than allowed. Safe to call twice. */
  close(): Promise<boolean>;
}

interface Process {
  settings: Settings;
  adapters: Adapters;
  tables: TablePreparation;
  addresses: ServiceAddresses;
  clock: Clock;
  log: Log;
  processMetrics: Registry;
  /** The same for every service. */
  shared: ReadonlyMap<InjectionToken, unknown>;
  embedded: boolean;
}

/** As `run`, but throws `ConfigurationError` or `DataFolderInUse`, and neither listens to signals nor ends the process. */
export async function startServices(services: readonly ServiceDefinition[], options: RunOptions = {}): Promise<RunningServices> {
  const embedded = options.embedded ?? false;
  const environment = options.environment ?? process.env;
  const settings = readSettings(services, environment, embedded, options.problems);
  const clock = options.clock ?? new SystemClock();
  const adapters = await openAdapters(settings, clock);
  const apps: NestFastifyApplication[] = [];
  let tables: TablePreparation | undefined;
  try {
    const started = prepare(settings, adapters, clock, environment, embedded, options);
    ({ tables } = started);
    const urls: RunningServices['urls'] = {};
    const routes: RunningServices['routes'] = {};
    // The gateway last: by then the others listen, and their addresses are known.
    const order = [...settings.services].sort((a, b) => Number(a.definition.name === 'gateway') - Number(b.definition.name === 'gateway'));
    for (const service of order) {
      const own: Route[] = [];
      const { app, url } = await startService(started, service, own);
      apps.push(app);
      urls[service.definition.name] = url;
      routes[service.definition.name] = own;
    }
    const close = once(() => stopWithin(settings.runtime.LASTGOOD_SHUTDOWN_SECONDS * 1000, () => closeAll(apps, adapters, started.tables), started.log));
    return { urls, routes, addresses: started.addresses, districts: settings.districts, dataFolder: settings.dataFolder, close };
  } catch (error) {
    await closeAll(apps, adapters, tables);
    throw error;
  }
}

function prepare(settings: Settings, adapters: Adapters, clock: Clock, environment: Environment, embedded: boolean, options: RunOptions): Process {
  const { runtime, districts, dataFolder } = settings;
  const log = options.log ?? openLog(runtime.LASTGOOD_LOG_LEVEL, embedded ? join(dataFolder, 'lastgood.log') : null);
  const addresses = new ServiceAddresses(runtime.LASTGOOD_INTERNAL_TOKEN ?? randomBytes(32).toString('base64url'), {
    writer: addressesIn(runtime.LASTGOOD_WRITER_URL ?? '') ?? [], search: addressesIn(runtime.LASTGOOD_SEARCH_URL ?? '') ?? [],
    fetcher: addressesIn(runtime.LASTGOOD_FETCHER_URL ?? '') ?? [],
  });
  if (adapters.bus instanceof RabbitEventBus) adapters.bus.reportTo(log);
  const processMetrics = new Registry();
  collectDefaultMetrics({ register: processMetrics });
  const shared = new Map<InjectionToken, unknown>([
    [Clock, clock], [EventBus, adapters.bus], [ObjectStore, adapters.store], [Database, adapters.database], [Districts, districts], [ServiceAddresses, addresses],
    [Secrets, new Secrets(environment)], [CrashPoints, runtime.LASTGOOD_CRASH_FOLDER === undefined ? new CrashPoints() : new CrashFolder(runtime.LASTGOOD_CRASH_FOLDER)], [Terminal, options.terminal ?? new StderrTerminal()],
  ]);
  return { settings, adapters, tables: new TablePreparation(adapters.database, clock, log), addresses, clock, log, processMetrics, shared, embedded };
}

async function startService(started: Process, service: ConfiguredService, routes: Route[]): Promise<{ app: NestFastifyApplication; url: URL }> {
  const { settings, adapters, addresses, shared, tables } = started;
  const { name, migrations = null } = service.definition;
  const prepared = migrations === null || (await tables.prepare({ name, migrations }));
  const log = started.log.with({ service: name });
  const metrics = new Metrics();
  const readiness = new Readiness((variable) => settings.runtime[variable as keyof RuntimeSettings] !== undefined);
  readiness.register('events', () => adapters.bus.trouble(), { variable: 'LASTGOOD_BROKER_URL' });
  if (migrations) readiness.register('database', () => tables.trouble(), { variable: 'LASTGOOD_DATABASE_URL' });
  readiness.register('disk', () => diskTrouble(settings.dataFolder));
  const [folder, kept] = [join(settings.dataFolder, 'local', name), join(settings.dataFolder, 'kept', name)];
  for (const each of [folder, kept]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const runtime = RuntimeModule.of(new Map([...shared, [Log, log], [Metrics, metrics], [Readiness, readiness], [LocalFolder, new LocalFolder(folder)], [KeptFolder, new KeptFolder(kept)]]));
  const app = await makeServiceApp({ service, runtime, bus: adapters.bus, log, metrics, processMetrics: started.processMetrics, readiness, internalToken: addresses.internalToken, routes, trustedProxies: settings.runtime.LASTGOOD_TRUSTED_PROXIES });
  const url = await listen(app, portOf(name, started), name === 'gateway' || !started.embedded ? settings.runtime.LASTGOOD_HOST : '127.0.0.1');
  if (name !== 'gateway') addresses.learn(name, url);
  await tables.afterwards({ name, migrations: migrations ?? [] }, prepared, async () => service.definition.listening?.(app)).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  log.info('the service listens', { port: Number(url.port) });
  return { app, url };
}

const PORTS_ALONE = { fetcher: 8081, writer: 8082, search: 8083 };

function portOf(name: ServiceName, { settings: { runtime }, embedded }: Process): number {
  if (name === 'gateway') return runtime.PORT;
  const given = { fetcher: runtime.LASTGOOD_FETCHER_PORT, writer: runtime.LASTGOOD_WRITER_PORT, search: runtime.LASTGOOD_SEARCH_PORT }[name];
  return given ?? (embedded ? 0 : PORTS_ALONE[name]);
}

async function listen(app: NestFastifyApplication, port: number, host: string): Promise<URL> {
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close();
    throw error;
  }
  const address = app.getHttpServer().address();
  const bound = address !== null && typeof address === 'object' ? address.port : port;
  return new URL(`http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${bound}`);
}

async function closeAll(apps: readonly NestFastifyApplication[], adapters: Adapters, tables: TablePreparation | undefined): Promise<void> {
  await tables?.close();
  // The gateway, which started last, goes first: nothing new comes in while the others finish.
  for (const app of [...apps].reverse()) {
    // Event handlers under way end before the framework takes their service apart.
    await Promise.all(app.getMicroservices().map((server) => server.close()));
    await app.close();
  }
  await adapters.close();
}

async function stopWithin(limitMs: number, stop: () => Promise<void>, log: Log): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, limitMs, false);
  });
  try {
    const inTime = await Promise.race([stop().then(() => true), limit]);
    if (!inTime) log.warn('the process stops although work is still under way', { waitedMs: limitMs });
    return inTime;
  } finally {
    clearTimeout(timer);
  }
}

function once<T>(action: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= action());
}
