import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { groupByKey, NumberList } from './number-list.js';

/** A word and the rows of the records that have it, ascending. */
export interface WordRows {
  word: string;
  rows: Uint32Array;
}

/** When so much is gathered it goes to the stage, in order of words: this bounds the memory, whatever the size of the district. */
const MOST_WORDS = 100_000;
const MOST_POSTINGS = 1_000_000;
const RUNS_OF_SERIES = 1_000_000;
/** Words and rows that are read back at once from each of the sorted runs. */
const WORDS_AT_ONCE = 1024;
const ROWS_AT_ONCE = 16_384;

/** Table of the stage in which sorted runs of words wait for each other: of each word how many rows, then the rows of all. */
export const RUNS_TABLE = 'CREATE TABLE stage.runs(run INTEGER NOT NULL, part INTEGER NOT NULL, words TEXT NOT NULL, counts BLOB NOT NULL, rows BLOB NOT NULL, PRIMARY KEY(run, part));';

/** Gathers the words of records and gives them in order, each with all its rows. Words are in order of their UTF-16 code units. */
export class WordRuns {
  #known = new Map<string, number>();
  #ids = new NumberList();
  #rows = new NumberList();
  #runs = 0;
  readonly #insert: StatementSync;
  readonly #read: StatementSync;

  /** `series`: a number that no other collection of words in this stage has. `mostWords`: different words that wait in memory. */
  constructor(database: DatabaseSync, private readonly series: number, private readonly mostWords: number = MOST_WORDS) {
    this.#insert = database.prepare('INSERT INTO stage.runs(run, part, words, counts, rows) VALUES(?, ?, ?, ?, ?)');
    this.#read = database.prepare('SELECT words, counts, rows FROM stage.runs WHERE run = ? AND part = ?');
    this.#read.setReturnArrays(true);
  }

  /** Takes the words of a record: different ones, each followed by a space or the end. Rows come in ascending order. */
  add(row: number, text: string): void {
    for (let start = 0, end; start < text.length; start = end + 1) {
      end = text.indexOf(' ', start);
      if (end < 0) end = text.length;
      if (end === start) continue;
      const word = text.slice(start, end);
      let id = this.#known.get(word);
      if (id === undefined) this.#known.set(word, (id = this.#known.size));
      this.#ids.push(id);
      this.#rows.push(row);
    }
    if (this.#known.size >= this.mostWords || this.#ids.length >= MOST_POSTINGS) this.#spill();
  }

  /** Every word once, in order. Call once, when all are there. */
  *inOrder(): Generator<WordRows, void, undefined> {
    if (this.#runs === 0) return yield* this.#gathered();
    this.#spill();
    const queue = new RunQueue(Array.from({ length: this.#runs }, (_, run) => this.#wordsOfRun(run)));
    for (let first = queue.take(); first !== null; ) {
      const { word } = first;
      const parts = [first.rows];
      for (first = queue.take(); first !== null && first.word === word; first = queue.take()) parts.push(first.rows);
      yield { word, rows: parts.length === 1 ? (parts[0] as Uint32Array) : joined(parts) };
    }
  }

  *#gathered(): Generator<WordRows, void, undefined> {
    const { starts, indexes } = groupByKey(this.#ids, this.#known.size);
    for (let at = 0; at < indexes.length; at++) indexes[at] = this.#rows.at(indexes[at] as number);
    for (const word of [...this.#known.keys()].sort()) {
      const id = this.#known.get(word) as number;
      yield { word, rows: indexes.subarray(starts[id], starts[id + 1]) };
    }
  }

  #spill(): void {
    const run = this.series * RUNS_OF_SERIES + this.#runs++;
    let part = 0;
    let words: string[] = [];
    const counts = new NumberList();
    const rows = new NumberList();
    const write = (): void => {
      if (words.length > 0) this.#insert.run(run, part++, words.join(' '), bytesOf(counts.taken()), bytesOf(rows.taken()));
      words = [];
    };
    for (const one of this.#gathered()) {
      words.push(one.word);
      counts.push(one.rows.length);
      for (const row of one.rows) rows.push(row);
      if (words.length >= WORDS_AT_ONCE || rows.length >= ROWS_AT_ONCE) write();
    }
    write();
    this.#known = new Map();
    this.#ids = new NumberList();
    this.#rows = new NumberList();
  }

  *#wordsOfRun(run: number): Generator<WordRows, void, undefined> {
    for (let part = 0; ; part++) {
      const found = this.#read.get(this.series * RUNS_OF_SERIES + run, part) as unknown as [words: string, counts: Uint8Array, rows: Uint8Array] | undefined;
      if (found === undefined) return;
      const counts = numbersOf(found[1]);
      const rows = numbersOf(found[2]);
      let at = 0;
      let start = 0;
      for (const word of found[0].split(' ')) {
        const end = start + (counts[at++] as number);
        yield { word, rows: rows.subarray(start, end) };
        start = end;
      }
    }
  }
}

/** The first of several ordered runs, again and again: of equal words that of the earlier run, whose rows are smaller. */
class RunQueue {
  readonly #heads: { words: Iterator<WordRows, void>; run: number; head: WordRows }[] = [];

  constructor(runs: readonly Iterator<WordRows, void>[]) {
    runs.forEach((words, run) => {
      const { value: head } = words.next();
      if (head) this.#heads.push({ words, run, head });
    });
    for (let at = this.#heads.length >> 1; at >= 0; at--) this.#sink(at);
  }

  take(): WordRows | null {
    const first = this.#heads[0];
    if (first === undefined) return null;
    const { head } = first;
    const { value: next } = first.words.next();
    if (next) {
      first.head = next;
    } else {
      const last = this.#heads.pop();
      if (last !== undefined && this.#heads.length > 0) this.#heads[0] = last;
    }
    this.#sink(0);
    return head;
  }

  #sink(from: number): void {
    const heads = this.#heads;
    for (let at = from; ; ) {
      let least = at;
      for (let child = 2 * at + 1; child <= 2 * at + 2; child++) if (child < heads.length && this.#before(child, least)) least = child;
      if (least === at) return;
      const [one, other] = [heads[at] as (typeof heads)[0], heads[least] as (typeof heads)[0]];
      heads[at] = other;
      heads[least] = one;
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heads[a] as { head: WordRows; run: number }, this.#heads[b] as { head: WordRows; run: number }];
    return one.head.word === other.head.word ? one.run < other.run : one.head.word < other.head.word;
  }
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const bytesOf = (numbers: Uint32Array): Uint8Array => new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
const numbersOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
