import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { NormalUser } from '@lastgood/contracts';
import { datasetsOf, judgeClaim, linkClaims, type LinkClaim, type UserDataset } from '@lastgood/sources';
import type { LinkCounts } from './build-types.js';

const BITS: Record<UserDataset, number> = { students: 1, parents: 2, teachers: 4, staff: 8 };
/** Datasets by their bits together. */
const DATASETS = Array.from({ length: 16 }, (_, bits) => (Object.keys(BITS) as UserDataset[]).filter((dataset) => (bits & BITS[dataset]) !== 0));
const SCHEMA = `
  CREATE TABLE people (id TEXT PRIMARY KEY, datasets INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE claims (guardian TEXT NOT NULL, child TEXT NOT NULL, said_by INTEGER NOT NULL, PRIMARY KEY (child, guardian, said_by)) WITHOUT ROWID;
  CREATE TABLE links (child TEXT NOT NULL, guardian TEXT NOT NULL, PRIMARY KEY (child, guardian)) WITHOUT ROWID;
`;
const TEACHERS_SCHEMA = 'CREATE TABLE class_teachers (class TEXT NOT NULL, teacher TEXT NOT NULL, PRIMARY KEY (class, teacher)) WITHOUT ROWID';
const peoplePath = (folder: string): string => join(folder, 'people.sqlite');
/** A file of its own: links are read while enrolments still come. */
const teachersPath = (folder: string): string => join(folder, 'teachers.sqlite');

/** Collects who is what, who names whom and who teaches what, in temporary SQLite files: memory does not grow with the district. */
export class PeopleWriter {
  readonly #db: DatabaseSync;
  readonly #teachers: DatabaseSync;
  readonly #person: StatementSync;
  readonly #claim: StatementSync;
  readonly #teacher: StatementSync;

  constructor(folder: string) {
    this.#db = new DatabaseSync(peoplePath(folder));
    this.#db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -24576; ${SCHEMA}; BEGIN`);
    this.#teachers = new DatabaseSync(teachersPath(folder));
    this.#teachers.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8192; ${TEACHERS_SCHEMA}; BEGIN`);
    this.#person = this.#db.prepare('INSERT OR REPLACE INTO people VALUES (?, ?)');
    this.#claim = this.#db.prepare('INSERT OR IGNORE INTO claims VALUES (?, ?, ?)');
    this.#teacher = this.#teachers.prepare('INSERT OR IGNORE INTO class_teachers VALUES (?, ?)');
  }

  addUser(user: Pick<NormalUser, 'sourcedId' | 'roles' | 'agentIds'>): void {
    let bits = 0;
    for (const dataset of datasetsOf(user)) bits |= BITS[dataset];
    this.#person.run(user.sourcedId, bits);
    for (const { guardianId, childId, saidBy } of linkClaims(user)) this.#claim.run(guardianId, childId, saidBy === 'child' ? 0 : 1);
  }

  addTeacher(classId: string, userId: string): void {
    this.#teacher.run(classId, userId);
  }

  /** No user comes any more; afterwards links can be joined. */
  finishUsers(): void {
    this.#db.exec('COMMIT');
    this.#db.close();
  }

  /** No teacher comes any more; afterwards they can be read. */
  finishTeachers(): void {
    this.#teachers.exec('COMMIT');
    this.#teachers.close();
  }

