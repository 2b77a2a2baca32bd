import type { SQLInputValue } from 'node:sqlite';
import type { Text } from './floor-texts.js';

/*
 * Tables and links of the floor's index (see floor.entry.ts). No imports but of Node and of the floor.
 */

/** Tables of the index file. */
export const TABLES = `
  CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE orgs(code INTEGER PRIMARY KEY, id TEXT NOT NULL, name TEXT);
  CREATE TABLE filters(kind TEXT NOT NULL, value TEXT NOT NULL, token TEXT NOT NULL, PRIMARY KEY(kind, value)) WITHOUT ROWID;
  CREATE TABLE roles(code INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE people(row INTEGER PRIMARY KEY, item TEXT NOT NULL);
  CREATE TABLE guardians(row INTEGER NOT NULL, linked INTEGER NOT NULL, named INTEGER NOT NULL, PRIMARY KEY(row, linked)) WITHOUT ROWID;
  CREATE TABLE children(row INTEGER NOT NULL, linked INTEGER NOT NULL, named INTEGER NOT NULL, PRIMARY KEY(row, linked)) WITHOUT ROWID;
  CREATE TABLE unresolved_guardians(row INTEGER PRIMARY KEY, count INTEGER NOT NULL);
  CREATE TABLE unresolved_children(row INTEGER PRIMARY KEY, count INTEGER NOT NULL);
  CREATE TABLE person_classes(row INTEGER PRIMARY KEY, members BLOB NOT NULL);
  CREATE TABLE classes(row INTEGER PRIMARY KEY, item TEXT NOT NULL);
  CREATE TABLE rosters(row INTEGER PRIMARY KEY, members BLOB NOT NULL);
  CREATE TABLE people_ids(id TEXT PRIMARY KEY, n INTEGER NOT NULL, row INTEGER NOT NULL, datasets INTEGER NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE class_ids(id TEXT PRIMARY KEY, n INTEGER NOT NULL, row INTEGER NOT NULL, hash BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE people_records(block INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
  CREATE TABLE class_records(block INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
  CREATE TABLE terms(kind INTEGER NOT NULL, term TEXT NOT NULL, list INTEGER NOT NULL, rows INTEGER NOT NULL, PRIMARY KEY(kind, term)) WITHOUT ROWID;
  CREATE TABLE lists(id INTEGER PRIMARY KEY, rows BLOB NOT NULL);
  CREATE TABLE names(dataset INTEGER PRIMARY KEY, words TEXT NOT NULL);
`;

/** What classes show of the person with this item. */
export const teacherIn = (item: string): object => {
  const [, id, given, family] = /^\x01(.*?)(?:\x02(.*?)|\x03)(?:\x04(.*?)|\x05)[\x06\x07]/s.exec(item)!;
  const name = (part: string | undefined): Text => (part === undefined ? null : (JSON.parse(`"${part}`) as string));
  return { sourcedId: JSON.parse(`"${id}"`) as string, givenName: name(given), familyName: name(family) };
};

/** Pairs of one person and another with who named the pair (1 the student, 2 the guardian, 3 both), each as one number. */
export class Pairs {
  #pairs: Float64Array<ArrayBuffer>;

  /** Every number of a person is below `base`. */
  constructor(private readonly base: number, pairs: readonly [left: number, right: number, named: number][] | Float64Array<ArrayBuffer>) {
    this.#pairs = pairs instanceof Float64Array ? pairs : Float64Array.from(pairs, ([left, right, named]) => (left * base + right) * 4 + named);
    this.#pairs.sort();
  }

