import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics of one service, served at `/metrics`. Labels are codes and names of a small fixed set, never ids of people. */
export class Metrics {
  readonly registry = new Registry();

  /** A number that only rises. Names begin with `lastgood_` and end in a unit or `_total`. */
  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  histogram<L extends string = never>(name: string, help: string, buckets: readonly number[], labelNames: readonly L[] = []): Histogram<L> {
    return new Histogram({ name, help, buckets: [...buckets], labelNames: [...labelNames], registers: [this.registry] });
  }
}
