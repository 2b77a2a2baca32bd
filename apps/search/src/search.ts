import { join } from 'node:path';
import type { EventData } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import type { Clock, Districts, LocalFolder, Log, Metrics, Readiness } from '@lastgood/service-runtime';
import type { SearchConfig } from './config.js';
import { DataAnswers } from './data-answers.js';
import type { AttemptPlace } from './local-copies.js';
import { OpenIndexes } from './open-indexes.js';
import { Previews } from './preview/previews.js';
import { ReadingThread } from './reading/reading-thread.js';
import { SearchCsvs } from './search-csv.js';
import { ServingSources } from './serving-sources.js';
import { SnapshotAnswers } from './snapshot-answers.js';
import { SourceLogs } from './source-logs.js';

export interface SearchPorts {
  store: ObjectStore;
  districts: Districts;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  readiness: Readiness;
  folder: LocalFolder;
}

/** A key that need not exist: a definite answer of absence shows that the store answers. */
const STORE_PROBE = 'log/ready';
const MEGABYTE = 1_000_000;
const QUERY_BUCKETS = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1];

/** The read side: follows logs, keeps indexes, answers. Needs the object store and a folder, nothing else. */
export class Search {
  readonly data: DataAnswers;
  readonly snapshots: SnapshotAnswers;
  readonly previews: Previews;
  readonly csvs: SearchCsvs;
  readonly #logs: SourceLogs;
  readonly #thread: ReadingThread;
  readonly #indexes: OpenIndexes;
  readonly #serving: ServingSources;
  readonly #districts: Districts;
  readonly #store: ObjectStore;
  readonly #log: Log;

  constructor({ store, districts, clock, log, metrics, readiness, folder }: SearchPorts, private readonly config: SearchConfig) {
    this.#districts = districts;
    this.#store = store;
    this.#log = log;
    this.#thread = new ReadingThread({ log, cacheBytes: config.SEARCH_INDEX_CACHE_MEGABYTES * MEGABYTE });
    this.#indexes = new OpenIndexes(store, clock, {
      folder: join(folder.path, 'indexes'), maxOpen: config.SEARCH_OPEN_INDEXES, maxDiskBytes: config.SEARCH_DISK_MEGABYTES * MEGABYTE, thread: this.#thread,
    });
    this.#logs = new SourceLogs(store, clock, log, (state) => {
      this.#serving.logChanged(state);
      this.previews.logChanged(state);
    });
    this.#serving = new ServingSources(this.#logs, this.#indexes, clock, log);
    const duration = metrics.histogram('lastgood_search_query_duration_seconds', 'Time of one question to one index.', QUERY_BUCKETS, ['dataset']);
    this.data = new DataAnswers(districts, this.#serving, (dataset, seconds) => duration.observe({ dataset }, seconds));
    this.csvs = new SearchCsvs(districts, this.#serving);
    this.snapshots = new SnapshotAnswers(districts, this.#logs, store, clock);
    this.previews = new Previews(this.snapshots, this.#serving, clock);
    this.#watch(metrics);
    readiness.register('snapshot logs', () => this.#logs.trouble);
    readiness.register('open indexes or object store', () => this.#readTrouble(), { neededForReads: true, variable: 'LASTGOOD_S3_ENDPOINT' });
  }

  /** Begins to follow logs, first of all those whose snapshots lie on the local disk from before: what has expired since is deleted. */
  start(): void {
    this.#logs.start(this.config.SEARCH_POLL_SECONDS * 1000);
    void this.#tidy();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#logs.stop(), this.previews.stop()]);
    await this.#indexes.close();
  }

  /** The log of a source has a new record: reads it, if that source is asked for here. */
  logGrew({ district, source }: Pick<EventData<'snapshot.published'>, 'district' | 'source'>): Promise<void> {
    return this.#logs.heard(district, source);
  }

  /** News of logs may have been missed: reads every log that is followed to its end. */
  newsMissed(): void {
    void this.#logs.pollAll();
  }

  async #tidy(): Promise<void> {
    const followed = new Map<string, AttemptPlace>();
    for (const place of this.#indexes.localCopies) {
      if (this.#isConfigured(place)) followed.set(`${place.district}/${place.source}`, place);
      else await this.#serving.forget(place);
    }
    for (const { district, source } of followed.values()) {
      await this.#logs.poll(district, source).catch((error: unknown) => this.#log.error('a log could not be read; it is tried again', error, { district, source }));
    }
  }

  #isConfigured({ district, source }: AttemptPlace): boolean {
    return this.#districts.all.some(({ id, sources }) => id === district && sources.some((each) => each.id === source));
  }

  /** Reads work while an index is open; without one, they need the store. */
  async #readTrouble(): Promise<string | null> {
    if (this.#indexes.size > 0) return null;
    try {
      await this.#store.stat(STORE_PROBE);
      return null;
    } catch (error) {
      return `no index is open and the object store cannot be read (${error instanceof ObjectStoreError ? error.message : 'unknown error'})`;
    }
  }

  #watch(metrics: Metrics): void {
    const figures = {
      lastgood_search_open_indexes: ['Indexes that are open.', () => this.#indexes.size],
      lastgood_search_local_bytes: ['Bytes of local copies of indexes.', () => this.#indexes.bytesOnDisk],
      lastgood_search_swaps: ['How often a source moved on to another snapshot.', () => this.#serving.swaps],
      lastgood_search_thread_starts: ['How often the thread that reads indexes was started; more than once after a failure of it.', () => this.#thread.starts],
      lastgood_search_fetched_indexes: ['How often an index was fetched from the bucket.', () => this.#indexes.fetches],
    } as const;
    for (const [name, [help, value]] of Object.entries(figures)) {
      const gauge = metrics.gauge(name, help);
      Object.assign(gauge, { collect: () => gauge.set(value()) });
    }
  }
}
