import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { TERM_DATASETS } from './format.js';
import type { Tokenizer } from './tokenizer.js';
import { indexed, textOfName } from './words.js';

type Dataset = keyof typeof TERM_DATASETS;

/** Names that are remembered as known, of each dataset: most come again and again. */
const MOST_KNOWN = 20_000;
/** More words of one dataset are not kept: this bounds the work of a search for typing errors. Those behind in order are found by their starts only. */
export const MOST_NAME_WORDS = 500_000;
const SHORTEST = 2;
const digit = /\p{N}/u;

/** Gathers the different words of the names of a file, by dataset, in the stage. Words with a digit are none of a name. */
export class NameWords {
  readonly #known: Record<Dataset, Set<string>> = { students: new Set(), parents: new Set(), classes: new Set() };
  readonly #insert: StatementSync;

  constructor(private readonly database: DatabaseSync, private readonly tokenizer: Tokenizer) {
    this.#insert = database.prepare('INSERT OR IGNORE INTO stage.names(dataset, word) VALUES(?, ?)');
  }

  add(dataset: Dataset, name: string): void {
    const known = this.#known[dataset];
    if (known.has(name)) return;
    if (known.size === MOST_KNOWN) known.clear();
    known.add(name);
    for (const word of this.tokenizer.cut(textOfName(name))) {
      const counted = indexed(word);
      if (counted.length >= SHORTEST && !digit.test(counted)) this.#insert.run(TERM_DATASETS[dataset], counted);
    }
  }

  /** Writes the table `names`. */
  write(): void {
    const words = this.database.prepare('SELECT word FROM stage.names WHERE dataset = ? ORDER BY word LIMIT ?');
    words.setReturnArrays(true);
    const insert = this.database.prepare('INSERT INTO names(dataset, words) VALUES(?, ?)');
    for (const dataset of Object.values(TERM_DATASETS)) {
      const list = (words.all(dataset, MOST_NAME_WORDS) as unknown as [word: string][]).map(([word]) => word);
      insert.run(dataset, list.length === 0 ? '' : `\n${list.join('\n')}\n`);
    }
  }
}
