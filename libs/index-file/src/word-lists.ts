import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { CONTAINER_ROWS, LARGEST_BUCKET, LARGEST_SHORT_LIST, termKind } from './format.js';
import { countOf, rowsIn } from './word-tree.js';

/** Some rows of one container, counted from its first: ascending, or as bits. */
type Rows = Uint16Array | Uint32Array;

/** The rows of the records that have a word which begins so. `atMost`: no fewer than there are. */
interface RowList {
  /** All of them, ascending, when they are few. */
  few: Uint32Array | null;
  atMost: number;
  /** True when `atMost` is what there are. */
  exact: boolean;
  /** `room`: where a short list is written to. */
  inContainer(container: number, room: Uint16Array): Rows | null;
}

/** Rows of a page, and how many records match: `count` may stop at the cap plus one. */
export interface FoundRows {
  rows: number[];
  /** Whether there are more behind the last row. */
  more: boolean;
  count: number;
}

/**
 * Where rows of a container are put while two lists are compared: one search at a time uses them, and arrays of their own would cost more than comparing. What comes of a
 * comparison may take the place of what was compared: no row is written before the place where the next one is read.
 */
const [FIRST_ROWS, OTHER_ROWS] = [new Uint16Array(CONTAINER_ROWS), new Uint16Array(CONTAINER_ROWS)];

/** Starts whose few rows are remembered: those of names that resemble others are looked up again and again. */
const MOST_REMEMBERED = 1024;
/** Containers of long lists that are kept, of 8 KiB at most each. */
const MOST_CONTAINERS = 64;
const BITMAP_BYTES = CONTAINER_ROWS / 8;
const [COMMA, ZERO, NINE] = [44, 48, 57];
/** What to take off the code of a letter from a to z for its value to the base 36. */
const TEN_LETTER = 87;

/** Finds records of one dataset by the starts of their words: one look-up for each, and of the lists only what the page needs. */
export class WordLists {
  readonly #start: StatementSync;
  readonly #list: StatementSync;
  readonly #containers: number;
  readonly #remembered = new Map<string, RowList | null>();
  /** Containers of long lists, by number: that of a filter, or of a letter, is asked for again and again. */
  readonly #kept = new LRUCache<number, Rows>({ max: MOST_CONTAINERS });

