import type { ClassDetail, ClassItem } from '@lastgood/contracts';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { linkedPart, unpackMembers, type Member } from './class-rosters.js';
import { readFacets, type Facets } from './facets.js';
import { DATASET_BITS, gradeKey, INDEX_FORMAT_VERSION, READ_FORMAT_VERSIONS, RECORDS_PER_BLOCK, TERM_DATASETS } from './format.js';
import { expand } from './item-codes.js';
import { ItemTexts } from './item-texts.js';
import { openIndex } from './open-index.js';
import type { QueryWords } from './query-words.js';
import { recordInBlock } from './record-blocks.js';
import { SimilarRows } from './similar-rows.js';
import { WordLists } from './word-lists.js';

export type SearchedDataset = 'students' | 'parents' | 'classes';

/** One search. `after`: the row of the last item of the page before, 0 for the first page. `limit` is 1 to 200. */
export interface IndexQuery {
  q: string;
  school?: string | undefined;
  grade?: string | undefined;
  /** A role as the records have it. */
  role?: string | undefined;
  /** Whether hits that only resemble the query follow the exact ones; `auto`, when it is not said: where those are fewer than 5. */
  similar?: 'auto' | 'true' | 'false' | undefined;
  limit: number;
  after: number;
}

/**
 * A page: its items as JSON texts joined by commas, how many of them are exact hits, and the row after which the next page begins, null on the last one. Similar hits stand behind the exact
 * ones on the first page, where that has room and is the only one; they are neither counted nor paged.
 */
export interface IndexPage {
  items: string;
  rows: number;
  similar: number;
  next: number | null;
  count: { value: number; capped: boolean };
}

/** The file is no index, is damaged, or of a format that this version of the code does not read. */
export class UnreadableIndexError extends Error {
  override name = 'UnreadableIndexError';
}

/** The file was made before roles were indexed: a new refresh makes one that can be filtered by them. */
export class NoRolesError extends Error {
  override name = 'NoRolesError';
}

const COUNT_CAP = 1000;
/** With fewer exact hits similar ones are looked for. */
const FEW = 5;
const MAX_ROSTER = 5000;
const MAX_CLASSES_OF_PERSON = 500;

/**
 * Answers queries from one index file, which nobody may change while it is open. Synchronous: a page of 20 takes well below a
 * millisecond whatever the size of the district.
 */
export class IndexReader {
  readonly #database: DatabaseSync;
  readonly #words: QueryWords;
  readonly #lists: Record<SearchedDataset, WordLists>;
  readonly #similar: Record<SearchedDataset, SimilarRows>;
  readonly #items: ItemTexts;
  readonly #filter: StatementSync;
  readonly #org: StatementSync;
  readonly #orgs = new Map<number, string>();
  readonly #tokens = new Map<string, string>();
  readonly #statements = new Map<string, StatementSync>();
  /** Everything of the table `meta`: versions and counts. */
  readonly meta: Readonly<Record<string, string | number>>;

