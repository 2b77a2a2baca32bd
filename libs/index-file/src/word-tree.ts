import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CONTAINER_ROWS, LARGEST_ARRAY, LARGEST_BUCKET, LARGEST_SHORT_LIST, termKind } from './format.js';
import type { WordRows } from './word-runs.js';

/** A start that more records have than a bucket holds: its rows as bits. `below`: the largest list of a longer start. */
interface Broad {
  start: string;
  bits: Uint32Array<ArrayBuffer>;
  below: { list: number; rows: number };
}

const BITS = 32;

/**
 * Writes the words of one dataset so that every start of a word is found by one look-up: a start of many records gets the list of their rows; where
 * few are left, the words below it stand together in a bucket. Words come in order, so that only the starts of the current word are open.
 */
export class WordTree {
  readonly #term: StatementSync;
  readonly #list: StatementSync;
  readonly #open: Broad[] = [];
  /** Words below the longest open start that have no bucket yet, and how many rows those have that share the first letter behind it. */
  #waiting: WordRows[] = [];
  #group = '';
  #groupRows = 0;
  readonly #containers: number;
  readonly #unused: Uint32Array<ArrayBuffer>[] = [];

  /** `rows`: the largest row there is. `everyone`: the rows of the dataset, ascending. `lists`: gives numbers to lists, over all datasets of a file. */
  constructor(database: DatabaseSync, private readonly dataset: number, rows: number, everyone: Uint32Array, private readonly lists: { next: number }) {
    this.#term = database.prepare('INSERT INTO terms(kind, term, list, rows) VALUES(?, ?, ?, ?)');
    this.#list = database.prepare('INSERT INTO lists(id, rows) VALUES(?, ?)');
    this.#containers = Math.floor(rows / CONTAINER_ROWS) + 1;
    this.#begin('', [{ word: '', rows: everyone }]);
  }

  /** Takes the next word with its rows. */
  add(entry: WordRows): void {
    while (!entry.word.startsWith(this.#deepest().start)) this.#close();
    // The shortest start, none, has everyone already.
    for (let at = 1; at < this.#open.length; at++) mark((this.#open[at] as Broad).bits, entry.rows);
    this.#wait(entry);
    while (this.#groupRows > LARGEST_BUCKET) this.#deepen();
  }

  finish(): void {
    while (this.#open.length > 0) this.#close();
  }

  #deepest(): Broad {
    return this.#open.at(-1) as Broad;
  }

  #wait(entry: WordRows): void {
    const group = startOf(entry.word, this.#deepest().start.length);
    if (group !== this.#group) [this.#group, this.#groupRows] = [group, 0];
    // A word that ends here is in the list of this start, and in nothing longer.
    if (entry.word.length === this.#deepest().start.length) return;
    this.#waiting.push(entry);
    this.#groupRows += entry.rows.length;
  }

  /** The group under way has become too large for a bucket: its start gets a list, its words are grouped by one letter more. */
  #deepen(): void {
    const start = this.#group;
    const words = this.#waiting.filter(({ word }) => word.startsWith(start));
    this.#waiting.length -= words.length;
    this.#writeBuckets();
    this.#begin(start, words);
    for (const entry of words) this.#wait(entry);
  }

  #begin(start: string, words: readonly WordRows[]): void {
    const bits = this.#unused.pop() ?? new Uint32Array(this.#containers * (CONTAINER_ROWS / BITS));
    for (const { rows } of words) mark(bits, rows);
    this.#open.push({ start, bits, below: { list: -1, rows: 0 } });
    [this.#group, this.#groupRows] = ['', 0];
  }

  /** No word to come begins with the longest open start. */
  #close(): void {
    this.#writeBuckets();
    const { start, bits, below } = this.#open.pop() as Broad;
    const rows = countOf(bits);
    // The rows of a longer start are among those of a shorter one: as many are the same.
    const list = rows === below.rows ? below.list : this.#writeList(bits, rows);
    this.#term.run(termKind(this.dataset, 'list'), start, list, rows);
    const above = this.#open.at(-1);
    if (above && rows > above.below.rows) above.below = { list, rows };
    bits.fill(0);
    this.#unused.push(bits);
    [this.#group, this.#groupRows] = ['', 0];
  }

  #writeBuckets(): void {
    const from = this.#open.at(-1)?.start.length ?? 0;
    for (let at = 0; at < this.#waiting.length; ) {
      const start = startOf((this.#waiting[at] as WordRows).word, from);
      let [text, rows] = ['', 0];
      for (; at < this.#waiting.length && (this.#waiting[at] as WordRows).word.startsWith(start); at++) {
        const entry = this.#waiting[at] as WordRows;
        text += entry.word.slice(start.length);
        for (const row of entry.rows) text += `,${row.toString(36)}`;
        text += '\n';
        rows += entry.rows.length;
      }
      this.#list.run(this.lists.next, text);
      this.#term.run(termKind(this.dataset, 'bucket'), start, this.lists.next++, rows);
    }
    this.#waiting = [];
  }

  #writeList(bits: Uint32Array<ArrayBuffer>, count: number): number {
    const first = this.lists.next;
    if (count <= LARGEST_SHORT_LIST) {
      this.#list.run(this.lists.next++, bytesOf(Uint32Array.from(rowsIn(bits))));
      return first;
    }
    const words = CONTAINER_ROWS / BITS;
    for (let container = 0; container < this.#containers; container++) {
      const part = bits.subarray(container * words, (container + 1) * words);
      const rows = countOf(part);
      if (rows > 0) this.#list.run(first + container, bytesOf(rows > LARGEST_ARRAY ? part : Uint16Array.from(rowsIn(part))));
    }
    this.lists.next += this.#containers;
    return first;
  }
}

/** The first letters of a word: `length` code units and the letter behind them, which may be two. */
function startOf(word: string, length: number): string {
  const letter = word.charCodeAt(length);
  return word.slice(0, length + (letter >= 0xd800 && letter < 0xdc00 ? 2 : 1));
}

function mark(bits: Uint32Array, rows: Uint32Array): void {
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    bits[row >>> 5]! |= 1 << (row & 31);
  }
}

/** How many bits are set. */
export function countOf(bits: Uint32Array): number {
  let count = 0;
  for (let at = 0; at < bits.length; at++) {
    let word = bits[at] as number;
    if (word === 0) continue;
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

/** The numbers of the bits that are set, ascending. */
export function rowsIn(bits: Uint32Array): number[] {
  const rows: number[] = [];
  for (let at = 0; at < bits.length; at++) {
    for (let word = bits[at] as number; word !== 0; word &= word - 1) rows.push(at * BITS + 31 - Math.clz32(word & -word));
  }
  return rows;
}

const bytesOf = (numbers: Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
