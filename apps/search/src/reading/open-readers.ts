import { IndexReader, NoRolesError, QueryWords, UnreadableIndexError } from '@lastgood/index-file/reader';
import { markOf } from '../file-mark.js';
import { isIndexDamage } from '../index-damage.js';
import type { Figures, FileToOpen, IndexQuestion } from './thread-messages.js';

/** An answer whose text is not yet bytes. */
export interface ReadAnswer {
  figures: Figures;
  text: string | null;
}

interface OpenReader {
  reader: IndexReader;
  file: FileToOpen;
  /** An index is never changed while it is open. */
  facets: string | null;
}

const NO_FIGURES: Figures = { rows: 0, similar: 0, next: null, value: 0, capped: false };

/** The index files that the thread has open, by number. */
export class OpenReaders {
  readonly #words = new QueryWords();
  readonly #open = new Map<number, OpenReader>();

  constructor(private readonly cacheBytes: number) {}

  /** Throws `UnreadableIndexError`. */
  open(file: FileToOpen): void {
    this.#open.set(file.index, { reader: new IndexReader(file.path, { words: this.#words, cacheBytes: this.cacheBytes }), file, facets: null });
  }

  /** Opens a file again in a thread that took the place of another; one that is gone by now stays closed, and its questions say so. */
  reopen(file: FileToOpen): void {
    try {
      this.open(file);
    } catch (error) {
      if (!(error instanceof UnreadableIndexError)) throw error;
    }
  }

  close(index: number): void {
    this.#open.get(index)?.reader.close();
    this.#open.delete(index);
  }

  /** Whether somebody wrote to a file that is open, or put another in its place. */
  wasChanged(index: number): boolean {
    const open = this.#open.get(index);
    return open === undefined || markOf(open.file.path) !== open.file.mark;
  }

  answer(index: number, question: IndexQuestion): ReadAnswer {
    const open = this.#open.get(index);
    if (open === undefined) throw new UnreadableIndexError('the index file is not open');
    const { reader } = open;
    switch (question.kind) {
      case 'page': {
        const { items, count, ...figures } = reader.search(question.dataset, question.query);
        return { text: items, figures: { ...figures, ...count } };
      }
      case 'count': return { text: null, figures: { ...NO_FIGURES, value: reader.count(question.dataset, question.query, question.cap) } };
      case 'record': {
        const { dataset, id, whole } = question;
        return { text: dataset === 'classes' ? reader.class(id, whole) : reader.person(dataset, id, whole), figures: NO_FIGURES };
      }
      case 'facets': return { text: (open.facets ??= JSON.stringify(reader.facets()).slice(1, -1)), figures: NO_FIGURES };
    }
  }
}

/** What an error of a question means; nothing else than a changed file is to blame for what a changed file gives. */
export function failureOf(error: unknown, changed: boolean): 'damaged' | 'no-roles' | 'error' {
  if (error instanceof NoRolesError) return 'no-roles';
  return changed || isIndexDamage(error) ? 'damaged' : 'error';
}
