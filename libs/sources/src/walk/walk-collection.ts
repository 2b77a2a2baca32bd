import type { Collection, WalkEvidence } from '@lastgood/contracts';
import type { z } from 'zod';
import type { UpstreamPage } from '../oneroster/upstream-page.js';
import { adoptPages } from './adopt-pages.js';
import { PageFeed } from './page-feed.js';
import { ReadAgain, RowChecks } from './row-checks.js';
import type { GetPage, WalkOptions, WalkResult, WalkSink } from './walk-types.js';

type Evidence = z.infer<typeof WalkEvidence>;

/** More rows than any district has; an upstream that never ends stops here. */
const MOST_ROWS = 100_000_000;
/** No district is without these. */
const NEVER_EMPTY: readonly Collection[] = ['orgs', 'users', 'classes'];

/** One reading of a collection from its first row to its last. */
class Reading {
  readonly checks: RowChecks;
  adopted = 0;
  /** Position of the last row among the upstream's rows, duplicates counted. */
  private frontier = -1;
  private firstIds: readonly string[] | null = null;

  constructor(private readonly feed: PageFeed, private readonly sink: WalkSink, private readonly options: WalkOptions, private readonly round: number) {
    this.checks = new RowChecks(options, round);
  }

  async read(): Promise<Evidence> {
    if (this.round === 0 && this.options.adopt !== undefined && this.options.settings.paging === 'overlap') {
      ({ frontier: this.frontier, adopted: this.adopted } = await adoptPages(this.options.adopt, this.checks));
    }
    if (this.adopted > 0) return this.readOn(1);
    const page = await this.feed.take(0);
    this.firstIds = page.records.map((record) => record.sourcedId);
    if (page.records.length === 0) return this.acceptEmpty(page);
    this.checks.checkHeaders(page, 0);
    await this.land(page, 0, 0);
    if (this.options.settings.paging === 'none') return 'single-page';
    return page.records.length === 1 ? this.confirmOnlyRow(page) : this.readOn(page.records.length - 1);
  }

  private async readOn(learnedStride: number): Promise<Evidence> {
    let stride = learnedStride;
    let moreIsSure = stride + 1 >= this.options.pageSize;
    while (this.checks.rows <= MOST_ROWS) {
      const told = this.options.settings.totals === 'must-agree' ? this.checks.toldTotal ?? null : null;
      const last = told === null ? null : Math.max(told - 1, this.frontier);
      const strideIsKnown = this.firstIds !== null;
      if (strideIsKnown && (moreIsSure || (last !== null && last > this.frontier))) this.feed.askAhead(this.frontier, stride, last);
      const offset = this.frontier;
      const page = await this.feed.take(offset);
      if (this.repeatsFirstPage(page, offset)) throw this.ignoredOffset(offset);
      this.checkRevisionOfAdopted(page);
      this.checks.checkSeam(page, offset);
      this.checks.checkHeaders(page, offset);
      if (page.records.length === 1) {
        if (this.feed.hasRowsAhead) throw this.checks.again('upstream_moving', 'rows were served behind the last row', true, offset);
        return 'overlap';
      }
      moreIsSure = true;
      await this.land(page, offset, 1);
      if (this.firstIds !== null) continue;
      stride = page.records.length - 1;
      this.firstIds = page.records.map((record) => record.sourcedId);
    }
    throw this.checks.error('too_many_rows', `the upstream served more than ${MOST_ROWS} rows`, false);
  }

  private async land(page: UpstreamPage, offset: number, overlap: 0 | 1): Promise<void> {
    const fresh = this.checks.follow(overlap === 0 ? page.records : page.records.slice(1), offset);
    this.frontier = offset + page.records.length - 1;
    if (fresh.lines.length > 0) await this.sink.land({ offset, round: this.round, ...fresh });
    this.options.signal.throwIfAborted();
    this.options.onProgress?.({ pages: this.checks.pages, rows: this.checks.rows, total: this.checks.toldTotal ?? null });
  }

