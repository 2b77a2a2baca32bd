import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { DistrictConfig, Manifest, type EventData, type EventEnvelope } from '@lastgood/contracts';
import { openSqliteDatabase, type Database } from '@lastgood/database';
import type { DatabaseMediumUnderTest } from '@lastgood/database/suite';
import { InProcessEventBus, type Subscription } from '@lastgood/event-bus';
import { DirectoryObjectStore, type ObjectStore } from '@lastgood/object-store';
import { Clock, CrashPoints, Districts, LocalFolder, Log, Metrics, Readiness, type LogFields } from '@lastgood/service-runtime';
import { LogReader, type LogState } from '@lastgood/snapshot-log';
import { InlineThread, type ThreadRole } from '../build/build-thread.js';
import type { OpenThread } from '../build/build-session.js';
import type { Versions } from '../commit/versions.js';
import { WriterConfig } from '../config.js';
import { isFinal } from '../runs/run-row.js';
import { writerMigrations, type RunsTable } from '../tables.js';
import { Writer } from '../writer.js';
import { FakeFetcher } from './fake-fetcher.js';
import type { MortalProcess } from './mortal.js';

const SHORT_MS = 2000;

/** Time that a test sets forward: short pauses pass by themselves, longer ones when the test has advanced the clock far enough. */
export class TestClock extends Clock {
  nowMs = Date.parse('2026-09-01T12:00:00.000Z');

  now(): number {
    return this.nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const until = this.nowMs + ms;
    do {
      await new Promise((resolve) => setTimeout(resolve, 5));
      signal?.throwIfAborted();
    } while (ms > SHORT_MS && this.nowMs < until);
  }

  advance(ms: number): void {
    this.nowMs += ms;
  }
}

export interface LogLine {
  level: string;
  message: string;
  fields: LogFields;
  error?: unknown;
}

/** Keeps every line. */
export class KeptLog extends Log {
  constructor(readonly lines: LogLine[] = [], private readonly fields: LogFields = {}) {
    super();
  }

  debug(message: string, fields?: LogFields): void { this.#keep('debug', message, fields); }
  info(message: string, fields?: LogFields): void { this.#keep('info', message, fields); }
  warn(message: string, fields?: LogFields): void { this.#keep('warn', message, fields); }
  error(message: string, error?: unknown, fields?: LogFields): void { this.#keep('error', message, fields, error); }

  with(fields: LogFields): Log {
    return new KeptLog(this.lines, { ...this.fields, ...fields });
  }

  #keep(level: string, message: string, fields?: LogFields, error?: unknown): void {
    this.lines.push({ level, message, fields: { ...this.fields, ...fields }, ...(error !== undefined && { error }) });
  }
}

/** One source `sis` of the district `north`; `source` overrides its configuration. */
export function districtsWith(source: Record<string, unknown> = {}, timeZone = 'UTC'): Districts {
  return new Districts([DistrictConfig.parse({
    id: 'north', name: 'North', timeZone,
    sources: [{ id: 'sis', kind: 'oneroster-1.1', baseUrl: 'https://upstream.invalid/ims/oneroster/v1p1', auth: { kind: 'none' }, ...source }],
  })]);
}

/** The district of `districtsWith` with two sources like its one, in this order. */
export function districtWithTwoSources(...ids: [string, string]): Districts {
  return new Districts(districtsWith({ schedule: 'off' }).all.map((district) => ({ ...district, sources: ids.flatMap((id) => district.sources.map((source) => ({ ...source, id }))) })));
}

/** So many districts like those of `districtsWith`. */
export function manyDistricts(count: number, source: Record<string, unknown>): Districts {
  const [district] = districtsWith(source).all;
  return new Districts(Array.from({ length: count }, (_, index) => DistrictConfig.parse({ ...district, id: `district-${index + 1}` })));
}

export interface KitOptions {
  districts?: Districts;
  /** An empty database that several writers may connect to; an SQLite file that they share when absent. */
  medium?: (() => Promise<DatabaseMediumUnderTest>) | undefined;
  store?: (store: ObjectStore) => ObjectStore;
  environment?: Record<string, string>;
  /** The process the writer lives in. */
  process?: MortalProcess;
  versions?: Versions;
  /** Real worker threads instead of the calling one. */
  workers?: boolean;
  /** Who does the roles of a build, instead of the calling thread. */
  openThread?: OpenThread;
}

/** An SQLite file of one process: every writer of the test shares its connection. */
async function sqliteIn(root: string): Promise<DatabaseMediumUnderTest> {
  const database = openSqliteDatabase(join(root, 'writer.db'));
  return { connect: async () => database, close: () => database.close() };
}

/** A writer on a directory, a database and an in-process bus, with a fake fetcher beside it. */
export class WriterKit {
  readonly place = { district: 'north', source: 'sis' };
  #subscription: Subscription | null = null;
  readonly #reader: LogReader;
  readonly changes: EventData<'run.changed'>[] = [];
  readonly published: EventData<'snapshot.published'>[] = [];
  readonly expired: EventData<'snapshot.expired'>[] = [];

  private constructor(
    readonly root: string, readonly database: Database, readonly bus: InProcessEventBus, readonly store: ObjectStore, readonly clock: TestClock,
    readonly log: KeptLog, readonly fetcher: FakeFetcher, readonly writer: Writer, readonly metrics: Metrics, readonly readiness: Readiness, private readonly medium: DatabaseMediumUnderTest, private readonly owned: boolean,
  ) {
    this.#reader = new LogReader(store, this.place);
  }

  static async open(options: KitOptions = {}): Promise<WriterKit> {
    const root = await mkdtemp(join(tmpdir(), 'lastgood-writer-'));
    const clock = new TestClock();
    const medium = await (options.medium?.() ?? sqliteIn(root));
    const database = await medium.connect();
    await database.migrate('writer', writerMigrations);
    const plain = await DirectoryObjectStore.open({ root: join(root, 'bucket'), now: () => clock.now() });
    const bus = new InProcessEventBus({ retryDelayMs: 1, maxRetryDelayMs: 5 });
    const store = options.store?.(plain) ?? plain;
    const fetcher = new FakeFetcher(bus, plain);
    await fetcher.start();
    return WriterKit.#assemble({ root, database, medium, bus, store, clock, fetcher, owned: true }, options);
  }

  /** Another writer on the same database, store and bus, as a second replica. Close it before the first. */
  async beside(options: KitOptions = {}): Promise<WriterKit> {
    const { root, medium, bus, store, clock, fetcher } = this;
    const database = await medium.connect();
    return WriterKit.#assemble({ root, database, medium, bus, store: options.store?.(store) ?? store, clock, fetcher, owned: false }, options);
  }

  static async #assemble(parts: { root: string; database: Database; medium: DatabaseMediumUnderTest; bus: InProcessEventBus; store: ObjectStore; clock: TestClock; fetcher: FakeFetcher; owned: boolean }, options: KitOptions): Promise<WriterKit> {
    const { root, database, medium, bus, store, clock, fetcher, owned } = parts;
    const log = new KeptLog();
    const metrics = new Metrics();
    const readiness = new Readiness();
    const folder = new LocalFolder(await mkdtemp(join(root, 'local-')));
    const mortal = options.process;
    const writer = new Writer({
      database: mortal?.database(database) ?? database, bus: mortal?.bus(bus) ?? bus, store: mortal?.store(store) ?? store, clock, log, metrics, readiness, folder, districts: options.districts ?? districtsWith({ schedule: 'off' }), crash: options.process?.crash ?? new CrashPoints(),
      ...(options.versions && { versions: options.versions }), ...(!options.workers && { openThread: options.openThread ?? ((role: ThreadRole) => new InlineThread(role)) }),
    }, WriterConfig.parse(options.environment ?? {}));
    const kit = new WriterKit(root, database, bus, store, clock, log, fetcher, writer, metrics, readiness, medium, owned);
    await kit.#listen();
    return kit;
  }

  async #listen(): Promise<void> {
    await this.writer.builds.start();
    await this.writer.fitness.look();
    this.#subscription = await this.bus.subscribe('writer', async (event) => this.#deliver(event));
    await this.bus.subscribe('gateway', async ({ type, data }) => {
      if (type === 'run.changed') this.changes.push(data as EventData<'run.changed'>);
    });
    await this.bus.subscribe('search', async ({ type, data }) => {
      if (type === 'snapshot.published') this.published.push(data as EventData<'snapshot.published'>);
      if (type === 'snapshot.expired') this.expired.push(data as EventData<'snapshot.expired'>);
    });
  }

  async #deliver({ type, data }: EventEnvelope): Promise<void> {
    const { events } = this.writer;
    switch (type) {
      case 'fetch.progress': return events.progress(data as EventData<'fetch.progress'>);
      case 'collection.fetched': return events.collectionFetched(data as EventData<'collection.fetched'>);
      case 'refresh.fetched': return events.refreshFetched(data as EventData<'refresh.fetched'>);
      case 'fetch.failed': return events.fetchFailed(data as EventData<'fetch.failed'>);
      case 'fetch.logged': return this.writer.lines.told(data as EventData<'fetch.logged'>);
      default: throw new Error(`The writer does not consume ${type}.`);
    }
  }

