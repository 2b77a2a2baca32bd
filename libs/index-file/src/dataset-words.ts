import type { DatabaseSync } from 'node:sqlite';
import { NumberList } from './number-list.js';
import { WordRuns } from './word-runs.js';
import { WordTree } from './word-tree.js';

/** The words of one dataset of an index, from its records to its terms. */
export class DatasetWords {
  readonly #runs: WordRuns;
  readonly #rows = new NumberList();
  /** How many records there are so far. */
  count = 0;

  /** `dataset`: its number in `terms`. */
  constructor(private readonly database: DatabaseSync, private readonly dataset: number) {
    this.#runs = new WordRuns(database, dataset);
  }

  /** Takes the next row's words: each kind different ones, separated by spaces. */
  add(row: number, words: string, filters: string): void {
    this.#rows.push(row);
    this.count += 1;
    this.#runs.add(row, words);
    this.#runs.add(row, filters);
  }

  /** Writes terms and lists; `rows`: the largest row there is. */
  write(rows: number, lists: { next: number }): void {
    const tree = new WordTree(this.database, this.dataset, rows, this.#rows.taken(), lists);
    for (const word of this.#runs.inOrder()) tree.add(word);
    tree.finish();
  }
}