  mapped(map: (left: number, right: number) => readonly [left: number, right: number]): Pairs {
    return new Pairs(this.base, this.#pairs.map((pair) => {
      const [left, right] = map(Math.floor(pair / 4 / this.base), Math.floor(pair / 4) % this.base);
      return (left * this.base + right) * 4 + (pair % 4);
    }));
  }

  *each(): Generator<readonly [left: number, right: number, named: number], void, undefined> {
    for (let at = 0; at < this.#pairs.length;) {
      const both = Math.floor(this.#pairs[at]! / 4);
      let named = 0;
      for (; at < this.#pairs.length && Math.floor(this.#pairs[at]! / 4) === both; at++) named |= this.#pairs[at]! % 4;
      yield [Math.floor(both / this.base), both % this.base, named];
    }
  }
}

const BUCKET = 256;
const SHORT_LIST = 1024;
const CONTAINER = 65_536;
type Insert = (...values: SQLInputValue[]) => void;

const startOf = (word: string, length: number): string => word.slice(0, length + ((word.charCodeAt(length) & 0xfc00) === 0xd800 ? 2 : 1));

/** The words of one dataset: every start of them gets a list of its rows, or stands with few others in a bucket of whole words. */
export class Words {
  readonly #rowsOf = new Map<string, number[]>();
  readonly everyone: number[] = [];
  #words: string[] = [];
  readonly #bits: Uint32Array<ArrayBuffer>[] = [];
  #containers = 0;

  /** `lists` gives numbers to the lists of all datasets. */
  constructor(private readonly dataset: number, private readonly lists: { next: number }, private readonly term: Insert, private readonly list: Insert) {}

  add(row: number, text: string): void {
    this.everyone.push(row);
    for (const word of text.split(' ')) {
      if (word === '') continue;
      const rows = this.#rowsOf.get(word);
      if (rows) rows.push(row);
      else this.#rowsOf.set(word, [row]);
    }
  }

  /** `most`: the largest row that there is. */
  write(most: number): void {
    this.#containers = Math.floor(most / CONTAINER) + 1;
    this.#words = [...this.#rowsOf.keys()].sort();
    this.#start('', 0, this.#words.length, 0);
  }

  /** Writes a start with everything that is longer: the words from one place to another in order. */
  #start(start: string, from: number, to: number, depth: number): { list: number; count: number } {
    let same = { list: -1, count: 0 };
    for (let at = from + Number(start !== '' && this.#words[from] === start); at < to;) {
      const longer = startOf(this.#words[at]!, start.length);
      let [end, total] = [at, 0];
      for (; end < to && this.#words[end]!.startsWith(longer); end++) total += this.#rowsOf.get(this.#words[end]!)!.length;
      if (total > BUCKET) {
        const below = this.#start(longer, at, end, depth + 1);
        if (below.count > same.count) same = below;
      } else {
        this.#bucket(longer, at, end, total);
      }
      at = end;
    }
    const bits = (this.#bits[depth] ??= new Uint32Array(this.#containers * CONTAINER / 32)).fill(0);
    const mark = (row: number): void => void (bits[row >>> 5]! |= 1 << (row & 31));
    if (start === '') this.everyone.forEach(mark);
    else for (let at = from; at < to; at++) this.#rowsOf.get(this.#words[at]!)!.forEach(mark);
    const rows = rowsIn(bits);
    const list = rows.length === same.count ? same.list : this.#list(bits, rows);
    this.term(this.dataset * 2, start, list, rows.length);
    return { list, count: rows.length };
  }

  #bucket(start: string, from: number, to: number, total: number): void {
    let text = '';
    for (let at = from; at < to; at++) text += `${this.#words[at]!.slice(start.length)},${this.#rowsOf.get(this.#words[at]!)!.map((row) => row.toString(36)).join()}\n`;
    this.list(this.lists.next, text);
    this.term(this.dataset * 2 + 1, start, this.lists.next++, total);
  }

  #list(bits: Uint32Array<ArrayBuffer>, rows: readonly number[]): number {
    const first = this.lists.next;
    this.lists.next += rows.length <= SHORT_LIST ? 1 : this.#containers;
    if (rows.length <= SHORT_LIST) this.list(first, new Uint8Array(Uint32Array.from(rows).buffer));
    else for (let container = 0; container < this.#containers; container++) {
      const part = bits.subarray(container * CONTAINER / 32, (container + 1) * CONTAINER / 32);
      const inPart = rowsIn(part);
      if (inPart.length > 0) this.list(first + container, inPart.length > 4095 ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(Uint16Array.from(inPart).buffer));
    }
    return first;
  }
}

function rowsIn(bits: Uint32Array): number[] {
  const rows: number[] = [];
  for (let at = 0; at < bits.length; at++) for (let word = bits[at]!; word !== 0; word &= word - 1) rows.push(at * 32 + 31 - Math.clz32(word & -word));
  return rows;
}
