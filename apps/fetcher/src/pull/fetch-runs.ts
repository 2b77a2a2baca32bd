import { randomUUID } from 'node:crypto';
import { type EventData, ServiceError, type SourceConfig } from '@lastgood/contracts';
import type { Log } from '@lastgood/service-runtime';
import { Slots } from '../upstream/slots.js';
import { failureOf, Pull, PullStopped } from './pull.js';
import type { PullTools } from './pull-tools.js';
import { type PullPlace, Staging } from './staging.js';
import { ToldLines } from './tell-lines.js';

export interface FetchRunsOptions extends PullTools {
  /** The source with its secrets resolved; throws a ServiceError when there is none or a secret is missing. */
  sourceOf: (district: string, source: string) => SourceConfig;
  /** Pulls at once; more wait, with signs of life. */
  maxPulls: number;
  /** Waiting pulls; beyond it a request is refused and comes again later. */
  maxWaiting: number;
}

interface ActivePull {
  epoch: number;
  stop: AbortController;
  done: Promise<void>;
}

const rememberedCancellations = 1000;
/** How long an end waits for the last log lines to be told. */
const lastLinesMs = 3_000;

/** The pulls of this process. Requests return at once, the pull goes on behind them. */
export class FetchRuns {
  readonly #active = new Map<string, ActivePull>();
  readonly #cancelled = new Map<string, number>();
  /** Of pulls that are under way, or whose last lines are not told yet. */
  readonly #told = new Set<ToldLines>();
  readonly #places = new Slots();
  #stopped = false;

  constructor(private readonly options: FetchRunsOptions) {}

  /** Starts the pull. Ignored: an epoch that is or was pulled, here or elsewhere, an older one, a cancelled one. A newer epoch ends the older pull. */
  request({ district, source, run, epoch }: EventData<'refresh.requested'>): void {
    if (this.#stopped) throw new ServiceError('unavailable', 'fetcher_stopping', 'The fetcher is stopping.');
    const active = this.#active.get(run);
    if ((active && active.epoch >= epoch) || (this.#cancelled.get(run) ?? 0) >= epoch) return;
    if (this.#places.waiting >= this.options.maxWaiting) throw new ServiceError('unavailable', 'fetcher_busy', 'Too many pulls are waiting here.', { retryable: true });
    active?.stop.abort(new PullStopped('run_superseded'));
    const stop = new AbortController();
    const place = { district, source, run, epoch };
    const told = new ToldLines(this.options.log, place, this.options.bus, this.options.clock);
    const { log } = told;
    const done = this.#pull(place, log, stop, active?.done)
      .catch((error: unknown) => log.error('the pull broke down', error))
      .finally(() => {
        if (this.#active.get(run)?.stop === stop) this.#active.delete(run);
      });
    this.#active.set(run, { epoch, stop, done });
    this.#told.add(told);
    void done.then(() => told.idle()).then(() => this.#told.delete(told));
  }

  /** Stops pulls of the run with this epoch or an older one, and ignores requests for them that come late. */
  cancel({ run, epoch }: EventData<'refresh.cancelled'>): void {
    this.#cancelled.delete(run);
    this.#cancelled.set(run, epoch);
    for (const oldest of this.#cancelled.keys()) {
      if (this.#cancelled.size <= rememberedCancellations) break;
      this.#cancelled.delete(oldest);
    }
    const active = this.#active.get(run);
    if (active && active.epoch <= epoch) active.stop.abort(new PullStopped('run_cancelled'));
  }

  /** Resolves when no pull is under way. */
  async idle(): Promise<void> {
    while (this.#active.size > 0) await Promise.all([...this.#active.values()].map(({ done }) => done));
  }

  /** Ends every pull without telling, so that a later epoch takes them over; only their last log lines are told. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { stop } of this.#active.values()) stop.abort(new PullStopped('process_stops'));
    await this.idle();
    await Promise.race([Promise.all([...this.#told].map((told) => told.flush())), this.options.clock.sleep(lastLinesMs)]);
    await this.options.walkThreads.close();
  }

  async #pull(place: PullPlace, log: Log, stop: AbortController, earlier: Promise<void> | undefined): Promise<void> {
    await earlier;
    const leave = await this.#enter(place, log, stop.signal);
    try {
      await this.#begin(place, log, stop);
    } catch (error) {
      if (stop.signal.aborted) return;
      const failure = failureOf(error, null);
      log.error('the pull could not begin', error, { code: failure.code });
      this.options.metrics.pullEnded('unknown', failure.code, 0);
      await this.options.bus.publish('fetch.failed', { ...place, failure, calls: 0, retries: 0 });
    } finally {
      leave();
      this.#count();
    }
  }

  async #begin(place: PullPlace, log: Log, stop: AbortController): Promise<void> {
    if (stop.signal.aborted) return;
    const { store, clock, sourceOf } = this.options;
    const source = sourceOf(place.district, place.source);
    if (!(await new Staging(store, place, clock, stop.signal).claim(randomUUID()))) {
      log.info('this epoch is pulled already, or was');
      return;
    }
    log.info('the pull begins', { kind: source.kind });
    await new Pull(place, source, { ...this.options, log }, stop).run();
  }

  /** Waits for one of the places, with signs of life; resolves to the function that leaves it, also when the pull was stopped meanwhile. */
  async #enter(place: PullPlace, log: Log, signal: AbortSignal): Promise<() => void> {
    const over = new AbortController();
    const entered = this.#places.take(this.options.maxPulls, signal).catch(() => () => undefined);
    this.#count();
    const living = this.#places.waiting === 0 ? Promise.resolve() : this.#signsOfLife(place, log, AbortSignal.any([signal, over.signal]));
    const leave = await entered;
    over.abort(new Error('no longer waiting'));
    await living;
    this.#count();
    return leave;
  }

  async #signsOfLife(place: PullPlace, log: Log, signal: AbortSignal): Promise<void> {
    const { bus, clock, progress } = this.options;
    while (!signal.aborted) {
      await bus.publish('fetch.progress', { ...place, collection: null, collections: [] }).catch(() => log.warn('a sign of life could not be told'));
      await clock.sleep(progress.heartbeatMs, signal).catch(() => undefined);
    }
  }

  #count(): void {
    this.options.metrics.pulls(this.#places.active, this.#places.waiting);
  }
}