  /** `dataset`: its number in `terms`; `rows`: the largest row of the file's dataset. */
  constructor(database: DatabaseSync, dataset: number, rows: number) {
    // A list of its own, or else the bucket: no start of a bucket begins another's, the last one up to the word is the word's, if any is.
    this.#start = database.prepare(`SELECT list, rows FROM terms WHERE kind = ${termKind(dataset, 'list')} AND term = ?1 UNION ALL
      SELECT t.term, l.rows FROM terms t CROSS JOIN lists l ON l.id = t.list WHERE t.kind = ${termKind(dataset, 'bucket')} AND t.term = (SELECT max(term) FROM terms WHERE kind = ${termKind(dataset, 'bucket')} AND term <= ?1)`);
    this.#list = database.prepare('SELECT rows FROM lists WHERE id = ?');
    for (const statement of [this.#start, this.#list]) statement.setReturnArrays(true);
    this.#containers = Math.floor(rows / CONTAINER_ROWS) + 1;
  }

  /** Rows behind `after` of the records that have, for each of the starts (or one of several), a word which begins so; all records without any. At most `limit`, counted up to `cap` and one. */
  find(starts: readonly (string | readonly string[])[], { after, limit, cap }: { after: number; limit: number; cap: number }): FoundRows {
    const lists: RowList[] = [];
    for (const start of starts.length === 0 ? [''] : starts) {
      const list = typeof start === 'string' ? this.#listOf(start) : anyOf(start.flatMap((one) => this.#rememberedListOf(one) ?? []));
      if (list === null) return { rows: [], more: false, count: 0 };
      lists.push(list);
    }
    lists.sort((a, b) => a.atMost - b.atMost);
    const [first, ...others] = lists as [RowList, ...RowList[]];
    const known = others.length === 0 && first.exact ? first.atMost : null;
    const rows: number[] = [];
    let [count, more] = [0, false];
    for (let container = known === null ? 0 : Math.floor(after / CONTAINER_ROWS); container < this.#containers; container++) {
      if (more && (known !== null || count > cap)) break;
      let found = first.inContainer(container, FIRST_ROWS);
      for (let at = 0; found !== null && at < others.length; at++) found = shared(found, (others[at] as RowList).inContainer(container, OTHER_ROWS));
      if (found === null) continue;
      if (known === null) count += sizeOf(found);
      const base = container * CONTAINER_ROWS;
      if (!more && base + CONTAINER_ROWS > after) more = takeBehind(found, base, after, limit, rows);
    }
    return { rows, more, count: known ?? count };
  }

  #rememberedListOf(start: string): RowList | null {
    const known = this.#remembered.get(start);
    if (known !== undefined) return known;
    const list = this.#listOf(start);
    if (list === null || (list.few !== null && list.few.length <= LARGEST_BUCKET)) {
      if (this.#remembered.size === MOST_REMEMBERED) this.#remembered.clear();
      this.#remembered.set(start, list);
    }
    return list;
  }

  #listOf(start: string): RowList | null {
    const found = this.#start.get(start) as unknown as [list: number, rows: number] | [start: string, text: string] | undefined;
    if (found === undefined) return null;
    if (isBucket(found)) return inBucket(start, found);
    const [list, rows] = found;
    if (rows <= LARGEST_SHORT_LIST) return shortList(numbersOf(this.#bytes(list) ?? new Uint8Array()));
    return {
      few: null,
      atMost: rows,
      exact: true,
      inContainer: (container) => this.#containerOf(list + container),
    };
  }

  #containerOf(list: number): Rows | null {
    let rows = this.#kept.get(list);
    if (rows === undefined) {
      const bytes = this.#bytes(list);
      if (bytes === null) return null;
      rows = bytes.length === BITMAP_BYTES ? numbersOf(bytes) : new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
      this.#kept.set(list, rows);
    }
    return rows;
  }

  #bytes(list: number): Uint8Array | null {
    const bytes = (this.#list.get(list) as unknown as [rows: unknown] | undefined)?.[0];
    return bytes instanceof Uint8Array ? bytes : null;
  }
}

/** The rows of the records with a word that begins so, of a bucket whose words begin with `found`. */
function inBucket(start: string, [found, text]: [start: string, text: string]): RowList | null {
  if (!start.startsWith(found)) return null;
  const rest = start.slice(found.length);
  const rows: number[] = [];
  // Lines are in order of their words: those that begin so stand together.
  for (let line = text.startsWith(rest) ? 0 : text.indexOf(`\n${rest}`) + 1, end; text.startsWith(rest, line) && line < text.length; line = end + 1) {
    end = text.indexOf('\n', line);
    readRows(text, text.indexOf(',', line) + 1, end, rows);
  }
  return rows.length === 0 ? null : shortList(inOrder(new Uint32Array(rows)));
}

/** Adds the rows of a line, to the base 36 and separated by commas, from one place up to another. */
function readRows(text: string, from: number, end: number, rows: number[]): void {
  let row = 0;
  for (let at = from; at < end; at++) {
    const digit = text.charCodeAt(at);
    if (digit === COMMA) {
      rows.push(row);
      row = 0;
    } else row = row * 36 + digit - (digit > NINE ? TEN_LETTER : ZERO);
  }
  rows.push(row);
}

const isBucket = (found: [number, number] | [string, string]): found is [string, string] => typeof found[0] === 'string';

function shortList(rows: Uint32Array): RowList {
  return {
    few: rows,
    atMost: rows.length,
    exact: true,
    inContainer: (container, room) => {
      const base = container * CONTAINER_ROWS;
      const from = placeOf(base, rows, 0);
      const end = from === rows.length ? from : placeOf(base + CONTAINER_ROWS, rows, from);
      if (from === end) return null;
      for (let row = from; row < end; row++) room[row - from] = (rows[row] as number) - base;
      return room.subarray(0, end - from);
    },
  };
}

/** Ascending and each once; sorts the numbers in place. */
function inOrder(rows: Uint32Array): Uint32Array {
  let isAscending = true;
  for (let at = 1; at < rows.length && isAscending; at++) isAscending = (rows[at - 1] as number) < (rows[at] as number);
  if (isAscending) return rows;
  rows.sort();
  let kept = 1;
  for (let at = 1; at < rows.length; at++) if (rows[at] !== rows[at - 1]) rows[kept++] = rows[at] as number;
  return rows.subarray(0, kept);
}

/** The rows of several short lists together. */
function together(lists: readonly Uint32Array[]): Uint32Array {
  const rows = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    rows.set(list, at);
    at += list.length;
  }
  return inOrder(rows);
}

/** Rows that at least one has; null without any. */
function anyOf(lists: readonly RowList[]): RowList | null {
  if (lists.length < 2) return lists[0] ?? null;
  const few = lists.flatMap((list) => list.few ?? []);
  if (few.length === lists.length) return shortList(together(few));
  return {
    few: null,
    atMost: lists.reduce((sum, { atMost }) => sum + atMost, 0),
    exact: false,
    inContainer: (container, room) => {
      let bits: Uint32Array | null = null;
      for (const list of lists) {
        const rows = list.inContainer(container, room);
        if (rows === null) continue;
        bits ??= new Uint32Array(CONTAINER_ROWS / 32);
        if (rows instanceof Uint32Array) for (let at = 0; at < rows.length; at++) bits[at]! |= rows[at] as number;
        else for (let at = 0; at < rows.length; at++) bits[(rows[at] as number) >>> 5]! |= 1 << ((rows[at] as number) & 31);
      }
      return bits;
    },
  };
}

/** Rows that both have; null when there are none. */
function shared(one: Rows, other: Rows | null): Rows | null {
  if (other === null) return null;
  if (one instanceof Uint32Array) return other instanceof Uint32Array ? sharedBits(one, other) : sharedOfArray(other, one);
  return other instanceof Uint32Array ? sharedOfArray(one, other) : sharedOfArrays(one, other);
}

function sharedBits(one: Uint32Array, other: Uint32Array): Rows {
  const both = new Uint32Array(one.length);
  for (let at = 0; at < both.length; at++) both[at] = (one[at] as number) & (other[at] as number);
  return both;
}

function sharedOfArray(rows: Uint16Array, bits: Uint32Array): Rows | null {
  let count = 0;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as number;
    if ((bits[row >>> 5] as number) & (1 << (row & 31))) FIRST_ROWS[count++] = row;
  }
  return count === 0 ? null : FIRST_ROWS.subarray(0, count);
}

function sharedOfArrays(one: Uint16Array, other: Uint16Array): Rows | null {
  const [few, many] = one.length <= other.length ? [one, other] : [other, one];
  let [count, from] = [0, 0];
  for (let at = 0; at < few.length && from < many.length; at++) {
    const row = few[at] as number;
    from = placeOf(row, many, from);
    if (many[from] === row) FIRST_ROWS[count++] = row;
  }
  return count === 0 ? null : FIRST_ROWS.subarray(0, count);
}

/** Where the first row of at least `row` stands, from `from` on: by steps that double, then by halves. */
function placeOf(row: number, rows: Uint16Array | Uint32Array, from: number): number {
  let step = 1;
  while (from + step < rows.length && (rows[from + step] as number) < row) step *= 2;
  let [low, high] = [from + (step >> 1), Math.min(from + step, rows.length)];
  if ((rows[from] as number) >= row) return from;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] as number) < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

const sizeOf = (rows: Rows): number => (rows instanceof Uint32Array ? countOf(rows) : rows.length);

/** Adds rows behind `after` until there are `limit`; true when there are more. */
function takeBehind(found: Rows, base: number, after: number, limit: number, rows: number[]): boolean {
  if (found instanceof Uint16Array) {
    for (let at = base > after ? 0 : placeOf(after - base + 1, found, 0); at < found.length; at++) {
      if (rows.length === limit) return true;
      rows.push(base + (found[at] as number));
    }
    return false;
  }
  for (let at = base > after ? 0 : (after - base) >>> 5; at < found.length; at++) {
    if (found[at] === 0) continue;
    for (const bit of rowsIn(found.subarray(at, at + 1))) {
      const row = base + at * 32 + bit;
      if (row <= after) continue;
      if (rows.length === limit) return true;
      rows.push(row);
    }
  }
  return false;
}

const numbersOf = (bytes: Uint8Array): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
