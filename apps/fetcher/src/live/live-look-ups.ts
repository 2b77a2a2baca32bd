import { isDeepStrictEqual } from 'node:util';
import type { LiveClass, LiveClassAnswer, LiveClassesAnswer, LiveDataset, LivePeopleAnswer, LivePerson, LivePersonAnswer, LiveRecordCommand, LiveSearchCommand, NormalClass, NormalUser, SourceConfig } from '@lastgood/contracts';
import { fold, orderKey } from '@lastgood/index-file/fold';
import { datasetsOf, filteredUrl, filtersForClasses, filtersForPeople, fitsFilter, normalize, parseOne, parsePage, recordUrl, type LiveFilter, type UpstreamRecord } from '@lastgood/sources';
import type { Clock, Log } from '@lastgood/service-runtime';
import type { Dispatcher } from 'undici';
import type { FetchMetrics } from '../fetch-metrics.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import type { UpstreamHosts } from '../upstream/upstream-host.js';
import { liveClass, livePerson } from './live-items.js';
import { liveLookUpOff, liveLookUpsBusy, liveProblemOf, liveTimeIsUp, notFoundLive } from './live-problems.js';
import { LIVE_LIMIT_MS, LiveSource } from './live-source.js';
import { withoutRedacted } from './redacted-filters.js';

export interface LiveLookUpsOptions {
  /** The source with its secrets resolved; throws a ServiceError when there is none or a secret is missing. */
  sourceOf: (district: string, source: string) => SourceConfig;
  hosts: UpstreamHosts;
  dispatcherFor: (source: SourceConfig) => Dispatcher;
  clock: Clock;
  log: Log;
  metrics: FetchMetrics;
  random: () => number;
  /** Look-ups at once; more are refused. */
  most: number;
  /** Shorter than the 10 s of production only in tests. */
  limitMs?: number;
}

/** Rows asked for of every filter. */
const ASKED_ROWS = 100;
/** Rows that an answer tells as unreadable at most; an upstream that ignores `limit` may send more. */
const MOST_UNREADABLE = 1_000;
const MAX_SOURCES = 256;

type Collection = 'users' | 'classes';
interface Rows {
  records: readonly UpstreamRecord[];
  more: boolean;
}

/** Questions to live systems, in answer to people who wait. Nothing of an answer is kept, and no run, event or staging comes of it. */
export class LiveLookUps {
  /** In order of use, the least recent first. */
  readonly #sources = new Map<string, LiveSource>();
  readonly #stop = new AbortController();
  #active = 0;

  constructor(private readonly options: LiveLookUpsOptions) {}

  /** People or classes that match, at most `limit` of them, in the order of snapshots. */
  search(district: string, source: string, { dataset, q, limit }: LiveSearchCommand): Promise<LivePeopleAnswer | LiveClassesAnswer> {
    return this.#lookUp(district, source, dataset, async (live, signal) => {
      const filters = withoutRedacted(dataset === 'classes' ? filtersForClasses(q) : filtersForPeople(q), live.config.redact);
      const root = await live.root(signal);
      const found: Rows[] = [];
      for (const filter of filters) found.push(await this.#rows(live, root, dataset, filter, signal));
      const { items, unreadable } = itemsOf(live.config, dataset, found.flatMap(({ records }) => records));
      const answer = { ...this.#answered(district, source), items: items.slice(0, limit), more: items.length > limit || found.some(({ more }) => more), unreadable: Math.min(unreadable, MOST_UNREADABLE) };
      // Which of the two it is follows from the dataset.
      return answer as LivePeopleAnswer | LiveClassesAnswer;
    });
  }

