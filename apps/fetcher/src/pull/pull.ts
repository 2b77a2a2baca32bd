import { type Collection, type EventData, type EventType, type PageListReference, type RunFailure, ServiceError, type SourceConfig } from '@lastgood/contracts';
import { ObjectStoreError } from '@lastgood/object-store';
import { COLLECTION_ORDER, SourceError } from '@lastgood/sources';
import type { Log } from '@lastgood/service-runtime';
import { accessTo, hostsOf, type Access } from '../auth/access-to.js';
import { UpstreamClient } from '../upstream/upstream-client.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import { CollectionPull } from './pull-collection.js';
import { PullProgress } from './pull-progress.js';
import type { PullTools } from './pull-tools.js';
import { type PullPlace, Staging, stagingFailure } from './staging.js';
import type { WalkWorker } from './walk-worker.js';

/** Longest wait between two tries to publish an event. */
const longestPublishWaitMs = 10_000;
/** Events of a pull's end are tried at least this long, also when the run's time is up. */
const publishAtLeastMs = 60_000;

/** The collections of a source, in the order in which they are pulled. */
export function collectionsOf(source: SourceConfig): Collection[] {
  return COLLECTION_ORDER.filter((collection) => collection !== 'demographics' || source.demographics !== 'off');
}

/** One epoch of one run, from the first call to `refresh.fetched` or `fetch.failed`. */
export class Pull {
  readonly #progress: PullProgress;
  readonly #startedMs: number;
  readonly #deadlineMs: number;
  readonly #client: UpstreamClient;
  readonly #log: Log;
  #collection: Collection | null = null;

