import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stagingFolder, type Collection, type CollectionProgress, type EventData, type PageListReference } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock, Districts, Log } from '@lastgood/service-runtime';
import type { FetchedListener, PullPlace } from '../runs/fetch-events.js';
import { pageListsOf } from '../runs/run-row.js';
import type { RunStore } from '../runs/run-store.js';
import type { RunsTable } from '../tables.js';
import { BuildSession, buildFolder, type OpenThread } from './build-session.js';
import type { BuildSettings } from './build-types.js';
import { WorkerThreads } from './worker-thread.js';

const SESSIONS_AHEAD = 2;
/** A smaller collection is read faster than what reading it early would save; where several writers hear of one run, all but one would read it in vain. */
const ROWS_READ_AHEAD = 5000;
/** Of so many runs it is remembered which small collections are there. */
const RUNS_REMEMBERED = 256;
const SIGN_OF_LIFE_MS = 10_000;
const SIGNS_PER_SILENCE = 3;
const ENTRY = new URL('./build.entry.js', import.meta.url);
const THREADS_KEPT_MS = 2000;

/** What a build is given: the run, its session (which may not open: a full disk), and a signal that says that the run was stopped or taken over. */
export type BuildWork = (row: RunsTable & { epoch: number }, session: Promise<BuildSession>, references: readonly PageListReference[], signal: AbortSignal) => Promise<void>;

interface OpenSession {
  epoch: number;
  session: Promise<BuildSession>;
  stop: AbortController;
}

/** What it works on. */
export interface BuildsParts {
  /** Folder of all builds of this process. */
  root: string;
  builder: string;
  runs: RunStore;
  districts: Districts;
  store: ObjectStore;
  clock: Clock;
  log: Log;
  work: BuildWork;
  /** False while nothing may be written to the store: runs wait. */
  mayBuild: () => boolean;
  /** A build of which nothing is heard for longer is taken over, milliseconds. */
  silenceMs: number;
  /** Worker threads when absent. */
  openThread?: OpenThread | undefined;
}

/**
 * Builds fetched runs, one at a time in this process; any process with the same database may take the next. Reading begins while the fetcher
 * still pulls, where this process hears of its collections.
 */
export class Builds implements FetchedListener {
  readonly #sessions = new Map<string, OpenSession>();
  readonly #threads = new WorkerThreads(ENTRY, THREADS_KEPT_MS);
  /** Small collections of runs that have no session: once a large one is there they are read before it, as what follows it needs them. */
  readonly #small = new Map<string, { epoch: number; pageLists: PageListReference[] }>();
  #building: string | null = null;
  #working: Promise<void> | null = null;
  #again = false;
  #stopped = false;

  constructor(private readonly parts: BuildsParts) {}

