import { RUNS_TABLE } from './word-runs.js';

/** Version of the index file's tables and of the texts in them; a reader refuses others. */
export const INDEX_FORMAT_VERSION = 4;
/** Versions that are read. In files of version 3 no role is told apart and nothing similar is found: they have no words of roles and no `names`. */
export const READ_FORMAT_VERSIONS: readonly unknown[] = [3, INDEX_FORMAT_VERSION];

/** How many upstream records are compressed together: one is looked up by unpacking its block. */
export const RECORDS_PER_BLOCK = 256;

/** Most linked people, teachers and schools that one item lists; the bounds of the search API. */
export const LIST_LIMIT = 64;

/** Settings of the building connection; together with the same calls in the same order they give the same bytes. */
export const BUILD_PRAGMAS = `
  PRAGMA main.page_size = 4096; PRAGMA main.journal_mode = OFF; PRAGMA main.synchronous = OFF; PRAGMA main.locking_mode = EXCLUSIVE;
  PRAGMA main.auto_vacuum = NONE; PRAGMA main.cache_size = -8000; PRAGMA temp_store = FILE;
`;

/**
 * Tables of an index file. `row` is a record's place in display order, from 1; people share one order, whatever their role.
 * `people.item` is JSON with the codes of `item-codes`. `guardians` and `children` hold the links from either side; `named` says
 * by whose record: 1 the student's, 2 the guardian's, 3 both. Ids carry the number `n` of the
 * record in order of sourcedId (its block is n / 256) and the first 16 bytes of the SHA-256 of the upstream record.
 *
 * `terms` names the starts of words, of each dataset in two kinds. A list: `lists` holds the rows of all records with a word that begins so, `rows` of them:
 * up to 1,024 as 4 bytes each; more in containers of 65,536 rows (the one of rows from 65,536 c on has id `list` + c, where there are any), each as 2 bytes
 * a row or, from 4,096 rows on, as one bit a row; all little-endian. The list of the start '' is everyone. A bucket: one text with a line `rest,row,row...` for every
 * word that begins so, rows to the base 36. Every word ends in one bucket, or is itself the start of a list; no bucket's start begins another's.
 * `names` has, by number of dataset, the different words of names (of titles, for classes) in order, each between two line feeds: what typing errors are looked for in.
 */
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

/** The number of a dataset in the `kind` of terms. */
export const TERM_DATASETS = { students: 0, parents: 1, classes: 2 } as const;

/** What stands in `terms.kind`. */
export const termKind = (dataset: number, kind: 'list' | 'bucket'): number => dataset * 2 + (kind === 'list' ? 0 : 1);

/** A start of words that no more rows have (each word of a record counts) has no list of its own. */
export const LARGEST_BUCKET = 256;
/** Lists of no more rows are in one piece. */
export const LARGEST_SHORT_LIST = 1024;
/** Rows of one container of a longer list. */
export const CONTAINER_ROWS = 65_536;
/** A container of more rows is stored as bits. */
export const LARGEST_ARRAY = 4095;

/** Tables beside the index while it is built, in a file of their own that goes afterwards. */
export const STAGE_TABLES = `
  PRAGMA stage.journal_mode = OFF; PRAGMA stage.synchronous = OFF; PRAGMA stage.locking_mode = EXCLUSIVE; PRAGMA stage.cache_size = -8000;
  CREATE TABLE stage.people(n INTEGER PRIMARY KEY, key TEXT NOT NULL, words TEXT NOT NULL, filters TEXT NOT NULL, agents TEXT);
  CREATE TABLE stage.items(n INTEGER PRIMARY KEY, item TEXT NOT NULL);
  CREATE TABLE stage.classes(n INTEGER PRIMARY KEY, key TEXT NOT NULL, record TEXT NOT NULL);
  CREATE TABLE stage.courses(id TEXT PRIMARY KEY, title TEXT, code TEXT) WITHOUT ROWID;
  CREATE TABLE stage.names(dataset INTEGER NOT NULL, word TEXT NOT NULL, PRIMARY KEY(dataset, word)) WITHOUT ROWID;
  ${RUNS_TABLE}
`;

/** Bits that say of which datasets a person is. */
export const DATASET_BITS = { students: 1, parents: 2, teachers: 4, staff: 8 } as const;

/** Where the words of each kind of filter begin, and how many of its values are one character. */
const FILTER_RANGES = { school: { base: 0xe000, single: 3000 }, grade: { base: 0xf000, single: 500 }, role: { base: 0xf700, single: 300 } } as const;

export type FilterKind = keyof typeof FILTER_RANGES;

/** The word that stands for a filter value; begins with a private-use character, which no folded text holds. `number` counts from 0. */
export function filterToken(kind: FilterKind, number: number): string {
  const { base, single } = FILTER_RANGES[kind];
  if (number < single) return String.fromCharCode(base + number);
  return String.fromCharCode(base + single + Math.floor((number - single) / 1000), base + ((number - single) % 1000));
}

/** A grade as filters compare it: case and leading zeros do not count. */
export function gradeKey(grade: string): string {
  const folded = grade.trim().toLowerCase();
  return /^0+\d/.test(folded) ? folded.replace(/^0+(?=\d)/, '') : folded;
}