  /** One record by its sourcedId; throws `not_found` when the live system has none of this dataset. */
  record(district: string, source: string, { dataset, sourcedId, record: whole }: LiveRecordCommand): Promise<LivePersonAnswer | LiveClassAnswer> {
    return this.#lookUp(district, source, dataset, async (live, signal) => {
      const collection = collectionOf(dataset);
      const url = recordUrl(await live.root(signal), collection, sourcedId);
      if (url === null) throw notFoundLive();
      const parse = { redact: live.config.redact, nowMs: this.options.clock.now() };
      const sent = await live.get(url, signal, (answer) => parseOne(collection, sourcedId, answer, parse)).catch((error: unknown) => {
        throw error instanceof UpstreamFailure && error.httpStatus === 404 ? notFoundLive() : error;
      });
      const { items, unreadable } = itemsOf(live.config, dataset, [sent]);
      if (unreadable > 0) throw new UpstreamFailure('record_invalid', 'The record lacks what is required of it.', { retryable: false });
      const [item] = items;
      if (item === undefined) throw notFoundLive();
      const answer = { ...this.#answered(district, source), item: { ...item, record: whole ? sent : null } };
      return answer as LivePersonAnswer | LiveClassAnswer;
    });
  }

  /** Ends the look-ups under way. */
  close(): void {
    this.#stop.abort(new UpstreamFailure('process_stops', 'The fetcher stops.', { retryable: true, blames: 'unclear' }));
  }

  async #rows(live: LiveSource, root: string, dataset: LiveDataset, filter: LiveFilter, signal: AbortSignal): Promise<Rows> {
    const { kind, redact, walk: { envelope } } = live.config;
    const url = filteredUrl(root, dataset === 'parents' ? 'users' : dataset, filter, ASKED_ROWS);
    const { records, toldTotal } = await live.get(url, signal, (answer) => parsePage(kind, collectionOf(dataset), answer, { redact, envelope, nowMs: this.options.clock.now() }));
    const fitting = records.filter((record) => fitsFilter(filter, record, fold));
    if (2 * fitting.length < records.length) {
      throw new UpstreamFailure('filter_ignored', 'It answered with records that do not match, as if it ignored the filter; a live look-up cannot be made there.', { retryable: false });
    }
    return { records: fitting, more: records.length >= ASKED_ROWS || (toldTotal ?? 0) > records.length };
  }

  async #lookUp<T>(district: string, source: string, dataset: LiveDataset, ask: (live: LiveSource, signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, log, metrics, most, limitMs = LIVE_LIMIT_MS } = this.options;
    const live = this.#sourceOf(district, source);
    if (this.#active >= most) throw liveLookUpsBusy();
    this.#active += 1;
    const limit = new AbortController();
    const over = new AbortController();
    void clock.sleep(limitMs, over.signal).then(() => limit.abort(liveTimeIsUp(limitMs)), () => undefined);
    const startedMs = clock.now();
    let outcome = 'answered';
    try {
      return await ask(live, AbortSignal.any([limit.signal, this.#stop.signal]));
    } catch (error) {
      const problem = liveProblemOf(error);
      outcome = codeOf(problem);
      throw problem;
    } finally {
      over.abort(new Error('the look-up is over'));
      this.#active -= 1;
      metrics.lookedUp(live.config.kind, outcome, clock.now() - startedMs);
      log.info('a live look-up ended', { district, source, dataset, outcome });
    }
  }

  /** The source with its secrets as they are now; what was kept for others is dropped. */
  #sourceOf(district: string, source: string): LiveSource {
    const { sourceOf, hosts, dispatcherFor, clock, random, metrics } = this.options;
    const key = `${district}/${source}`;
    const config = sourceOf(district, source);
    if (!config.liveLookUp) throw liveLookUpOff();
    const known = this.#sources.get(key);
    const live = known !== undefined && isDeepStrictEqual(known.config, config)
      ? known
      : new LiveSource(config, { hosts, dispatcher: dispatcherFor(config), clock, random, observer: metrics.observer(config.kind), signal: this.#stop.signal });
    this.#sources.delete(key);
    this.#sources.set(key, live);
    const [oldest] = this.#sources.keys();
    if (this.#sources.size > MAX_SOURCES && oldest !== undefined) this.#sources.delete(oldest);
    return live;
  }

  #answered(district: string, source: string): { district: string; source: string; live: true; at: string } {
    return { district, source, live: true, at: new Date(this.options.clock.now()).toISOString() };
  }
}

const collectionOf = (dataset: LiveDataset): Collection => (dataset === 'classes' ? 'classes' : 'users');

/** The records of a dataset as items, each sourcedId once, in the order of snapshots; those that cannot be read are counted. */
function itemsOf({ kind }: SourceConfig, dataset: LiveDataset, records: readonly UpstreamRecord[]): { items: (LivePerson | LiveClass)[]; unreadable: number } {
  const different = [...new Map(records.map((record) => [record.sourcedId, record])).values()];
  const read = different.map((record) => normalize(collectionOf(dataset), kind, record, 'lenient').record);
  const known = read.filter((record) => record !== null);
  const items = dataset === 'classes'
    ? sorted(known as NormalClass[], ({ title, sourcedId }) => orderKey(title, sourcedId)).map(liveClass)
    : sorted((known as NormalUser[]).filter((user) => datasetsOf(user).includes(dataset)), ({ familyName, givenName }) => orderKey(familyName, givenName)).map(livePerson);
  return { items, unreadable: read.length - known.length };
}

function sorted<T>(records: readonly T[], keyOf: (record: T) => string): T[] {
  const keyed = records.map((record) => ({ record, key: keyOf(record) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key))).map(({ record }) => record);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unexpected';
}