  /** Removes what killed processes left. Call before anything else. */
  async start(): Promise<void> {
    await mkdir(this.parts.root, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.parts.root)) await rm(join(this.parts.root, name), { recursive: true, force: true });
  }

  /** True while this process builds the fetched run; reading ahead of a fetcher that may die does not count. */
  has(run: string): boolean {
    return this.#building === run;
  }

  collectionFetched({ district, source, run, epoch, pageList }: EventData<'collection.fetched'>): void {
    const known = this.#sessions.get(run);
    if (this.#stopped || (known !== undefined && known.epoch > epoch)) return;
    if (known === undefined && (pageList.rows < ROWS_READ_AHEAD || this.#sessions.size >= SESSIONS_AHEAD)) return this.#remember(run, epoch, pageList);
    const fetched = [...this.#remembered(run, epoch), pageList];
    this.#early({ district, source, run, epoch }, (session) => fetched.forEach((each) => session.ingest(each)));
  }

  pullWentOn(of: PullPlace, before: readonly CollectionProgress[], now: readonly CollectionProgress[]): void {
    const turnedLarge = !before.some(isLarge);
    for (const told of now) if (isLarge(told) && told.state === 'fetching' && told.restarts === 0) this.#readAhead(of, told.collection, turnedLarge);
  }

  runFetched(): void {
    this.look().catch((error: unknown) => this.parts.log.error('Builds stumbled; they go on with the next round.', error));
  }

  /** Builds every run that waits; call it often. Resolves when nothing waits any more. */
  async look(): Promise<void> {
    if (this.#stopped || !this.parts.mayBuild()) return;
    if (this.#working !== null) {
      this.#again = true;
      return this.#working;
    }
    this.#working = this.#buildWaiting().finally(() => {
      this.#working = null;
    });
    return this.#working;
  }

  /** Closes sessions of runs that need none any more: ended, taken over, or built by another process. */
  async dropIdle(): Promise<void> {
    for (const [run, { epoch }] of this.#sessions) {
      const row = await this.parts.runs.get(run);
      if (row === undefined || row.active === null || row.epoch !== epoch || row.phase === 'stopping' || (row.builder !== null && row.builder !== this.parts.builder)) await this.#close(run, epoch);
    }
  }

  /** Stops builds; their runs are taken over by whoever runs next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { stop } of this.#sessions.values()) stop.abort(new BuildStopped('the writer stops'));
    await this.#working?.catch(() => undefined);
    for (const [run, { epoch }] of this.#sessions) await this.#close(run, epoch);
    await this.#threads.close();
  }

  /** `turnedLarge`: only one process is told so of a run's first large collection; to open a session is for that one. */
  #readAhead(of: PullPlace, collection: Collection, turnedLarge: boolean): void {
    const { run, epoch } = of;
    const known = this.#sessions.get(run);
    if (this.#stopped || (known !== undefined && known.epoch > epoch)) return;
    if (known?.epoch !== epoch && (!turnedLarge || this.#sessions.size >= SESSIONS_AHEAD)) return;
    const small = this.#remembered(run, epoch);
    this.#early(of, (session) => {
      for (const each of small) session.ingest(each);
      session.readAhead(collection);
    });
  }

  #early({ district, source, run, epoch }: PullPlace, begin: (session: BuildSession) => void): void {
    void this.#session({ id: run, epoch, district, source }).session.then(begin, (error: unknown) => {
      this.parts.log.with({ run }).error('The build could not begin early.', error);
    });
  }

  #remember(run: string, epoch: number, pageList: PageListReference): void {
    this.#small.set(run, { epoch, pageLists: [...this.#remembered(run, epoch), pageList] });
    const [oldest] = this.#small.keys();
    if (oldest !== undefined && this.#small.size > RUNS_REMEMBERED) this.#small.delete(oldest);
  }

  /** Gives what was remembered of the run's epoch, and forgets it. */
  #remembered(run: string, epoch: number): PageListReference[] {
    const small = this.#small.get(run);
    this.#small.delete(run);
    return small?.epoch === epoch ? small.pageLists : [];
  }

  async #buildWaiting(): Promise<void> {
    do {
      this.#again = false;
      for (let row = await this.parts.runs.nextToBuild(); row !== undefined && !this.#stopped; row = await this.parts.runs.nextToBuild()) {
        const claimed = await this.parts.runs.claimBuild(row, this.parts.builder, this.#now());
        if (claimed?.epoch != null) await this.#build({ ...claimed, epoch: claimed.epoch });
      }
    } while (this.#again && !this.#stopped);
  }

  async #build(row: RunsTable & { epoch: number }): Promise<void> {
    this.#building = row.id;
    const open = this.#session(row);
    const life = this.#giveSigns(row, open.stop);
    try {
      await this.parts.work(row, open.session, pageListsOf(row), open.stop.signal);
    } catch (error) {
      this.parts.log.with({ run: row.id }).error('The build broke off.', error);
    } finally {
      life.abort();
      await this.#close(row.id, row.epoch);
      this.#building = null;
    }
  }

  /** While the build goes on the row stays alive, also when the database is away for a moment; when the row is no longer ours the build stops. */
  #giveSigns(row: RunsTable & { epoch: number }, stop: AbortController): AbortController {
    const life = new AbortController();
    const everyMs = Math.min(SIGN_OF_LIFE_MS, this.parts.silenceMs / SIGNS_PER_SILENCE);
    const sign = async (): Promise<void> => {
      const mine = await this.parts.runs.change({ id: row.id, epoch: row.epoch, builder: this.parts.builder, phases: ['building', 'checking', 'publishing'] }, { alive_at: this.#now() });
      if (mine === undefined) stop.abort(new BuildStopped('the run was stopped or taken over'));
    };
    const signs = async (): Promise<void> => {
      for (;;) {
        await this.parts.clock.sleep(everyMs, life.signal);
        await sign().catch((error: unknown) => this.parts.log.with({ run: row.id }).error('The build could not give a sign of life; it tries again.', error));
      }
    };
    signs().catch(() => undefined);
    return life;
  }

  #session({ id, epoch, district, source }: Pick<RunsTable, 'id' | 'district' | 'source'> & { epoch: number }): OpenSession {
    const known = this.#sessions.get(id);
    if (known?.epoch === epoch) return known;
    const before = known === undefined ? Promise.resolve() : this.#close(id, known.epoch);
    const stop = new AbortController();
    const open = async (): Promise<BuildSession> => {
      await before;
      const { kind, validation, columns } = this.parts.districts.source(district, source);
      const settings: BuildSettings = { kind, validation, columns };
      const place = { folder: buildFolder(this.parts.root, { run: id, epoch }), staging: stagingFolder({ district, source, run: id, epoch }) };
      return BuildSession.open(this.parts.store, place, settings, stop.signal, this.parts.openThread ?? ((role) => this.#threads.open(role)));
    };
    const session: OpenSession = { epoch, stop, session: open() };
    this.#sessions.set(id, session);
    // Whoever comes next tries anew.
    session.session.catch(() => {
      if (this.#sessions.get(id) === session) this.#sessions.delete(id);
    });
    return session;
  }

  async #close(run: string, epoch: number): Promise<void> {
    const open = this.#sessions.get(run);
    if (open?.epoch !== epoch) return;
    this.#small.delete(run);
    this.#sessions.delete(run);
    open.stop.abort(new BuildStopped('the build has ended'));
    try {
      await (await open.session).remove();
    } catch (error) {
      this.parts.log.with({ run }).error('A build left files behind; they go at the next start.', error);
    }
  }

  #now(): string {
    return new Date(this.parts.clock.now()).toISOString();
  }
}

const isLarge = ({ records }: CollectionProgress): boolean => records >= ROWS_READ_AHEAD;

/** Why a build ended before its end, without any fault of the run. */
export class BuildStopped extends Error {
  constructor(why: string) {
    super(`The build stopped: ${why}.`);
    this.name = 'BuildStopped';
  }
}
