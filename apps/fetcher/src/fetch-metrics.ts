import type { Collection, SourceKind } from '@lastgood/contracts';
import type { Metrics } from '@lastgood/service-runtime';
import type { BreakerState } from './upstream/host-breaker.js';
import type { CallObserver } from './upstream/upstream-client.js';

const stateNumber: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

/** What the fetcher counts. Labels are kinds, hosts, collections and codes; no district, run or person. */
export class FetchMetrics {
  readonly #calls;
  readonly #callSeconds;
  readonly #retries;
  readonly #circuit;
  readonly #pullSeconds;
  readonly #rows;
  readonly #pulls;
  readonly #lookUpSeconds;

  constructor(metrics: Metrics) {
    this.#calls = metrics.counter('lastgood_fetch_calls_total', 'Calls to upstreams by outcome: status class or failure code.', ['kind', 'host', 'outcome']);
    this.#callSeconds = metrics.histogram('lastgood_fetch_call_seconds', 'Duration of calls to upstreams.', [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60], ['kind']);
    this.#retries = metrics.counter('lastgood_fetch_retries_total', 'Calls that were repeated, by cause.', ['kind', 'host', 'cause']);
    this.#circuit = metrics.gauge('lastgood_fetch_circuit_state', 'Circuit of an upstream host: 0 closed, 1 half-open, 2 open.', ['host']);
    this.#pullSeconds = metrics.histogram('lastgood_fetch_pull_seconds', 'Duration of pulls by outcome: fetched, or the failure code.', [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800], ['kind', 'outcome']);
    this.#rows = metrics.counter('lastgood_fetch_rows_total', 'Rows landed.', ['kind', 'collection']);
    this.#pulls = metrics.gauge('lastgood_fetch_pulls', 'Pulls under way and waiting.', ['state']);
    this.#lookUpSeconds = metrics.histogram('lastgood_live_look_up_seconds', 'Duration of live look-ups by outcome: answered, or the code of the problem.', [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], ['kind', 'outcome']);
  }

  /** Counts calls to upstreams of one kind. */
  observer(kind: SourceKind): CallObserver {
    return {
      called: (host, outcome, durationMs) => {
        this.#calls.inc({ kind, host, outcome });
        this.#callSeconds.observe({ kind }, durationMs / 1000);
      },
      retried: (host, cause) => this.#retries.inc({ kind, host, cause }),
    };
  }

  circuit(host: string, state: BreakerState): void {
    this.#circuit.set({ host }, stateNumber[state]);
  }

  forgetHost(host: string): void {
    this.#circuit.remove({ host });
  }

  landed(kind: SourceKind, collection: Collection, rows: number): void {
    this.#rows.inc({ kind, collection }, rows);
  }

  pullEnded(kind: SourceKind | 'unknown', outcome: string, durationMs: number): void {
    this.#pullSeconds.observe({ kind, outcome }, durationMs / 1000);
  }

  lookedUp(kind: SourceKind, outcome: string, durationMs: number): void {
    this.#lookUpSeconds.observe({ kind, outcome }, durationMs / 1000);
  }

  pulls(active: number, waiting: number): void {
    this.#pulls.set({ state: 'active' }, active);
    this.#pulls.set({ state: 'waiting' }, waiting);
  }
}
