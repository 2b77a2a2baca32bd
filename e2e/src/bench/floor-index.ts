import type { Text } from './floor-texts.js';

/*
 * Tables and links of the floor's index (see floor.entry.ts). No imports but of Node and of the floor.
 */

const words = "content='', columnsize=0, detail=none, tokenize='unicode61 remove_diacritics 2'";
/** Tables of the index file and the settings of its word tables. */
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
  CREATE VIRTUAL TABLE students_words USING fts5(words, ${words});
  CREATE VIRTUAL TABLE parents_words USING fts5(words, ${words});
  CREATE VIRTUAL TABLE classes_words USING fts5(words, ${words});
  ${['students_words', 'parents_words', 'classes_words'].map((table) => `INSERT INTO ${table}(${table}, rank) VALUES('hashsize', 4194304), ('automerge', 0), ('crisismerge', 1000);`).join('\n')}
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
