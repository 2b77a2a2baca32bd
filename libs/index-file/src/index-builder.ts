import { CALCULATION_VERSION, SCHEMA_VERSION, type Dataset, type NormalClass, type NormalCourse, type NormalEnrollment, type NormalOrg, type NormalUser } from '@lastgood/contracts';
import { hash } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { classItem, ClassRosters } from './class-rosters.js';
import { DatasetWords } from './dataset-words.js';
import { FilterTokens } from './filter-tokens.js';
import { orderKey } from './fold.js';
import { BUILD_PRAGMAS, DATASET_BITS, INDEX_FORMAT_VERSION, STAGE_TABLES, TABLES, TERM_DATASETS } from './format.js';
import { IdTable } from './id-table.js';
import { NameWords } from './name-words.js';
import { personItem } from './person-item.js';
import { PersonLinks } from './person-links.js';
import { RecordBlocks } from './record-blocks.js';
import { Tokenizer } from './tokenizer.js';
import { namesOf, orderedWords, textOfClass, textOfPerson } from './words.js';

/** What went into an index file. */
export interface IndexCounts {
  students: number;
  parents: number;
  people: number;
  classes: number;
  links: number;
  unresolvedGuardians: number;
  unresolvedChildren: number;
  unresolvedEnrollments: number;
}

const STAGE_SUFFIX = '.stage';
const HASH_BYTES = 16;

/**
 * Builds the search index of one snapshot: synchronous, for a worker thread. Order of the calls: orgs and courses at any time,
 * users and classes each in ascending order of sourcedId (UTF-8 bytes, each once), enrollments after both, then `finish`. The same calls
 * give the same bytes. Wide rows wait in a file beside it (`<file>.stage`), which `finish` and `abandon` delete; memory is about
 * 60 bytes for each person and 20 for each enrolment, besides two caches of 8 MB and the words of some ten thousand people.
 */
export class IndexBuilder {
  readonly #database: DatabaseSync;
  readonly #people = new IdTable();
  readonly #classes = new IdTable();
  readonly #rosters = new ClassRosters(this.#people, this.#classes);
  readonly #filters = new FilterTokens();
  readonly #tokenizer = new Tokenizer();
  readonly #orgs = new Map<string, Pick<NormalOrg, 'name'>>();
  readonly #peopleRecords: RecordBlocks;
  readonly #classRecords: RecordBlocks;
  readonly #stagePerson: StatementSync;
  readonly #stageItem: StatementSync;
  readonly #stageClass: StatementSync;
  readonly #stageCourse: StatementSync;
  readonly #names: NameWords;
  readonly #lists = { next: 1 };
  #datasets = new Uint8Array(1024);
  #hashes = { people: Buffer.allocUnsafe(1 << 16), classes: Buffer.allocUnsafe(1 << 12) };

  /** `file` must not exist. */
  constructor(private readonly file: string) {
    if (existsSync(file)) throw new Error('the index file exists already');
    rmSync(file + STAGE_SUFFIX, { force: true });
    this.#database = new DatabaseSync(file);
    this.#database.exec(BUILD_PRAGMAS);
    this.#database.prepare('ATTACH ? AS stage').run(file + STAGE_SUFFIX);
    this.#database.exec(STAGE_TABLES);
    this.#database.exec(`BEGIN; ${TABLES}`);
    this.#peopleRecords = new RecordBlocks(this.#database.prepare('INSERT INTO people_records(block, bytes) VALUES(?, ?)'));
    this.#classRecords = new RecordBlocks(this.#database.prepare('INSERT INTO class_records(block, bytes) VALUES(?, ?)'));
    this.#names = new NameWords(this.#database, this.#tokenizer);
    this.#stagePerson = this.#database.prepare('INSERT INTO stage.people(n, key, words, filters, agents) VALUES(?, ?, ?, ?, ?)');
    this.#stageItem = this.#database.prepare('INSERT INTO stage.items(n, item) VALUES(?, ?)');
    this.#stageClass = this.#database.prepare('INSERT INTO stage.classes(n, key, record) VALUES(?, ?, ?)');
    this.#stageCourse = this.#database.prepare('INSERT OR REPLACE INTO stage.courses(id, title, code) VALUES(?, ?, ?)');
  }

