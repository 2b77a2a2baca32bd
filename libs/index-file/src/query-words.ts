import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { fold } from './fold.js';
import { digitsOfWord, withoutPrefixes, wordsOfMail } from './words.js';

/**
 * Cuts queries into words as the index was cut: plain ASCII by the rule of unicode61, anything else by SQLite's own tokenizer, in a
 * small table in memory, so that both always agree.
 */
export class QueryWords {
  readonly #database = new DatabaseSync(':memory:');
  readonly #insert: StatementSync;
  readonly #terms: StatementSync;
  readonly #clear: StatementSync;

  constructor() {
    this.#database.exec(`
      CREATE VIRTUAL TABLE text USING fts5(words, content='', columnsize=0, detail=none, tokenize='unicode61 remove_diacritics 2');
      CREATE VIRTUAL TABLE terms USING fts5vocab(text, 'row');
    `);
    this.#insert = this.#database.prepare('INSERT INTO text(rowid, words) VALUES(1, ?)');
    this.#terms = this.#database.prepare('SELECT term FROM terms');
    this.#clear = this.#database.prepare("INSERT INTO text(text) VALUES('delete-all')");
  }

  /** The different words of a query, none of them a prefix of another. `numbers`: words of digits with punctuation count as one number. */
  cut(query: string, numbers: boolean): string[] {
    const folded = fold(query);
    const words: string[] = [];
    for (const part of folded.split(/\s+/)) {
      const digits = numbers ? digitsOfWord(part) : null;
      if (digits === null) words.push(...this.#tokens(part.includes('@') ? wordsOfMail(part) : part));
      else if (digits !== '') words.push(digits);
    }
    return withoutPrefixes(words);
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #tokens(part: string): string[] {
    if (/^[\x20-\x7e]*$/.test(part)) return part.match(/[a-z0-9]+/g) ?? [];
    this.#insert.run(part);
    const terms = this.#terms.all().map(({ term }) => String(term));
    this.#clear.run();
    return terms;
  }
}
