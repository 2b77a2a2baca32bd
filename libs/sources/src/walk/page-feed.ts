import type { UpstreamPage } from '../oneroster/upstream-page.js';
import { SourceError } from '../source-error.js';
import type { GetPage, WalkOptions } from './walk-types.js';

type Outcome = { page: UpstreamPage } | { error: unknown };

interface Asked {
  outcome: Promise<Outcome>;
  settled: Outcome | null;
  abort: AbortController;
}

/** Pages asked for ahead of the frontier: never more calls at once than the options allow, nor more pages waiting than that. */
export class PageFeed {
  private readonly asked = new Map<number, Asked>();
  private readonly underway = new Set<Promise<Outcome>>();
  private nextOffset = 0;

  constructor(private readonly getPage: GetPage, private readonly options: Pick<WalkOptions, 'collection' | 'pageSize' | 'concurrency' | 'signal'>) {}

  /** The page at `offset`, asked now unless it was asked ahead. Where a later page is there already, only the gap up to its first row is asked for. */
  async take(offset: number): Promise<UpstreamPage> {
    for (const [other, { abort }] of this.asked) {
      if (other >= offset) continue;
      abort.abort();
      this.asked.delete(other);
    }
    if (!this.asked.has(offset)) {
      const later = Math.min(...this.asked.keys());
      while (this.underway.size >= this.options.concurrency) await Promise.race(this.underway);
      this.ask(offset, Math.min(this.options.pageSize, later - offset + 1));
    }
    const asked = this.asked.get(offset)!;
    const outcome = await asked.outcome;
    this.asked.delete(offset);
    this.options.signal.throwIfAborted();
    if ('page' in outcome) return outcome.page;
    throw outcome.error instanceof SourceError ? outcome.error.at(this.options.collection, offset) : outcome.error;
  }

  /** Asks for pages from the frontier on, `stride` rows apart; none that begins behind row `last`, where the end is known. */
  askAhead(frontier: number, stride: number, last: number | null): void {
    this.nextOffset = Math.max(this.nextOffset, frontier);
    while (this.asked.size < this.options.concurrency && this.underway.size < this.options.concurrency) {
      const offset = last === null ? this.nextOffset : Math.min(this.nextOffset, last);
      if (offset < frontier || this.asked.has(offset)) return;
      this.ask(offset, this.options.pageSize);
      this.nextOffset = offset + stride;
    }
  }

  /** Whether a page asked ahead has come back with rows. */
  get hasRowsAhead(): boolean {
    return [...this.asked.values()].some(({ settled }) => settled !== null && 'page' in settled && settled.page.records.length > 0);
  }

  /** Gives up every page asked ahead. */
  clear(): void {
    for (const { abort } of this.asked.values()) abort.abort();
    this.asked.clear();
    this.nextOffset = 0;
  }

  private ask(offset: number, limit: number): void {
    const abort = new AbortController();
    const signal = AbortSignal.any([this.options.signal, abort.signal]);
    const call = async (): Promise<Outcome> => {
      try {
        return { page: await this.getPage({ offset, limit, signal }) };
      } catch (error) {
        return { error };
      }
    };
    const asked: Asked = { outcome: call(), settled: null, abort };
    this.asked.set(offset, asked);
    this.underway.add(asked.outcome);
    void asked.outcome.then((outcome) => {
      asked.settled = outcome;
      this.underway.delete(asked.outcome);
    });
  }
}
