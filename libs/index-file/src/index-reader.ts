import type { ClassDetail, ClassItem } from '@lastgood/contracts';
import { pathToFileURL } from 'node:url';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { linkedPart, unpackMembers, type Member } from './class-rosters.js';
import { DATASET_BITS, EVERY_RECORD, gradeKey, INDEX_FORMAT_VERSION, RECORDS_PER_BLOCK } from './format.js';
import { expand } from './item-codes.js';
import { linkedItemSql } from './person-item.js';
import { QueryWords } from './query-words.js';
import { recordInBlock } from './record-blocks.js';

export type SearchedDataset = 'students' | 'parents' | 'classes';

/** One search. `after`: the row of the last item of the page before, 0 for the first page. `limit` is 1 to 200. */
export interface IndexQuery {
  q: string;
  school?: string | undefined;
  grade?: string | undefined;
  limit: number;
  after: number;
}

/** A page: its items as JSON texts joined by commas, how many they are, and the row after which the next page begins, null on the last one. */
export interface IndexPage {
  items: string;
  rows: number;
  next: number | null;
  count: { value: number; capped: boolean };
}

/** The file is no index, is damaged, or of a format that this version of the code does not read. */
export class UnreadableIndexError extends Error {
  override name = 'UnreadableIndexError';
}

const COUNT_CAP = 1000;
const MAX_ROSTER = 5000;
const MAX_CLASSES_OF_PERSON = 500;
const EVERYTHING = `"${EVERY_RECORD}"`;

interface PageStatements {
  page: StatementSync;
  count: StatementSync;
  more: StatementSync;
  /** How many there are without any condition. */
  size: number;
}

/**
 * Answers queries from one index file, which nobody may change while it is open. Synchronous: a page of 20 takes well below a
 * millisecond whatever the size of the district.
 */
export class IndexReader {
  readonly #database: DatabaseSync;
  readonly #words: QueryWords;
  readonly #pages: Record<SearchedDataset, PageStatements>;
  readonly #filter: StatementSync;
  readonly #org: StatementSync;
  readonly #orgs = new Map<number, string>();
  readonly #statements = new Map<string, StatementSync>();
  readonly #orgJson = (number: number): string => this.#orgText(number);
  /** Everything of the table `meta`: versions and counts. */
  readonly meta: Readonly<Record<string, string | number>>;

