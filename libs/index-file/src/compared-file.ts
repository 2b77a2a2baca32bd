import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { unpackMembers, type Member } from './class-rosters.js';
import { RECORDS_PER_BLOCK } from './format.js';
import { expand } from './item-codes.js';
import { openIndex } from './open-index.js';
import { recordInBlock } from './record-blocks.js';

const CACHE_BYTES = 16_000_000;
export type RecordKind = 'people' | 'classes';

/** One record of a file as comparing sees it. `datasets`: the bits of `DATASET_BITS`, 0 for a class. */
export interface ComparedRecord {
  id: string;
  n: number;
  row: number;
  datasets: number;
  hash: Uint8Array;
}

/** What differences are counted by, and what a sample shows. */
export interface RecordFacts {
  name: string;
  roles: string[];
  schools: { sourcedId: string; name: string | null }[];
}

/** The records of one index file in order of sourcedId, with what is needed of those that differ. */
export class ComparedFile {
  readonly #database: DatabaseSync;
  readonly #items: Record<RecordKind, StatementSync>;
  readonly #blocks: Record<RecordKind, StatementSync>;
  readonly #org: StatementSync;
  readonly #roster: StatementSync;
  readonly #roles: ReadonlyMap<number, string>;
  /** Rows of people are 1 to this. */
  readonly people: number;
  readonly #orgs = new Map<number, { sourcedId: string; name: string | null }>();

  constructor(file: string) {
    this.#database = openIndex(file, CACHE_BYTES);
    this.#items = { people: this.#database.prepare('SELECT item FROM people WHERE row = ?'), classes: this.#database.prepare('SELECT item FROM classes WHERE row = ?') };
    this.#blocks = { people: this.#database.prepare('SELECT bytes FROM people_records WHERE block = ?'), classes: this.#database.prepare('SELECT bytes FROM class_records WHERE block = ?') };
    this.#org = this.#database.prepare('SELECT id, name FROM orgs WHERE code = ?');
    this.#roster = this.#database.prepare('SELECT members FROM rosters WHERE row = ?');
    this.#roles = new Map(this.#database.prepare('SELECT code, name FROM roles').all().map(({ code, name }) => [Number(code), String(name)]));
    this.people = Number(this.#database.prepare('SELECT max(row) AS last FROM people').get()?.['last'] ?? 0);
  }

  /** Every record once, in order of the UTF-8 bytes of sourcedIds. */
  records(kind: RecordKind): Iterator<ComparedRecord, unknown> {
    const sql = kind === 'people' ? 'SELECT id, n, row, datasets, hash FROM people_ids ORDER BY id' : 'SELECT id, n, row, 0 AS datasets, hash FROM class_ids ORDER BY id';
    return this.#database.prepare(sql).iterate() as unknown as Iterator<ComparedRecord, unknown>;
  }

  facts(kind: RecordKind, { row }: ComparedRecord): RecordFacts {
    const text = expand(String(this.#items[kind].get(row)?.['item']), String);
    if (kind === 'classes') {
      const { title, school } = JSON.parse(text) as { title: string | null; school: number | null };
      return { name: title ?? '', roles: [], schools: school === null ? [] : [this.#orgOf(school)] };
    }
    const { givenName, familyName, roles, schools } = JSON.parse(`${text}}`) as { givenName: string | null; familyName: string | null; roles: string[]; schools: number[] };
    return { name: [givenName, familyName].filter((part) => part !== null).join(' '), roles, schools: schools.map((number) => this.#orgOf(number)) };
  }

  /** The upstream record. */
  upstream(kind: RecordKind, { n }: ComparedRecord): Record<string, unknown> {
    const block = this.#blocks[kind].get(Math.floor(n / RECORDS_PER_BLOCK))?.['bytes'];
    return block instanceof Uint8Array ? (JSON.parse(recordInBlock(block, n)) as Record<string, unknown>) : {};
  }

  /** Who is in a class. */
  roster({ row }: ComparedRecord): Member[] {
    const members = this.#roster.get(row)?.['members'];
    return members instanceof Uint8Array ? unpackMembers(members) : [];
  }

  roleName({ kind }: Member): string {
    return this.#roles.get(kind >> 2) ?? '';
  }

  close(): void {
    this.#database.close();
  }

  #orgOf(number: number): { sourcedId: string; name: string | null } {
    let org = this.#orgs.get(number);
    if (org === undefined) {
      const found = this.#org.get(number);
      this.#orgs.set(number, (org = { sourcedId: String(found?.['id']), name: (found?.['name'] ?? null) as string | null }));
    }
    return org;
  }
}
