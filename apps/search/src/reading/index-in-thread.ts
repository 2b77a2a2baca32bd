import type { IndexQuery, SearchedDataset } from '@lastgood/index-file/reader';
import type { ReadingThread } from './reading-thread.js';
import type { Figures } from './thread-messages.js';

/** What a question to an index was answered with. */
export interface Reading extends Figures {
  /** JSON as UTF-8: the items of a page joined by commas, a record, or the members of the facets; null when there is no such record. */
  text: Buffer | null;
  /** The file was no longer the one that was checked when this had been read. */
  changed: boolean;
  /** How long the thread took for it. */
  seconds: number;
}

/** An index file that the reading thread has open. Questions reject with `UnreadableIndexError`, `NoRolesError`, or `unavailable` when the thread ended twice under them. */
export class IndexInThread {
  constructor(private readonly thread: ReadingThread, private readonly index: number) {}

  /** A page in display order, as `IndexReader.search`. */
  page(dataset: SearchedDataset, query: IndexQuery): Promise<Reading> {
    return this.thread.ask(this.index, { kind: 'page', dataset, query });
  }

  /** How many records match exactly, up to `cap` and one. */
  count(dataset: SearchedDataset, query: Omit<IndexQuery, 'limit' | 'after'>, cap: number): Promise<Reading> {
    return this.thread.ask(this.index, { kind: 'count', dataset, query, cap });
  }

  /** A record by its sourcedId. `whole`: with its upstream record. */
  record(dataset: SearchedDataset, id: string, whole: boolean): Promise<Reading> {
    return this.thread.ask(this.index, { kind: 'record', dataset, id, whole });
  }

  /** What searches can be filtered by. */
  facets(): Promise<Reading> {
    return this.thread.ask(this.index, { kind: 'facets' });
  }

  /** Closes the file behind the questions asked before. */
  close(): void {
    this.thread.close(this.index);
  }
}
