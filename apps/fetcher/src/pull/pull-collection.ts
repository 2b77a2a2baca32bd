import type { Collection, LandedPage, PageList, PageListReference, RoundTold, SourceConfig } from '@lastgood/contracts';
import { pageUrl, SourceError, type WalkResult } from '@lastgood/sources';
import type { Access } from '../auth/access-to.js';
import type { UpstreamAnswer } from '../upstream/http-attempt.js';
import type { UpstreamClient } from '../upstream/upstream-client.js';
import { adoptablePages } from './adoptable-pages.js';
import type { PullProgress } from './pull-progress.js';
import type { PullTools } from './pull-tools.js';
import type { Staging } from './staging.js';
import type { PageToLand, StoredPage } from './walk-messages.js';
import type { WalkPorts, WalkWorker } from './walk-worker.js';

/** A page of at most this many rows that brings a 502 is not asked for in halves. */
const lightPageRows = 250;

export interface CollectionPullOptions {
  collection: Collection;
  source: SourceConfig;
  root: string;
  access: Access;
  client: UpstreamClient;
  staging: Staging;
  worker: WalkWorker;
  progress: PullProgress;
  tools: PullTools;
  /** Keys that earlier epochs of the run left. */
  earlierKeys: readonly string[];
  signal: AbortSignal;
}

/** Pulls one collection into staging and writes its page list. */
export class CollectionPull {
  #landed: LandedPage[] = [];
  #offered: { key: string; offset: number }[] = [];
  #begunRound = -1;
  #restarts = 0;
  #largestPage = Number.POSITIVE_INFINITY;

  readonly #before: { calls: number; retries: number };

  constructor(private readonly options: CollectionPullOptions) {
    this.#before = { calls: options.client.calls, retries: options.client.retries };
  }

  /** Rejects with a SourceError that names the page, or the reason of the signal. */
  async run(): Promise<PageListReference> {
    const { collection, source, progress, tools, staging } = this.options;
    const startedAt = new Date(tools.clock.now()).toISOString();
    progress.update(collection, { state: 'fetching' });
    let outcome: { pages: LandedPage[]; result: WalkResult } | { missing: NonNullable<PageList['missing']> };
    try {
      outcome = await this.#walk();
    } catch (error) {
      outcome = { missing: missingOrThrow(error, collection, source) };
    }
    const spent = this.#spent();
    const list: PageList = {
      version: 1, ...staging.place, collection, ...(('missing' in outcome) ? { ...nothing, missing: outcome.missing } : { ...found(outcome.result), pages: outcome.pages, missing: null }),
      ...spent, restarts: this.#restarts, startedAt, finishedAt: new Date(tools.clock.now()).toISOString(),
    };
    const reference = await staging.writePageList(list);
    tools.crashPoints.reach('fetch.page-list-written');
    progress.update(collection, {
      ...spent, state: list.missing ? 'missing' : 'fetched', pages: list.pages.length, records: list.rows, toldTotal: list.toldTotal, duplicates: list.duplicates, restarts: list.restarts, evidence: list.missing ? null : list.evidence,
    });
    tools.metrics.landed(source.kind, collection, list.rows);
    return reference;
  }

  #spent(): { calls: number; retries: number } {
    const { calls, retries } = this.options.client;
    return { calls: calls - this.#before.calls, retries: retries - this.#before.retries };
  }

