import { lineOf, type UpstreamPage, type UpstreamRecord } from '../oneroster/upstream-page.js';
import { SourceError } from '../source-error.js';
import { SeenRows } from './seen-rows.js';
import { SortOrder } from './sort-order.js';
import type { WalkOptions } from './walk-types.js';

/** Thrown where another reading may go well; `reason` is what the walk fails with when it does not. */
export class ReadAgain extends Error {
  constructor(readonly reason: SourceError, readonly counts = true) {
    super(reason.message);
  }
}

interface Row {
  id: string;
  line: string;
}

/** Rows of a page that are new, and the place of the page. */
export interface NewRows {
  records: UpstreamRecord[];
  lines: string[];
}

/** What one reading has seen, and the checks that every page has to pass before its rows count. */
export class RowChecks {
  /** Unique rows so far. */
  rows = 0;
  duplicates = 0;
  pages = 0;
  toldTotal: number | null | undefined;
  revision: string | null | undefined;
  last: Row | null = null;
  private readonly order: SortOrder;
  private readonly seen: SeenRows | null;

  constructor(private readonly options: Pick<WalkOptions, 'collection' | 'settings'>, round: number) {
    this.order = new SortOrder(round > 0);
    // Sorted rows need no memory: copies of a row are neighbours.
    this.seen = options.settings.order === 'any' || options.settings.paging === 'none' ? new SeenRows(round + 1) : null;
  }

  /** The error of this walk's collection; `offset` where one page is meant. */
  error(code: string, message: string, retryable: boolean, offset?: number): SourceError {
    return new SourceError(code, message, { retryable, collection: this.options.collection, offset });
  }

  again(code: string, message: string, retryable: boolean, offset?: number): ReadAgain {
    return new ReadAgain(this.error(code, message, retryable, offset));
  }

  /** Total and revision must be the same on every page with rows; a total of 0 beside rows counts as none. */
  checkHeaders(page: UpstreamPage, offset: number): void {
    const told = page.toldTotal === 0 && page.records.length > 0 ? null : page.toldTotal;
    this.toldTotal = this.toldTotal === undefined ? told : this.toldTotal;
    this.revision = this.revision === undefined ? page.revision : this.revision;
    if (this.options.settings.totals === 'must-agree' && told !== this.toldTotal) {
      throw this.again('totals_differ', 'the upstream tells another total on each page; walk.totals: ignore would allow it', true, offset);
    }
    if (page.revision !== this.revision) throw this.again('revision_changed', 'the upstream changed its revision while it was read', true, offset);
  }

  /** The shared row: the page must begin with the last row of the one before. */
  checkSeam(page: UpstreamPage, offset: number): void {
    const first = page.records[0];
    if (first === undefined || first.sourcedId !== this.last?.id) {
      throw this.again('upstream_moving', 'a page does not begin with the last row of the page before: rows came or went while they were read', true, offset);
    }
    if (lineOf(first) !== this.last.line) throw this.again('upstream_moving', 'a row was changed while it was read', true, offset);
  }

  /** Takes rows that follow the last one; gives back those not seen before. */
  follow(records: readonly UpstreamRecord[], offset: number): NewRows {
    const fresh: NewRows = { records: [], lines: [] };
    for (const record of records) {
      const line = lineOf(record);
      if (!this.isNew(record.sourcedId, line, offset)) continue;
      fresh.records.push(record);
      fresh.lines.push(line);
    }
    this.rows += fresh.lines.length;
    this.pages += 1;
    if (this.pages > 1 || new Set(fresh.records.map((record) => record.sourcedId)).size < fresh.records.length) this.checkOrder(offset);
    return fresh;
  }

  /** At the end: the order where more than a complete page one was read, and the told total. */
  finish(): void {
    const told = this.toldTotal ?? null;
    const complete = told === this.rows && this.duplicates === 0 && this.options.settings.totals === 'must-agree';
    if (this.pages > 1 || !complete) this.checkOrder();
    if (this.options.settings.totals === 'must-agree' && told !== null && told !== this.rows) {
      throw this.again('total_disagrees', `the upstream tells ${told} rows and serves ${this.rows}; walk.totals: ignore would allow it`, true);
    }
  }

  private isNew(id: string, line: string, offset: number): boolean {
    const before = this.last;
    this.last = { id, line };
    if (before?.id === id) {
      if (before.line !== line) throw this.error('duplicate_differs', 'the same sourcedId stands twice with different content', false, offset);
      this.duplicates += 1;
      return false;
    }
    if (this.seen === null) {
      if (before !== null) this.order.follow(before.id, id);
      return true;
    }
    const found = this.seen.add(id, line);
    if (found === 'differs') throw this.again('duplicate_differs', 'the same sourcedId stands twice with different content', false, offset);
    if (found === 'same') this.duplicates += 1;
    return found === 'new';
  }

  private checkOrder(offset?: number): void {
    if (this.seen !== null || this.order.holds) return;
    const unsorted = this.error('upstream_unsorted', 'the rows do not come in an order of their sourcedIds, so a row that moves while they are read could be missed; '
      + 'walk.order: any would trust the upstream not to move rows', false, offset);
    throw this.order.droppedUntested ? new ReadAgain(unsorted, false) : unsorted;
  }
}