  /** Stops taking events: another writer beside this one is to do the work. */
  async pause(): Promise<void> {
    await this.#subscription?.stop();
    this.#subscription = null;
  }

  /** Asks for a refresh as a person would. */
  async ask(via: 'http' | 'cli' | 'schedule' = 'http'): Promise<string> {
    const { runs: [answer] } = await this.writer.requests.request({ district: 'north', source: 'sis', asker: { actor: 'key-1', via } });
    if (answer === undefined) throw new Error('no run');
    return answer.run.id;
  }

  /** Asks and waits for the end. */
  async refresh(via: 'http' | 'cli' | 'schedule' = 'http'): Promise<RunsTable> {
    return this.ended(await this.ask(via));
  }

  async ended(run: string): Promise<RunsTable> {
    return until(async () => {
      const row = await this.writer.runs.get(run);
      return row !== undefined && isFinal(row) ? row : null;
    });
  }

  logState(): Promise<LogState> {
    return this.#reader.poll();
  }

  /** Logical files of a snapshot, uncompressed, by name. */
  async files(folder: string): Promise<Map<string, Buffer>> {
    const manifest = Manifest.parse(JSON.parse((await this.store.read(`${folder}manifest.json`)).toString('utf8')));
    const files = new Map<string, Buffer>();
    for (const { name, key, encoding } of manifest.files) {
      const stored = await this.store.read(folder + key, 1024 ** 3);
      files.set(name, encoding === 'zstd' ? zstdDecompressSync(stored) : stored);
    }
    return files;
  }

  async close(): Promise<void> {
    await this.#subscription?.stop();
    await this.writer.stop();
    if (!this.owned) return;
    await this.fetcher.stop();
    await this.bus.close();
    await this.medium.close();
    await this.store.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Waits for a condition: asks again and again for up to 20 s of real time. */
export async function until<T>(ask: () => Promise<T | null> | T | null): Promise<T> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline;) {
    const answer = await ask();
    if (answer !== null) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('The condition did not come true within 20 s.');
}