  /** Closes what is open: the files are going to be removed. */
  abandon(): void {
    for (const database of [this.#db, this.#teachers]) if (database.isOpen) database.close();
  }
}

/** Judges every claim, once all users are there; afterwards `PeopleReader` can read the links. */
export function joinLinks(folder: string): LinkCounts {
  const db = new DatabaseSync(peoplePath(folder));
  try {
    db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -24576; BEGIN');
    const counts: LinkCounts = { links: 0, unresolved: 0, wrongKind: 0 };
    const link = db.prepare('INSERT INTO links VALUES (?, ?)');
    const wrong: LinkClaim[] = [];
    const claims = db.prepare(`SELECT c.guardian, c.child, c.said_by, p.datasets FROM claims c
      LEFT JOIN people p ON p.id = CASE c.said_by WHEN 0 THEN c.guardian ELSE c.child END ORDER BY c.child, c.guardian`);
    claims.setReturnArrays(true);
    let last: LinkClaim | null = null;
    for (const row of claims.iterate()) {
      const [guardianId, childId, saidBy, bits] = row as unknown as [string, string, number, number | null];
      const claim: LinkClaim = { guardianId, childId, saidBy: saidBy === 0 ? 'child' : 'guardian' };
      switch (judgeClaim(claim, bits === null ? undefined : DATASETS[bits])) {
        case 'link':
          if (last?.childId !== childId || last.guardianId !== guardianId) {
            link.run(childId, guardianId);
            counts.links += 1;
          }
          last = claim;
          break;
        case 'missing': counts.unresolved += 1; break;
        case 'wrong_kind': wrong.push(claim); if (wrong.length >= 10_000) counts.wrongKind += reallyWrong(db, wrong.splice(0)); break;
      }
    }
    counts.wrongKind += reallyWrong(db, wrong);
    db.exec('COMMIT; CREATE INDEX links_of_guardian ON links (guardian, child)');
    return counts;
  } finally {
    db.close();
  }
}

/** A user that is student and guardian claims each agent both ways; the wrong way counts only where no claim of the two holds. */
function reallyWrong(db: DatabaseSync, claims: readonly LinkClaim[]): number {
  const known = db.prepare('SELECT 1 FROM claims c JOIN people p ON p.id = c.guardian JOIN people q ON q.id = c.child WHERE c.child = ? AND c.guardian = ? AND (CASE c.said_by WHEN 0 THEN p.datasets & 14 ELSE q.datasets & 1 END) <> 0');
  return claims.filter(({ guardianId, childId }) => known.get(childId, guardianId) === undefined && known.get(guardianId, childId) === undefined).length;
}

/** Reads what `joinLinks` joined; ids in ascending order. Ask for people in the order of their lines, each once; for teachers once those are finished. */
export class PeopleReader {
  readonly #db: DatabaseSync;
  readonly #guardians: LinkCursor;
  readonly #children: LinkCursor;
  #teachers: { database: DatabaseSync; ofClass: StatementSync } | null = null;

  constructor(private readonly folder: string) {
    this.#db = new DatabaseSync(peoplePath(folder), { readOnly: true });
    this.#db.exec('PRAGMA cache_size = -16384');
    this.#guardians = new LinkCursor(this.#db.prepare(`SELECT child, guardian FROM links WHERE (child, guardian) > (?, ?) ORDER BY child, guardian LIMIT ${LINKS_AT_ONCE}`));
    this.#children = new LinkCursor(this.#db.prepare(`SELECT guardian, child FROM links WHERE (guardian, child) > (?, ?) ORDER BY guardian, child LIMIT ${LINKS_AT_ONCE}`));
  }

  linksOf(person: string): { guardianIds: readonly string[]; childIds: readonly string[] } {
    return { guardianIds: this.#guardians.of(person), childIds: this.#children.of(person) };
  }

  teachersOf(classId: string): string[] {
    return this.#openTeachers().all(classId).map(({ id }) => String(id));
  }

  close(): void {
    this.#db.close();
    this.#teachers?.database.close();
  }

  #openTeachers(): StatementSync {
    if (this.#teachers === null) {
      const database = new DatabaseSync(teachersPath(this.folder), { readOnly: true });
      this.#teachers = { database, ofClass: database.prepare('SELECT teacher AS id FROM class_teachers WHERE class = ? ORDER BY teacher') };
    }
    return this.#teachers.ofClass;
  }
}

const NOBODY: readonly string[] = [];
const LINKS_AT_ONCE = 1024;
type Link = readonly [id: string, other: string];

/** Walks links beside the people: both ends of a link are in the snapshot and both walks go in the order of UTF-8 bytes, so that the next link is always of a person still to come. */
class LinkCursor {
  #page: readonly Link[] = [];
  #at = 0;

  /** `statement`: the links after one that it is given, in order. */
  constructor(private readonly statement: StatementSync) {
    statement.setReturnArrays(true);
    this.#read(['', '']);
  }

  of(person: string): readonly string[] {
    if (this.#page[this.#at]?.[0] !== person) return NOBODY;
    const others: string[] = [];
    for (let link = this.#page[this.#at]; link?.[0] === person; link = this.#page[this.#at]) {
      others.push(link[1]);
      this.#at += 1;
      if (this.#at === LINKS_AT_ONCE) this.#read(link);
    }
    return others;
  }

  #read(after: Link): void {
    this.#page = this.statement.all(...after) as unknown as Link[];
    this.#at = 0;
  }
}
