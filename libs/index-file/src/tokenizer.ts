import { DatabaseSync, type StatementSync } from 'node:sqlite';

const ascii = /^[\x20-\x7e]*$/;
const MAX_KNOWN = 4096;
const MAX_KNOWN_LETTERS = 32;

/**
 * Cuts folded text into words as the index cuts it: plain ASCII by the rule of unicode61, anything else by SQLite's own tokenizer, in a small
 * table in memory, so that build, query and index always agree.
 */
export class Tokenizer {
  readonly #database = new DatabaseSync(':memory:');
  /** Names come again and again, and a round through SQLite costs as much as everything else of a person. */
  readonly #known = new Map<string, readonly string[]>();
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

  /** The words of a text that `fold` gave. */
  cut(text: string): string[] {
    if (ascii.test(text)) return text.match(/[a-z0-9]+/g) ?? [];
    const words: string[] = [];
    for (const part of text.split(' ')) {
      if (ascii.test(part)) words.push(...(part.match(/[a-z0-9]+/g) ?? []));
      else words.push(...this.#termsOf(part));
    }
    return words;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #termsOf(part: string): readonly string[] {
    let terms = this.#known.get(part);
    if (terms !== undefined) return terms;
    this.#insert.run(part);
    terms = this.#terms.all().map(({ term }) => String(term));
    this.#clear.run();
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    if (part.length <= MAX_KNOWN_LETTERS) this.#known.set(part, terms);
    return terms;
  }
}