  async #walk(): Promise<{ pages: LandedPage[]; result: WalkResult }> {
    const { collection, source, worker, staging, earlierKeys } = this.options;
    const earlier = adoptablePages(earlierKeys, staging.place, collection);
    this.#offered = earlier.pages;
    const told = earlier.toldKey === null ? null : await staging.readRound(earlier.toldKey);
    const { result, offered } = await worker.walk({
      collection, kind: source.kind, settings: source.walk, redact: source.redact,
      pageSize: source.limits.pageSize, concurrency: source.limits.concurrency,
      adopt: earlier.pages.length === 0 ? null : (told ?? {}),
    }, this.#ports());
    return { pages: [...this.#adopted(offered.slice(0, result.adopted)), ...this.#landed], result };
  }

  #adopted(pages: readonly StoredPage[]): LandedPage[] {
    return pages.map((page, index) => {
      const key = this.#offered[index]?.key;
      if (key === undefined) throw new Error('a page was adopted that was never offered');
      return { key, ...page };
    });
  }

  #ports(): WalkPorts {
    const { collection, progress, staging } = this.options;
    const remaining = this.#offered.values();
    return {
      page: (ask, parse) => this.#page(ask, parse),
      land: (page) => this.#land(page),
      restart: async ({ round, code }) => {
        this.#landed = [];
        this.#restarts = round;
        await this.#beginRound(round, {});
        progress.update(collection, { restarts: round, pages: 0, records: 0 });
        this.options.tools.log.warn('the collection is read anew', { collection, round, cause: code });
      },
      adopt: async () => {
        const next = remaining.next();
        const bytes = next.done ? null : await staging.read(next.value.key);
        return next.done || bytes === null ? null : { offset: next.value.offset, bytes };
      },
      news: ({ pages, rows, total }) => progress.update(collection, { pages, records: rows, toldTotal: total, ...this.#spent() }),
    };
  }

  /** A page that is too heavy for the upstream is asked for in halves, and so is every later one: a page shorter than asked proves nothing, the walk goes on from it. */
  async #page(ask: { offset: number; limit: number; signal: AbortSignal }, parse: (answer: UpstreamAnswer) => Promise<void>): Promise<void> {
    const { root, collection, client, access, signal, tools } = this.options;
    for (;;) {
      const limit = Math.min(ask.limit, this.#largestPage);
      const url = new URL(pageUrl(root, collection, { offset: ask.offset, limit }));
      try {
        await client.call({ method: 'GET', url, headers: {} }, access.authorization, { signal: ask.signal, heavy: limit > lightPageRows, accept: parse });
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof SourceError)) throw error;
        if (error.code !== 'page_too_heavy') throw error.at(collection, ask.offset);
        this.#largestPage = Math.min(this.#largestPage, Math.ceil(limit / 2));
        tools.log.info('the upstream fails on heavy pages, smaller ones are asked for', { collection, rows: this.#largestPage });
      }
    }
  }

  async #land({ offset, round, rows, sha256, size, bytes, toldTotal, revision }: PageToLand): Promise<void> {
    const { staging, collection, tools } = this.options;
    await this.#beginRound(round, { toldTotal, revision });
    const key = staging.pageKey(collection, round, offset);
    await staging.land(key, bytes);
    this.#landed.push({ key, offset, rows, sha256, size });
    tools.crashPoints.reach('fetch.page-landed');
  }

  async #beginRound(round: number, told: Omit<RoundTold, 'version'>): Promise<void> {
    if (round <= this.#begunRound) return;
    await this.options.staging.beginRound(this.options.collection, round, told);
    this.#begunRound = round;
  }
}

const nothing = { pages: [], rows: 0, duplicates: 0, toldTotal: null, revision: null, evidence: 'single-page' as const, adopted: 0 };

function found({ rows, duplicates, toldTotal, revision, evidence, adopted }: WalkResult) {
  return { rows, duplicates, toldTotal, revision, evidence, adopted };
}

/** Optional demographics may be refused for want of a scope or not be served at all; everything else is an error. */
function missingOrThrow(error: unknown, collection: Collection, source: SourceConfig): NonNullable<PageList['missing']> {
  const optional = collection === 'demographics' && source.demographics === 'optional';
  if (optional && error instanceof SourceError && (error.httpStatus === 403 || error.httpStatus === 404)) return { code: error.code, message: error.message.slice(0, 500) };
  throw error;
}
