import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Database } from '@lastgood/database';
import type { EventBus } from '@lastgood/event-bus';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock, CrashPoints, Districts, LocalFolder, Log, Metrics, Readiness } from '@lastgood/service-runtime';
import { RunBuilder } from './build/build-run.js';
import type { OpenThread } from './build/build-session.js';
import { Builds } from './build/builds.js';
import { Decisions } from './commit/decisions.js';
import { Retention } from './commit/retention.js';
import { deleteStaging } from './commit/staging-sweep.js';
import { StoreFitness } from './commit/store-fitness.js';
import { WatchedObjectStore } from './commit/watched-object-store.js';
import type { WriterConfig } from './config.js';
import { shippedVersions, type Versions } from './commit/versions.js';
import { EpochBeginner } from './runs/begin-epoch.js';
import { cancelRun } from './runs/cancel-run.js';
import { RunEnd } from './runs/end-run.js';
import { FetchEvents } from './runs/fetch-events.js';
import { Logs } from './runs/logs.js';
import { IdMaker, type RandomBytes } from './runs/new-id.js';
import { Outbox } from './runs/outbox.js';
import { Reconciler } from './runs/reconciler.js';
import { RefreshRequests } from './runs/request-refresh.js';
import { RunAnnouncer } from './runs/run-announcer.js';
import { RunLines } from './runs/run-lines.js';
import { RunMetrics } from './runs/run-metrics.js';
import { RunReader } from './runs/run-status.js';
import { RunStore } from './runs/run-store.js';
import { Schedule } from './schedule/schedule.js';
import type { RunsTable, WriterTables } from './tables.js';
import { ServiceError, type CancelCommand, type Run } from '@lastgood/contracts';

/** What the writer works on; all of it is handed in. */
export interface WriterPorts {
  database: Pick<Database, 'kind' | 'kysely'>;
  bus: EventBus;
  store: ObjectStore;
  districts: Districts;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  readiness: Readiness;
  crash: CrashPoints;
  folder: LocalFolder;
  random?: RandomBytes;
  /** Who does the parts of a build; worker threads when absent. */
  openThread?: OpenThread;
  versions?: Versions;
}

const SOURCE_REMOVED_TIMEOUT_MS = 30 * 60_000;
const FORGET_EVERY_MS = 3_600_000;
/** A store that takes longer to answer its first probe is waited for by the loop, not by the start. */
const START_PATIENCE_MS = 5000;

/** One part of a round, with its name for the log. */
type Step = [name: string, look: () => Promise<void>];

/** The whole writer: its parts put together, and the loop that keeps them going. Knows no transport. */
export class Writer {
  readonly runs: RunStore;
  readonly requests: RefreshRequests;
  readonly events: FetchEvents;
  readonly reader: RunReader;
  readonly decisions: Decisions;
  readonly schedule: Schedule;
  readonly reconciler: Reconciler;
  readonly retention: Retention;
  readonly builds: Builds;
  readonly outbox: Outbox;
  readonly fitness: StoreFitness;
  readonly lines: RunLines;
  readonly #end: RunEnd;
  readonly #stop = new AbortController();
  #looping: Promise<void> | null = null;
  #forgetAtMs = 0;
  #tookUp = false;
  #scheduled = false;