  private repeatsFirstPage(page: UpstreamPage, offset: number): boolean {
    const first = this.firstIds;
    return first !== null && offset > 0 && page.records.length === first.length && page.records.length > 1
      && page.records.every((record, index) => record.sourcedId === first[index]);
  }

  /** Page one over and over. Even a total equal to its rows proves nothing: it may count the page. */
  private ignoredOffset(offset: number): ReadAgain {
    return this.checks.again('offset_ignored', 'the upstream ignores the offset and serves page one again; walk.paging: none would take page one for everything', false, offset);
  }

  /** A first page of one row may be a clamp to one row a page, which no shared row can bridge. */
  private async confirmOnlyRow(one: UpstreamPage): Promise<Evidence> {
    const next = await this.feed.take(1);
    if (next.records[0]?.sourcedId === one.records[0]?.sourcedId) throw this.ignoredOffset(1);
    if (next.records.length > 0) throw this.checks.again('page_too_small', 'the upstream serves one row a page; pages must share a row, so two are the least', false, 1);
    const same = await this.feed.take(0);
    this.checks.checkSeam(same, 0);
    this.checks.checkHeaders(same, 0);
    if (same.records.length > 1) throw this.checks.again('upstream_moving', 'rows came while they were read', true, 0);
    return 'overlap';
  }

  private acceptEmpty(page: UpstreamPage): Evidence {
    const { collection, settings } = this.options;
    if (settings.totals === 'must-agree' && page.toldTotal !== null && page.toldTotal > 0) {
      throw this.checks.again('total_disagrees', `the upstream tells ${page.toldTotal} rows and serves none`, true, 0);
    }
    if (NEVER_EMPTY.includes(collection) && !settings.mayBeEmpty.includes(collection)) {
      throw this.checks.error('unexpected_empty', `the upstream serves no ${collection}, where there must be some; walk.mayBeEmpty would allow it`, true, 0);
    }
    this.checks.toldTotal = page.toldTotal;
    this.checks.revision = page.revision;
    return page.toldTotal === 0 ? 'total' : 'single-page';
  }

  private checkRevisionOfAdopted(page: UpstreamPage): void {
    if (this.adopted === 0 || this.checks.revision !== undefined || page.revision === null) return;
    throw new ReadAgain(this.checks.error('adoption_given_up', 'the revision of the pages landed before is not known', true), false);
  }
}

/**
 * Reads a whole collection page by page, each page beginning with the last row of the one before, so that rows that come or go meanwhile
 * cannot hide one. Throws a SourceError: `upstream_moving`, `totals_differ`, `total_disagrees`, `revision_changed`, `duplicate_differs`,
 * `offset_ignored`, `upstream_unsorted`, `unexpected_empty`, `page_too_small`, `too_many_rows`, or what getPage threw; or the signal's reason.
 */
export async function walkCollection(getPage: GetPage, sink: WalkSink, options: WalkOptions): Promise<WalkResult> {
  if (options.pageSize < 2 && options.settings.paging === 'overlap') throw new RangeError('pageSize must be at least 2: pages share a row');
  if (options.concurrency < 1) throw new RangeError('concurrency must be at least 1');
  const feed = new PageFeed(getPage, options);
  let restarts = 0;
  let lastReason = '';
  for (let round = 0; ; round += 1) {
    const reading = new Reading(feed, sink, options, round);
    try {
      const evidence = await reading.read();
      const { checks, adopted } = reading;
      checks.finish();
      const { rows, duplicates } = checks;
      return { rows, duplicates, toldTotal: checks.toldTotal ?? null, revision: checks.revision ?? null, evidence, restarts, adopted, pages: checks.pages - adopted };
    } catch (error) {
      if (!(error instanceof ReadAgain)) throw error;
      if (error.counts) restarts += 1;
      const { code } = error.reason;
      if (restarts > (options.maxRestarts ?? 3) || (code === 'offset_ignored' && lastReason === code)) throw error.reason;
      lastReason = code;
      feed.clear();
      await sink.restart(round + 1, error.reason);
    } finally {
      feed.clear();
    }
  }
}