  /** `source` with its secrets resolved. `stop` ends the pull from outside: cancelled, superseded, or the process stops. */
  constructor(private readonly place: PullPlace, private readonly source: SourceConfig, private readonly tools: PullTools, private readonly stop: AbortController) {
    const { clock, random, hosts, metrics } = tools;
    const { limits } = source;
    this.#startedMs = clock.now();
    this.#deadlineMs = this.#startedMs + limits.runTimeoutMs;
    this.#log = tools.log;
    this.#progress = new PullProgress(collectionsOf(source));
    const observer = metrics.observer(source.kind);
    const retried = (host: string, cause: string): void => {
      observer.retried(host, cause);
      this.#log.warn('a call is tried again', { host, cause, collection: this.#collection });
    };
    this.#client = new UpstreamClient({
      limits, allowedHosts: hostsOf(source), dispatcher: tools.dispatcherFor(source), hosts, clock, random,
      signal: stop.signal, deadlineMs: this.#deadlineMs, observer: { ...observer, retried },
    });
  }

  /** Tells the outcome by events. A pull that was stopped from outside tells nothing; returns the outcome's code. */
  async run(): Promise<string> {
    const { clock, metrics, bus, progress: settings } = this.tools;
    const over = new AbortController();
    const telling = this.#progress.tell(this.place, { bus, clock, log: this.#log, settings }, AbortSignal.any([this.stop.signal, over.signal]));
    const limit = clock.sleep(this.source.limits.runTimeoutMs, over.signal).then(() => this.stop.abort(this.#timeIsUp()), () => undefined);
    let outcome = 'fetched';
    try {
      const pageLists = await this.#collections();
      this.tools.crashPoints.reach('fetch.before-refresh-fetched');
      await this.#progress.tellNow(this.place, { bus, log: this.#log });
      await this.#publish('refresh.fetched', { ...this.place, pageLists, stats: this.#stats(pageLists) });
      this.#log.info('the pull is complete', { ...this.#stats(pageLists) });
    } catch (error) {
      outcome = await this.#failed(this.stop.signal.aborted ? this.stop.signal.reason : error);
    } finally {
      over.abort(new Error('the pull is over'));
      await Promise.all([telling, limit]);
    }
    metrics.pullEnded(this.source.kind, outcome, clock.now() - this.#startedMs);
    return outcome;
  }

  async #collections(): Promise<PageListReference[]> {
    const { clock, store, walkThreads } = this.tools;
    const staging = new Staging(store, this.place, clock, this.stop.signal);
    const earlierKeys = await staging.keysOfRun();
    const access = accessTo(this.source, this.#client, clock);
    const root = await access.root();
    const pageLists: PageListReference[] = [];
    await walkThreads.use(this.stop.signal, async (worker) => {
      for (const collection of collectionsOf(this.source)) pageLists.push(await this.#walked(collection, { root, access, staging, worker, earlierKeys }));
    });
    return pageLists;
  }

  async #walked(collection: Collection, way: { root: string; access: Access; staging: Staging; worker: WalkWorker; earlierKeys: readonly string[] }): Promise<PageListReference> {
    this.#collection = collection;
    const pull = new CollectionPull({ ...way, collection, source: this.source, client: this.#client, progress: this.#progress, tools: this.tools, signal: this.stop.signal });
    const pageList = await pull.run();
    await this.#publish('collection.fetched', { ...this.place, pageList });
    this.tools.crashPoints.reach('fetch.collection-announced');
    this.#log.info('a collection is fetched', { collection, rows: pageList.rows });
    return pageList;
  }

  async #failed(error: unknown): Promise<string> {
    if (error instanceof PullStopped) {
      this.#log.info('the pull stops', { cause: error.code });
      return error.code;
    }
    const failure = failureOf(error, this.#collection);
    if (failure.code === 'fetcher_failed') this.#log.error('the pull failed unexpectedly', error, { collection: failure.collection });
    else this.#log.warn('the pull failed', { code: failure.code, collection: failure.collection, offset: failure.offset, httpStatus: failure.httpStatus, retryable: failure.retryable });
    await this.#progress.tellNow(this.place, { bus: this.tools.bus, log: this.#log });
    await this.#publish('fetch.failed', { ...this.place, failure, calls: this.#client.calls, retries: this.#client.retries })
      .catch((lost: unknown) => this.#log.error('the failure of the pull could not be told', lost));
    return failure.code;
  }

  /** Tries until the bus has it, the run's time is up (but at least a minute), or the pull is stopped from outside. */
  async #publish<T extends EventType>(type: T, data: EventData<T>): Promise<void> {
    const { bus, clock } = this.tools;
    const untilMs = Math.max(this.#deadlineMs, clock.now() + publishAtLeastMs);
    for (let waitMs = 250; ; waitMs = Math.min(2 * waitMs, longestPublishWaitMs)) {
      try {
        return await bus.publish(type, data);
      } catch (error) {
        if (this.stop.signal.reason instanceof PullStopped || clock.now() + waitMs >= untilMs) throw error;
        this.#log.warn('an event could not be published yet', { type });
        await clock.sleep(waitMs);
      }
    }
  }

  #stats(pageLists: readonly PageListReference[]) {
    const { calls, retries } = this.#client;
    return { calls, retries, records: pageLists.reduce((sum, { rows }) => sum + rows, 0), durationMs: this.tools.clock.now() - this.#startedMs };
  }

  #timeIsUp(): UpstreamFailure {
    const minutes = Math.round(this.source.limits.runTimeoutMs / 6000) / 10;
    return new UpstreamFailure('run_time_limit', `The pull was not done within ${minutes} min, the limit of a run (runTimeoutMs).`, { retryable: true, blames: 'unclear' });
  }
}

/** The pull ends without telling: somebody else decides about the run, or takes it over. */
export class PullStopped extends UpstreamFailure {
  constructor(code: 'run_cancelled' | 'run_superseded' | 'process_stops') {
    super(code, 'The pull was stopped from outside.', { retryable: false, blames: 'unclear' });
    this.name = 'PullStopped';
  }
}

/** Any error as the cause of a failed run, without values of records or internals. */
export function failureOf(error: unknown, collection: Collection | null): RunFailure {
  if (error instanceof SourceError) {
    const finding = error.toFinding();
    return { ...finding, collection: finding.collection ?? collection, retryable: error.retryable };
  }
  const plain = { severity: 'error' as const, collection, offset: null, httpStatus: null, count: 1 };
  if (error instanceof ServiceError) return { ...plain, code: error.code, message: error.message.slice(0, 500), retryable: error.toProblem().retryable };
  if (error instanceof ObjectStoreError) return failureOf(stagingFailure(error), collection);
  return { ...plain, code: 'fetcher_failed', message: 'The fetcher failed unexpectedly; its log names the error by this run.', retryable: false };
}