  addOrg(org: NormalOrg): void {
    this.#orgs.set(org.sourcedId, { name: org.name });
  }

  addCourse(course: NormalCourse): void {
    this.#stageCourse.run(course.sourcedId, course.title, course.courseCode);
  }

  /** `datasets`: those whose files hold the user. `record`: its upstream record as the JSONL has it, one line without the line feed. */
  addUser(user: NormalUser, datasets: readonly Dataset[], record: string): void {
    const n = this.#people.add(user.sourcedId);
    let bits = 0;
    for (const dataset of datasets) bits |= (DATASET_BITS as Partial<Record<Dataset, number>>)[dataset] ?? 0;
    if (n === this.#datasets.length) {
      const datasetsOf = new Uint8Array(Math.ceil(n * 1.5));
      datasetsOf.set(this.#datasets);
      this.#datasets = datasetsOf;
    }
    this.#datasets[n] = bits;
    const orgNumbers = user.orgIds.map((id) => this.#filters.orgNumber(id));
    const searched = (bits & (DATASET_BITS.students | DATASET_BITS.parents)) !== 0;
    this.#stagePerson.run(
      n, orderKey(user.familyName, user.givenName), searched ? this.#wordsOf(textOfPerson(user)) : '', searched ? this.#filters.words(orgNumbers, user.grades, user.roles) : '',
      searched && user.agentIds.length > 0 ? JSON.stringify(user.agentIds) : null,
    );
    if (searched) this.#addNames(user, bits);
    this.#stageItem.run(n, personItem(user, orgNumbers));
    this.#keepHash('people', n, record);
    this.#peopleRecords.add(record);
  }

  addClass(record: NormalClass, raw: string): void {
    const n = this.#classes.add(record.sourcedId);
    this.#stageClass.run(n, orderKey(record.title, record.classCode), JSON.stringify(record));
    this.#keepHash('classes', n, raw);
    this.#classRecords.add(raw);
  }

  addEnrollment(enrollment: Pick<NormalEnrollment, 'userId' | 'classId' | 'role' | 'primary' | 'status'>): void {
    this.#rosters.add(enrollment);
  }

  /** Writes everything and closes the file; not yet synced to the disk. */
  finish(): IndexCounts {
    this.#peopleRecords.flush();
    this.#classRecords.flush();
    const { rowOf, links, students, parents } = this.#writePeople();
    const unresolved = links.write(this.#database, rowOf);
    const unresolvedEnrollments = this.#writeClasses(rowOf);
    this.#writeIds(rowOf);
    this.#filters.write(this.#database, this.#orgs);
    this.#names.write();
    const counts: IndexCounts = { students, parents, people: this.#people.size, classes: this.#classes.size, ...unresolved, unresolvedEnrollments };
    const meta = this.#database.prepare('INSERT INTO meta(name, value) VALUES(?, ?)');
    for (const [name, value] of Object.entries({ format_version: INDEX_FORMAT_VERSION, schema_version: SCHEMA_VERSION, calculation_version: CALCULATION_VERSION, ...counts })) meta.run(name, value);
    this.#database.exec('COMMIT');
    this.#close();
    return counts;
  }

  /** Gives up: both files go. */
  abandon(): void {
    this.#close();
    rmSync(this.file, { force: true });
  }

  #close(): void {
    if (this.#database.isOpen) this.#database.close();
    this.#tokenizer.close();
    rmSync(this.file + STAGE_SUFFIX, { force: true });
  }

  #keepHash(kind: 'people' | 'classes', n: number, record: string): void {
    if ((n + 1) * HASH_BYTES > this.#hashes[kind].length) this.#hashes[kind] = Buffer.concat([this.#hashes[kind]], Math.ceil(this.#hashes[kind].length * 1.25));
    // As hexadecimal text: a buffer for each hash costs more than the hash.
    this.#hashes[kind].write(hash('sha256', record, 'hex'), n * HASH_BYTES, HASH_BYTES, 'hex');
  }

  #addNames(user: NormalUser, bits: number): void {
    for (const name of namesOf(user)) {
      if (bits & DATASET_BITS.students) this.#names.add('students', name);
      if (bits & DATASET_BITS.parents) this.#names.add('parents', name);
    }
  }

  #wordsOf(text: string): string {
    return orderedWords(this.#tokenizer.cut(text));
  }

  #classRows(): Uint32Array {
    const rowOf = new Uint32Array(this.#classes.size);
    let row = 0;
    for (const { n } of this.#database.prepare('SELECT n FROM stage.classes ORDER BY key, n').iterate()) rowOf[Number(n)] = ++row;
    return rowOf;
  }

  #writePeople(): { rowOf: Uint32Array; links: PersonLinks; students: number; parents: number } {
    const links = new PersonLinks(this.#people, this.#datasets);
    const rowOf = new Uint32Array(this.#people.size);
    const staged = this.#database.prepare('SELECT n, words, filters, agents FROM stage.people ORDER BY key, n');
    staged.setReturnArrays(true);
    const items = this.#database.prepare('SELECT item FROM stage.items WHERE n = ?');
    items.setReturnArrays(true);
    const person = this.#database.prepare('INSERT INTO people(row, item) VALUES(?, ?)');
    const students = new DatasetWords(this.#database, TERM_DATASETS.students);
    const parents = new DatasetWords(this.#database, TERM_DATASETS.parents);
    let row = 0;
    for (const [n, words, filters, agents] of staged.iterate() as unknown as Iterable<[n: number, words: string, filters: string, agents: string | null]>) {
      row += 1;
      rowOf[n] = row;
      person.run(row, (items.get(n) as unknown as [item: string])[0]);
      const bits = this.#datasets[n] as number;
      if (bits & DATASET_BITS.students) students.add(row, words, filters);
      if (bits & DATASET_BITS.parents) parents.add(row, words, filters);
      if (agents !== null) links.add(n, JSON.parse(agents) as string[]);
    }
    students.write(row, this.#lists);
    parents.write(row, this.#lists);
    return { rowOf, links, students: students.count, parents: parents.count };
  }

  #writeClasses(peopleRowOf: Uint32Array): number {
    const rowOf = this.#classRows();
    const staged = this.#database.prepare('SELECT record FROM stage.classes WHERE n = ?');
    const courseOf = this.#database.prepare('SELECT title, code AS courseCode FROM stage.courses WHERE id = ?');
    const person = this.#database.prepare('SELECT item FROM people WHERE row = ?');
    const insert = this.#database.prepare('INSERT INTO classes(row, item) VALUES(?, ?)');
    const words = new DatasetWords(this.#database, TERM_DATASETS.classes);
    const unresolved = this.#rosters.write(this.#database, { people: peopleRowOf, classes: rowOf }, (n, members) => {
      const record = JSON.parse(String(staged.get(n)?.['record'])) as NormalClass;
      const course = record.courseId === null ? null : ((courseOf.get(record.courseId) as { title: string | null; courseCode: string | null } | undefined) ?? null);
      const row = rowOf[n] as number;
      insert.run(row, classItem(record, { course, members, filters: this.#filters, roleName: (kind) => this.#rosters.roleName(kind), personItem: (at) => String(person.get(at)?.['item']) }));
      const schools = record.schoolId === null ? [] : [this.#filters.orgNumber(record.schoolId)];
      words.add(row, this.#wordsOf(textOfClass(record, course)), this.#filters.words(schools, record.grades, []));
      for (const title of [record.title, course?.title ?? null]) if (title !== null) this.#names.add('classes', title);
    });
    words.write(this.#classes.size, this.#lists);
    return unresolved;
  }

  #writeIds(peopleRowOf: Uint32Array): void {
    const person = this.#database.prepare('INSERT INTO people_ids(id, n, row, datasets, hash) VALUES(?, ?, ?, ?, ?)');
    for (let n = 0; n < this.#people.size; n++) person.run(this.#people.at(n), n, peopleRowOf[n] as number, this.#datasets[n] as number, this.#hashes.people.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES));
    const rowOf = this.#classRows();
    const group = this.#database.prepare('INSERT INTO class_ids(id, n, row, hash) VALUES(?, ?, ?, ?)');
    for (let n = 0; n < this.#classes.size; n++) group.run(this.#classes.at(n), n, rowOf[n] as number, this.#hashes.classes.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES));
  }
}
