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

/** A pair of numbers below `base` as one. */
export const pairOf = (base: number, left: number, right: number, named: number): number => (left * base + right) * 4 + named;

/** Pairs of one person and another with who named the pair (1 the student, 2 the guardian, 3 both), each as one number. */
export class Pairs {
  readonly #pairs: Float64Array;

  /** Every number of a person is below `base`. `pairs`: as `pairOf` gives them. */
  constructor(private readonly base: number, pairs: ArrayLike<number>) {
    this.#pairs = Float64Array.from(pairs).sort();
  }

  mapped(map: (left: number, right: number) => readonly [left: number, right: number]): Pairs {
    return new Pairs(this.base, this.#pairs.map((pair) => {
      const [left, right] = map(Math.floor(pair / 4 / this.base), Math.floor(pair / 4) % this.base);
      return pairOf(this.base, left, right, pair % 4);
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