  /** Opens a file; throws `UnreadableIndexError`. `cacheBytes` bounds the page cache of this reader. The words may be shared by readers. */
  constructor(file: string, options: { words: QueryWords; cacheBytes?: number }) {
    this.#words = options.words;
    const url = pathToFileURL(file);
    url.search = '?immutable=1&mode=ro';
    try {
      this.#database = new DatabaseSync(url, { readOnly: true });
    } catch (cause) {
      throw new UnreadableIndexError('the index file cannot be opened', { cause });
    }
    try {
      this.#database.exec(`PRAGMA cache_size = -${Math.ceil((options.cacheBytes ?? 8_000_000) / 1024)}; PRAGMA mmap_size = 0; PRAGMA query_only = 1`);
      this.meta = Object.fromEntries(this.#database.prepare('SELECT name, value FROM meta').all().map(({ name, value }) => [String(name), value as string | number]));
      if (this.meta['format_version'] !== INDEX_FORMAT_VERSION) throw new UnreadableIndexError(`the index file has format version ${this.meta['format_version']}; this version of Lastgood reads ${INDEX_FORMAT_VERSION}`);
      this.#filter = this.#database.prepare('SELECT token FROM filters WHERE kind = ? AND value = ?');
      this.#org = this.#database.prepare('SELECT id, name FROM orgs WHERE code = ?');
      this.#pages = { students: this.#personPages('students', 'guardians'), parents: this.#personPages('parents', 'children'), classes: this.#pageStatements('classes', 'c.item', 'classes c ON c.row = f.rowid') };
    } catch (cause) {
      this.#database.close();
      throw cause instanceof UnreadableIndexError ? cause : new UnreadableIndexError('the index file is damaged or no index', { cause });
    }
  }

  /** One page of a dataset in display order; any text is a valid query. */
  search(dataset: SearchedDataset, query: IndexQuery): IndexPage {
    const expression = this.#expression(dataset, query);
    if (expression === null) return { items: '', rows: 0, next: null, count: { value: 0, capped: false } };
    const { page, count, more, size } = this.#pages[dataset];
    const { items, rows, last } = page.get(expression, query.after, query.limit) as { items: string | null; rows: number; last: number | null };
    const complete = rows < query.limit;
    const matches = complete && query.after === 0 ? rows : expression === EVERYTHING ? size : Number(count.get(expression)?.['n']);
    const goesOn = !complete && (query.after === 0 ? matches > rows : more.get(expression, last) !== undefined);
    return {
      items: items === null ? '' : expand(items, this.#orgJson),
      rows,
      next: goesOn ? last : null,
      count: { value: Math.min(matches, COUNT_CAP), capped: matches > COUNT_CAP },
    };
  }

  /** The JSON of a student or parent with its upstream record, or null when the dataset has no such sourcedId. */
  person(dataset: 'students' | 'parents', id: string): string | null {
    const found = this.#prepared('SELECT n, row, datasets FROM people_ids WHERE id = ?').get(id) as { n: number; row: number; datasets: number } | undefined;
    if (!found || (found.datasets & DATASET_BITS[dataset]) === 0) return null;
    const links = dataset === 'students' ? 'guardians' : 'children';
    const item = this.#prepared(`SELECT ${linkedItemSql(links)} AS item FROM people p WHERE p.row = ?`).get(found.row);
    const classes = dataset === 'students' ? `,"classes":${JSON.stringify(this.#classesOf(found.row))}` : '';
    return `${expand(String(item?.['item']), this.#orgJson).slice(0, -1)}${classes},"record":${this.#record('people', found.n)}}`;
  }

  /** The JSON of a class with its roster and upstream record, or null. */
  class(id: string): string | null {
    const found = this.#prepared('SELECT n, row FROM class_ids WHERE id = ?').get(id) as { n: number; row: number } | undefined;
    if (!found) return null;
    const item = expand(String(this.#prepared('SELECT item FROM classes WHERE row = ?').get(found.row)?.['item']), this.#orgJson);
    return `${item.slice(0, -1)},"roster":${JSON.stringify(this.#roster(found.row))},"record":${this.#record('classes', found.n)}}`;
  }

  /** Closes the file; the reader is of no use afterwards. */
  close(): void {
    this.#database.close();
  }

  /** How SQLite runs a page of a dataset: for tests that bound its work. */
  planOf(dataset: SearchedDataset): string[] {
    return this.#database.prepare(`EXPLAIN QUERY PLAN ${this.#pages[dataset].page.sourceSQL}`).all(EVERYTHING, 0, 1).map(({ detail }) => String(detail));
  }

  /** The FTS5 expression, null when a filter names what is not in the index. */
  #expression(dataset: SearchedDataset, query: IndexQuery): string | null {
    const parts = this.#words.cut(query.q, dataset !== 'classes').map((word) => `"${word}"`);
    for (const [kind, value] of [['school', query.school], ['grade', query.grade === undefined ? undefined : gradeKey(query.grade)]] as const) {
      if (value === undefined) continue;
      const token = this.#filter.get(kind, value)?.['token'];
      if (token === undefined) return null;
      parts.unshift(`"${String(token)}"`);
    }
    return parts.length === 0 ? EVERYTHING : parts.join(' AND ');
  }

  #personPages(dataset: 'students' | 'parents', links: 'guardians' | 'children'): PageStatements {
    return this.#pageStatements(dataset, linkedItemSql(links), 'people p ON p.row = f.rowid');
  }

  #pageStatements(dataset: SearchedDataset, item: string, joined: string): PageStatements {
    const words = `${dataset}_words`;
    return {
      page: this.#database.prepare(`SELECT group_concat(item, ',') AS items, count(*) AS rows, max(row) AS last FROM
        (SELECT f.rowid AS row, ${item} AS item FROM ${words} f CROSS JOIN ${joined} WHERE ${words} MATCH ? AND f.rowid > ? ORDER BY f.rowid LIMIT ?)`),
      count: this.#database.prepare(`SELECT count(*) AS n FROM (SELECT 1 FROM ${words} WHERE ${words} MATCH ? LIMIT ${COUNT_CAP + 1})`),
      more: this.#database.prepare(`SELECT 1 FROM ${words} WHERE ${words} MATCH ? AND rowid > ? LIMIT 1`),
      size: Number(this.meta[dataset]),
    };
  }

  #orgText(number: number): string {
    let text = this.#orgs.get(number);
    if (text === undefined) {
      const org = this.#org.get(number);
      text = JSON.stringify({ sourcedId: org?.['id'], name: org?.['name'] });
      this.#orgs.set(number, text);
    }
    return text;
  }

  #members(table: 'rosters' | 'person_classes', row: number): Member[] {
    const members = this.#prepared(`SELECT members FROM ${table} WHERE row = ?`).get(row)?.['members'];
    return members instanceof Uint8Array ? unpackMembers(members) : [];
  }

  #roleName(kind: number): string {
    return String(this.#prepared('SELECT name FROM roles WHERE code = ?').get(kind >> 2)?.['name']);
  }

  #classesOf(row: number): { sourcedId: string; title: string | null; classCode: string | null; role: string }[] {
    return this.#members('person_classes', row).slice(0, MAX_CLASSES_OF_PERSON).map((member) => {
      const item = String(this.#prepared('SELECT item FROM classes WHERE row = ?').get(member.row)?.['item']);
      const { sourcedId, title, classCode } = JSON.parse(expand(item, () => 'null')) as ClassItem;
      return { sourcedId, title, classCode, role: this.#roleName(member.kind) };
    });
  }

  #roster(row: number): ClassDetail['roster'] {
    return this.#members('rosters', row).slice(0, MAX_ROSTER).map((member) => {
      const { sourcedId, givenName, familyName, grades } = linkedPart(String(this.#prepared('SELECT item FROM people WHERE row = ?').get(member.row)?.['item']));
      const primary = member.kind & 3;
      return { sourcedId, givenName, familyName, role: this.#roleName(member.kind), grades, primary: primary === 0 ? null : primary === 2 };
    });
  }

  #record(kind: 'people' | 'classes', n: number): string {
    const block = this.#prepared(`SELECT bytes FROM ${kind === 'people' ? 'people' : 'class'}_records WHERE block = ?`).get(Math.floor(n / RECORDS_PER_BLOCK))?.['bytes'];
    if (!(block instanceof Uint8Array)) throw new UnreadableIndexError('the index file lacks an upstream record');
    return recordInBlock(block, n);
  }

  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }
}
