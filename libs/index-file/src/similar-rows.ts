import type { DatabaseSync } from 'node:sqlite';
import { NameList, SHORTEST_RESEMBLED, type Resembling } from './name-list.js';
import type { WordLists } from './word-lists.js';

/** Queries of more words are looked for exactly only: this bounds the work of one. */
export const MOST_TOLERANT_WORDS = 6;
const digit = /\p{N}/u;
/** Words whose resembling ones are remembered: who types a name asks for its beginning again and again. */
const MOST_REMEMBERED = 256;

/** Finds records of one dataset in spite of typing errors, and by inner parts of names: looks for words that resemble those asked in the list of name words, then for these in the index. */
export class SimilarRows {
  #names: NameList | null = null;
  readonly #remembered = new Map<string, Resembling>();

  /** `dataset`: its number in `terms`. */
  constructor(private readonly database: DatabaseSync, private readonly dataset: number, private readonly lists: WordLists) {}

  /**
   * At most `limit` rows of records that have, for each word, one which begins with it or with a word that resembles it, and all filters. First those for which one edit or an inner
   * part is enough, then the others, each in display order; none of `without`.
   */
  find(words: readonly string[], filters: readonly string[], { without, limit }: { without: readonly number[]; limit: number }): number[] {
    if (limit === 0 || words.length > MOST_TOLERANT_WORDS || !words.some(isTolerated)) return [];
    // What must be found as it was typed costs next to nothing.
    const exact = [...words.filter((word) => !isTolerated(word)), ...filters];
    if (exact.length > 0 && this.lists.find(exact, { after: 0, limit: 1, cap: 0 }).rows.length === 0) return [];
    const resembling = words.map((word): Resembling => (isTolerated(word) ? this.#resembling(word) : NOTHING));
    const hasFar = resembling.some(({ far }) => far.length > 0);
    const known = new Set(without);
    const rows: number[] = [];
    for (const starts of [(one: Resembling) => one.near, ...(hasFar ? [(one: Resembling) => [...one.near, ...one.far]] : [])]) {
      const groups = words.map((word, at) => [word, ...starts(resembling[at] as Resembling)]);
      if (groups.every(({ length }) => length === 1)) continue;
      for (const row of this.lists.find([...groups, ...filters], { after: 0, limit: limit + known.size, cap: 0 }).rows) {
        if (known.has(row)) continue;
        if (rows.length === limit) return rows;
        known.add(row);
        rows.push(row);
      }
    }
    return rows;
  }

  #resembling(word: string): Resembling {
    let resembling = this.#remembered.get(word);
    if (resembling === undefined) {
      if (this.#remembered.size === MOST_REMEMBERED) this.#remembered.clear();
      this.#remembered.set(word, (resembling = this.#list().resembling(word)));
    }
    return resembling;
  }

  #list(): NameList {
    return (this.#names ??= new NameList(String(this.database.prepare('SELECT words FROM names WHERE dataset = ?').get(this.dataset)?.['words'] ?? '')));
  }
}

const NOTHING: Resembling = { near: [], far: [] };

/** Whether typing errors are tolerated in a word: numbers are looked for as they are. */
function isTolerated(word: string): boolean {
  return word.length >= SHORTEST_RESEMBLED && !digit.test(word);
}
