import type { Metrics } from '@lastgood/service-runtime';
import { Gauge, type Counter, type Histogram } from 'prom-client';

const DURATION_BUCKETS_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** What the metrics tell of runs: outcomes (the success rate is their ratio), durations, builds that wait. */
export class RunMetrics {
  readonly #runs: Counter<'outcome'>;
  readonly #seconds: Histogram<'outcome'>;
  readonly #buildSeconds: Histogram;

  constructor(metrics: Metrics, waitingBuilds: () => Promise<number>) {
    this.#runs = metrics.counter('lastgood_runs_total', 'Runs that ended, by outcome', ['outcome']);
    this.#seconds = metrics.histogram('lastgood_run_duration_seconds', 'From request to end', DURATION_BUCKETS_SECONDS, ['outcome']);
    this.#buildSeconds = metrics.histogram('lastgood_build_duration_seconds', 'From fetched pages to finished files', DURATION_BUCKETS_SECONDS);
    new Gauge({
      name: 'lastgood_builds_waiting', help: 'Fetched runs that wait for a builder', registers: [metrics.registry],
      async collect() {
        // Not known while the database is away; the other metrics are.
        await waitingBuilds().then((count) => this.set(count), () => this.remove());
      },
    });
    for (const outcome of ['published', 'quarantined', 'failed', 'cancelled']) this.#runs.inc({ outcome }, 0);
  }

  /** A run that became final, once; from its request to its end. */
  ended(outcome: string, seconds: number): void {
    this.#runs.inc({ outcome });
    this.#seconds.observe({ outcome }, seconds);
  }

  built(seconds: number): void {
    this.#buildSeconds.observe(seconds);
  }
}