  constructor(private readonly ports: WriterPorts, private readonly config: WriterConfig) {
    const { bus, districts, clock, crash, versions = shippedVersions } = ports;
    const db = ports.database.kysely<WriterTables>();
    const ids = new IdMaker(clock, ports.random ?? randomBytes);
    this.lines = new RunLines(db, ports.log, clock, ids.next());
    const { log } = this.lines;
    const fitness = new StoreFitness({ store: ports.store, clock, log, newId: () => ids.next() });
    this.fitness = fitness;
    const store = new WatchedObjectStore(ports.store, () => fitness.doubt());
    const logs = new Logs(store, clock, ids);
    ports.readiness.register('object store, for writing', () => fitness.trouble(), { variable: 'LASTGOOD_S3_ENDPOINT' });
    this.runs = new RunStore(db);
    this.outbox = new Outbox(ports.database, bus, clock, ids, log);
    const metrics = new RunMetrics(ports.metrics, () => this.runs.waitingBuilds());
    const announcer = new RunAnnouncer(bus, clock, log);
    this.#end = new RunEnd({ runs: this.runs, districts, logs, outbox: this.outbox, announcer, metrics, clock, crash, log, versions, fitness, planRetry: (transaction, row) => this.schedule.planRetry(transaction, row), after: (row) => this.#afterRun(row) });
    const beginner = new EpochBeginner({ runs: this.runs, logs, outbox: this.outbox, end: this.#end, announcer, clock, crash, log });
    this.requests = new RefreshRequests({ districts, runs: this.runs, logs, beginner, announcer, ids, clock, crash, log, fitness, mostAsked: 2 * config.WRITER_RUNS_AT_ONCE });
    const builder = new RunBuilder({ context: { store, clock, crash, versions }, districts, runs: this.runs, logs, end: this.#end, announcer, metrics, log });
    this.builds = new Builds({
      root: join(ports.folder.path, 'builds'), builder: ids.next(), runs: this.runs, districts, store, clock, log, openThread: ports.openThread,
      silenceMs: config.WRITER_SILENCE_SECONDS * 1000,
      mayBuild: () => fitness.isFit,
      work: (row, session, references, signal) => builder.build(row, session, references, signal),
    });
    this.events = new FetchEvents(this.runs, this.#end, announcer, this.builds, clock);
    this.schedule = new Schedule(db, districts, this.requests, clock, log, { retryAfterMinutes: config.WRITER_RETRY_MINUTES, refreshNewSources: config.WRITER_REFRESH_NEW_SOURCES, runsAtOnce: config.WRITER_RUNS_AT_ONCE });
    this.reconciler = new Reconciler({ runs: this.runs, districts, logs, beginner, end: this.#end, clock, log, building: (run) => this.builds.has(run) }, {
      silenceMs: config.WRITER_SILENCE_SECONDS * 1000, runTimeoutMs: SOURCE_REMOVED_TIMEOUT_MS, epochs: config.WRITER_MAX_EPOCHS,
    });
    this.reader = new RunReader({ runs: this.runs, districts, logs, schedule: this.schedule, clock, versions });
    this.decisions = new Decisions(districts, logs, bus, clock, log, fitness, this.runs);
    this.retention = new Retention(districts, logs, this.runs, bus, clock, log, config.WRITER_GRACE_MINUTES * 60_000);
  }

  /** Throws `unknown_run`, `run_ended`. */
  cancel(run: string, command: CancelCommand): Promise<Run> {
    return cancelRun(this.runs, this.#end, this.ports.clock, run, command);
  }

  /** Sweeps up after killed processes, catches up with the schedule, and goes on with every run that was under way. */
  async start(): Promise<void> {
    await this.builds.start();
    const { clock } = this.ports;
    await Promise.race([this.fitness.look(), clock.sleep(START_PATIENCE_MS, this.#stop.signal).catch(() => undefined)]);
    await this.#try([['schedule', () => this.#schedule()], ...(this.fitness.isFit ? [['runs', () => this.#takeUp()] satisfies Step] : [])]);
    this.#looping = this.#loop();
  }

  /** Ends the loop and stops builds; runs under way are taken over at the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.builds.stop();
    await this.#looping;
  }

  /** One round of everything that is done again and again. */
  async look(): Promise<void> {
    void this.fitness.look();
    const steps: Step[] = [['schedule', () => this.#schedule()], ['outbox', () => this.outbox.drain()], ['builds', () => this.builds.dropIdle()], ['forget', () => this.#forget()]];
    if (this.fitness.isFit) steps.push(['runs', () => this.#takeUp()], ['ticks', () => this.schedule.look()]);
    if (await this.#try(steps)) this.builds.look().catch((error: unknown) => this.ports.log.error('Builds stumbled; they go on with the next round.', error));
  }

  async #loop(): Promise<void> {
    let sweeping: Promise<void> | null = null;
    while (!this.#stop.signal.aborted) {
      await this.look();
      if (this.fitness.isFit) sweeping ??= this.retention.look().catch((error: unknown) => this.ports.log.error('Retention stumbled.', error)).finally(() => {
        sweeping = null;
      });
      await this.ports.clock.sleep(this.config.WRITER_LOOK_SECONDS * 1000, this.#stop.signal).catch(() => undefined);
    }
    await sweeping;
  }

  /** False when the database does not answer: what was left to do waits for the next round. */
  async #try(steps: readonly Step[]): Promise<boolean> {
    for (const [step, look] of steps) {
      try {
        await look();
      } catch (error) {
        if (isDatabaseAway(error)) {
          this.ports.log.warn('The writer waits for its database.', { step, code: error.code });
          return false;
        }
        this.ports.log.error('A part of the writer stumbled; it goes on with the next round.', error, { step });
      }
    }
    return true;
  }

  /** Once, as soon as the database answers. */
  async #schedule(): Promise<void> {
    if (this.#scheduled) return;
    await this.schedule.start();
    this.#scheduled = true;
  }

  /** Goes on with runs that nobody works on. The first time: an SQLite file belongs to this process alone, whoever worked on a run before is dead. */
  async #takeUp(): Promise<void> {
    const all = !this.#tookUp && this.ports.database.kind === 'sqlite';
    await this.reconciler.look({ all });
    this.#tookUp = true;
  }

  async #forget(): Promise<void> {
    if (this.ports.clock.now() < this.#forgetAtMs) return;
    this.#forgetAtMs = this.ports.clock.now() + FORGET_EVERY_MS;
    await this.outbox.forgetOld();
    await this.requests.forgetOldKeys();
    await this.schedule.forgetOld();
    await this.lines.forgetOld();
  }

  async #afterRun(row: RunsTable): Promise<void> {
    try {
      await deleteStaging(this.ports.store, row);
    } catch (error) {
      this.lines.log.with({ run: row.id }).error('Staging of the run stays until the hourly sweep.', error);
    }
  }
}

function isDatabaseAway(error: unknown): error is ServiceError {
  return error instanceof ServiceError && (error.code.startsWith('database_') || error.code === 'tables_not_ready');
}
