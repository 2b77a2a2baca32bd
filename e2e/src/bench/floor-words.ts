import type { SQLInputValue } from 'node:sqlite';
import { Numbers } from './floor-kept.js';

/*
 * The words of the floor's index (see floor.entry.ts). No imports but of Node and of the floor.
 */

const BUCKET = 256;
const SHORT_LIST = 1024;
const CONTAINER = 65_536;
const LARGEST_ARRAY = 4095;
/** So many rows and fewer are put in order by sorting, more as bits. */
const SORTED = 4096;

/** Inserts one row. */
export type Insert = (...values: SQLInputValue[]) => void;

const startOf = (word: string, length: number): string => word.slice(0, length + ((word.charCodeAt(length) & 0xfc00) === 0xd800 ? 2 : 1));
const bytesOf = (numbers: Uint32Array<ArrayBuffer> | Uint16Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** The words of one dataset: every start of them gets a list of its rows, or stands with few others in a bucket of whole words. */
export class Words {
  readonly #known = new Map<string, number>();
  /** Each word of each record: the number of the word, and the row. */
  readonly #ids = new Numbers();
  readonly #rowOf = new Numbers();
  readonly everyone = new Numbers();
  #words: string[] = [];
  /** The rows of all words in order, and where those of each word begin. */
  #rows = new Uint32Array();
  #starts = new Uint32Array();
  #bits = new Uint32Array();

  /** `lists` gives numbers to the lists of all datasets. */
  constructor(private readonly dataset: number, private readonly lists: { next: number }, private readonly term: Insert, private readonly list: Insert) {}

  add(row: number, text: string): void {
    this.everyone.push(row);
    for (const word of text.split(' ')) {
      if (word === '') continue;
      let id = this.#known.get(word);
      if (id === undefined) this.#known.set(word, (id = this.#known.size));
      this.#ids.push(id);
      this.#rowOf.push(row);
    }
  }

  /** `most`: the largest row that there is. */
  write(most: number): void {
    this.#bits = new Uint32Array((Math.floor(most / CONTAINER) + 1) * CONTAINER / 32);
    this.#order();
    this.#start('', 0, this.#words.length);
  }

  /** Puts the words in order, and their rows beside them. */
  #order(): void {
    this.#words = [...this.#known.keys()].sort();
    const placeOf = new Uint32Array(this.#words.length);
    this.#words.forEach((word, place) => (placeOf[this.#known.get(word)!] = place));
    this.#starts = new Uint32Array(this.#words.length + 1);
    const places = this.#ids.all().map((id) => placeOf[id]!);
    for (const place of places) this.#starts[place + 1]! += 1;
    for (let place = 0; place < this.#words.length; place++) this.#starts[place + 1]! += this.#starts[place]!;
    const next = this.#starts.slice();
    this.#rows = new Uint32Array(places.length);
    places.forEach((place, at) => (this.#rows[next[place]!++] = this.#rowOf.at(at)));
  }

  /** Writes a start with everything that is longer: the words from one place to another in order. */
  #start(start: string, from: number, to: number): { list: number; count: number } {
    let same = { list: -1, count: 0 };
    for (let at = from + Number(start !== '' && this.#words[from] === start), end; at < to; at = end) {
      const longer = startOf(this.#words[at]!, start.length);
      for (end = at + 1; end < to && this.#words[end]!.startsWith(longer);) end++;
      if (this.#starts[end]! - this.#starts[at]! > BUCKET) {
        const below = this.#start(longer, at, end);
        if (below.count > same.count) same = below;
      } else {
        this.#bucket(longer, at, end);
      }
    }
    const rows = start === '' ? this.everyone.all() : this.#different(this.#rows.subarray(this.#starts[from], this.#starts[to]));
    const list = rows.length === same.count ? same.list : this.#list(rows);
    this.term(this.dataset * 2, start, list, rows.length);
    return { list, count: rows.length };
  }

  #bucket(start: string, from: number, to: number): void {
    let text = '';
    for (let at = from; at < to; at++) {
      text += this.#words[at]!.slice(start.length);
      for (let row = this.#starts[at]!; row < this.#starts[at + 1]!; row++) text += `,${this.#rows[row]!.toString(36)}`;
      text += '\n';
    }
    this.list(this.lists.next, text);
    this.term(this.dataset * 2 + 1, start, this.lists.next++, this.#starts[to]! - this.#starts[from]!);
  }

  /** Ascending, each once. */
  #different(rows: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
    if (rows.length <= SORTED) {
      const sorted = rows.slice().sort();
      return sorted.filter((row, at) => row !== sorted[at - 1]);
    }
    const bits = this.#bits.fill(0);
    for (const row of rows) bits[row >>> 5]! |= 1 << (row & 31);
    let count = 0;
    const different = new Uint32Array(rows.length);
    for (let at = 0; at < bits.length; at++) for (let word = bits[at]!; word !== 0; word &= word - 1) different[count++] = at * 32 + 31 - Math.clz32(word & -word);
    return different.subarray(0, count);
  }

  #list(rows: Uint32Array<ArrayBuffer>): number {
    const first = this.lists.next;
    if (rows.length <= SHORT_LIST) {
      this.list(this.lists.next++, bytesOf(rows));
      return first;
    }
    for (let at = 0, end; at < rows.length; at = end) {
      const container = Math.floor(rows[at]! / CONTAINER);
      for (end = at + 1; end < rows.length && Math.floor(rows[end]! / CONTAINER) === container;) end++;
      // Of each row the 16 bits that count within its container.
      const inside = Uint16Array.from(rows.subarray(at, end));
      this.list(first + container, bytesOf(inside.length > LARGEST_ARRAY ? bitsOf(inside) : inside));
    }
    this.lists.next += this.#bits.length / (CONTAINER / 32);
    return first;
  }
}

function bitsOf(rows: Uint16Array): Uint32Array<ArrayBuffer> {
  const bits = new Uint32Array(CONTAINER / 32);
  for (const row of rows) bits[row >>> 5]! |= 1 << (row & 31);
  return bits;
}
