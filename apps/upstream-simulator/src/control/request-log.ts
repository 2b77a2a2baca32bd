/** One request that was seen; holds no personal values. */
export interface SeenRequest {
  /** Kind of service and what was asked for, such as `1.1 users` or `token`. */
  readonly endpoint: string;
  readonly offset: number;
  readonly limit: number;
  /** HTTP status, 0 while it is under way or when it was never answered. */
  readonly status: number;
  /** Milliseconds since 1970 by the simulator's clock. */
  readonly atMs: number;
}

/** Counts of one endpoint. */
export interface EndpointCount {
  readonly count: number;
  readonly maxConcurrency: number;
  readonly statuses: Readonly<Record<string, number>>;
}

/** What `GET /_control/requests` answers. */
export interface RequestSummary {
  readonly total: number;
  readonly maxConcurrency: number;
  readonly endpoints: Readonly<Record<string, EndpointCount>>;
  /** The latest requests, oldest first, at most 2,000. */
  readonly latest: readonly SeenRequest[];
}

const kept = 2000;

interface Counter {
  count: number;
  running: number;
  maxConcurrency: number;
  statuses: Record<string, number>;
}

/** Counts requests and how many were under way at once. */
export class RequestLog {
  #all: Counter = emptyCounter();
  #endpoints = new Map<string, Counter>();
  #latest: (SeenRequest & { status: number })[] = [];

  constructor(readonly now: () => number) {}

  /** Notes a request's beginning; the returned function notes its end with the HTTP status (0: never answered). */
  begin(endpoint: string, offset: number, limit: number): (status: number) => void {
    const entry = { endpoint, offset, limit, status: 0, atMs: this.now() };
    this.#latest.push(entry);
    if (this.#latest.length > kept) this.#latest.shift();
    const counters = [this.#all, this.#counter(endpoint)];
    for (const counter of counters) {
      counter.count += 1;
      counter.running += 1;
      counter.maxConcurrency = Math.max(counter.maxConcurrency, counter.running);
    }
    return (status) => {
      entry.status = status;
      for (const counter of counters) {
        counter.running -= 1;
        counter.statuses[String(status)] = (counter.statuses[String(status)] ?? 0) + 1;
      }
    };
  }

  /** How many requests are under way. */
  get running(): number {
    return this.#all.running;
  }

  summary(): RequestSummary {
    const endpoints = [...this.#endpoints].map(([name, counter]) => [name, publicCount(counter)] as const);
    return {
      total: this.#all.count,
      maxConcurrency: this.#all.maxConcurrency,
      endpoints: Object.fromEntries(endpoints),
      latest: this.#latest.map((entry) => ({ ...entry })),
    };
  }

  /** Forgets what was seen; requests under way stay counted as running. */
  clear(): void {
    this.#latest = [];
    for (const counter of [this.#all, ...this.#endpoints.values()]) {
      counter.count = 0;
      counter.maxConcurrency = counter.running;
      counter.statuses = {};
    }
  }

  #counter(endpoint: string): Counter {
    const known = this.#endpoints.get(endpoint);
    if (known !== undefined) return known;
    const counter = emptyCounter();
    this.#endpoints.set(endpoint, counter);
    return counter;
  }
}

function emptyCounter(): Counter {
  return { count: 0, running: 0, maxConcurrency: 0, statuses: {} };
}

function publicCount({ count, maxConcurrency, statuses }: Counter): EndpointCount {
  return { count, maxConcurrency, statuses: { ...statuses } };
}