  /** Opens a file; throws `UnreadableIndexError`. `cacheBytes` bounds the page cache of this reader. The words may be shared by readers. */
  constructor(file: string, options: { words: QueryWords; cacheBytes?: number }) {
    this.#words = options.words;
    try {
      this.#database = openIndex(file, options.cacheBytes ?? 8_000_000);
    } catch (cause) {
      throw new UnreadableIndexError('the index file cannot be opened', { cause });
    }
    try {
      this.meta = Object.fromEntries(this.#database.prepare('SELECT name, value FROM meta').all().map(({ name, value }) => [String(name), value as string | number]));
      if (!READ_FORMAT_VERSIONS.includes(this.meta['format_version'])) throw new UnreadableIndexError(`the index file has format version ${this.meta['format_version']}; this version of Lastgood reads ${INDEX_FORMAT_VERSION}`);
      this.#filter = this.#database.prepare('SELECT token FROM filters WHERE kind = ? AND value = ?');
      this.#org = this.#database.prepare('SELECT id, name FROM orgs WHERE code = ?');
      this.#lists = { students: this.#listsOf('students', 'people'), parents: this.#listsOf('parents', 'people'), classes: this.#listsOf('classes', 'classes') };
      this.#similar = { students: this.#similarOf('students'), parents: this.#similarOf('parents'), classes: this.#similarOf('classes') };
      this.#items = new ItemTexts(this.#database, (number) => this.#orgText(number));
    } catch (cause) {
      this.#database.close();
      throw cause instanceof UnreadableIndexError ? cause : new UnreadableIndexError('the index file is damaged or no index', { cause });
    }
  }

  /** One page of a dataset in display order; any text is a valid query. Throws `NoRolesError` for a role that is asked of a file without them. */
  search(dataset: SearchedDataset, query: IndexQuery): IndexPage {
    const asked = this.#asked(dataset, query);
    if (asked === null) return { items: '', rows: 0, similar: 0, next: null, count: { value: 0, capped: false } };
    const { words, filters } = asked;
    const { rows, more, count } = this.#lists[dataset].find([...words, ...filters], { after: query.after, limit: query.limit, cap: COUNT_CAP });
    const items = this.#items.items(dataset, rows, 'exact');
    const similar = more || query.after > 0 || !wantsSimilar(query, count) || this.#isOld ? [] : this.#similar[dataset].find(words, filters, { without: rows, limit: query.limit - rows.length });
    return {
      items: similar.length === 0 ? items : `${items}${rows.length === 0 ? '' : ','}${this.#items.items(dataset, similar, 'similar')}`,
      rows: rows.length,
      similar: similar.length,
      next: more ? (rows.at(-1) ?? null) : null,
      count: { value: Math.min(count, COUNT_CAP), capped: count > COUNT_CAP },
    };
  }

  /** How many records match exactly, up to `cap` and one. */
  count(dataset: SearchedDataset, query: Omit<IndexQuery, 'limit' | 'after'>, cap: number): number {
    const asked = this.#asked(dataset, query);
    return asked === null ? 0 : this.#lists[dataset].find([...asked.words, ...asked.filters], { after: 0, limit: 1, cap }).count;
  }

  /** What searches can be filtered by. */
  facets(): Facets {
    return readFacets(this.#database, this.#lists.students);
  }

  /** The JSON of a student or parent, or null when the dataset has no such sourcedId. `whole`: with its upstream record, else null stands in its place. */
  person(dataset: 'students' | 'parents', id: string, whole = true): string | null {
    const found = this.#prepared('SELECT n, row, datasets FROM people_ids WHERE id = ?').get(id) as { n: number; row: number; datasets: number } | undefined;
    if (!found || (found.datasets & DATASET_BITS[dataset]) === 0) return null;
    const classes = dataset === 'students' ? `,"classes":${JSON.stringify(this.#classesOf(found.row))}` : '';
    return `${this.#items.item(dataset, found.row)}${classes},"record":${whole ? this.#record('people', found.n) : 'null'}}`;
  }

  /** The JSON of a class with its roster, or null. `whole` as for a person. */
  class(id: string, whole = true): string | null {
    const found = this.#prepared('SELECT n, row FROM class_ids WHERE id = ?').get(id) as { n: number; row: number } | undefined;
    if (!found) return null;
    return `${this.#items.item('classes', found.row)},"roster":${JSON.stringify(this.#roster(found.row))},"record":${whole ? this.#record('classes', found.n) : 'null'}}`;
  }

  /** Closes the file; the reader is of no use afterwards. */
  close(): void {
    this.#database.close();
  }

  /** How SQLite reads the items of a page: for tests that bound its work. */
  planOf(dataset: SearchedDataset): string[] {
    return this.#items.statementsOf(dataset).flatMap((sql) => this.#database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(1).map(({ detail }) => String(detail)));
  }

  /** Whether the file is from before roles and names were indexed. */
  get #isOld(): boolean {
    return this.meta['format_version'] !== INDEX_FORMAT_VERSION;
  }

  /** The words of a query and those that stand for its filters; null when a filter names what is not in the index, or the query has signs only. */
  #asked(dataset: SearchedDataset, { q, school, grade, role }: Pick<IndexQuery, 'q' | 'school' | 'grade' | 'role'>): { words: string[]; filters: string[] } | null {
    const words = this.#words.cut(q, dataset !== 'classes');
    if (words.length === 0 && q.trim() !== '') return null;
    if (role !== undefined && this.#isOld) throw new NoRolesError('the index file is from before roles were indexed');
    const filters: string[] = [];
    for (const [kind, value] of [['school', school], ['grade', grade === undefined ? undefined : gradeKey(grade)], ['role', role]] as const) {
      if (value === undefined) continue;
      const token = this.#token(kind, value);
      if (token === undefined) return null;
      filters.push(token);
    }
    return { words, filters };
  }

  /** The word that stands for a filter; undefined when nobody has what it names. */
  #token(kind: string, value: string): string | undefined {
    const key = `${kind} ${value}`;
    let token = this.#tokens.get(key);
    if (token === undefined) {
      const found = this.#filter.get(kind, value)?.['token'];
      if (found === undefined) return undefined;
      this.#tokens.set(key, (token = String(found)));
    }
    return token;
  }

  #listsOf(dataset: SearchedDataset, table: 'people' | 'classes'): WordLists {
    return new WordLists(this.#database, TERM_DATASETS[dataset], Number(this.meta[table]));
  }

  #similarOf(dataset: SearchedDataset): SimilarRows {
    return new SimilarRows(this.#database, TERM_DATASETS[dataset], this.#lists[dataset]);
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

const wantsSimilar = ({ similar = 'auto' }: IndexQuery, count: number): boolean => similar === 'true' || (similar === 'auto' && count < FEW);
