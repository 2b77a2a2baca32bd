import type { NormalClass, NormalEnrollment } from '@lastgood/contracts';
import type { DatabaseSync } from 'node:sqlite';
import { LIST_LIMIT } from './format.js';
import type { FilterTokens } from './filter-tokens.js';
import type { IdTable } from './id-table.js';
import { LINK_END, ORG, expand } from './item-codes.js';
import { groupByKey, NumberList } from './number-list.js';

/** Bytes of one member in a roster: row of the person (or class) in 4, role and primary in 2, little-endian. */
export const MEMBER_BYTES = 6;
const PRIMARY = new Map<boolean | null, number>([[null, 0], [false, 1], [true, 2]]);
const MAX_ROLES = 1 << 14;

/** Who is enrolled where, and as what: six bytes of memory for each enrolment and side. */
export class ClassRosters {
  readonly #people = new NumberList();
  readonly #classes = new NumberList();
  readonly #kinds = new NumberList();
  readonly #roles = new Map<string, number>();
  readonly #roleNames: string[] = [];
  #unresolved = 0;

  constructor(private readonly people: IdTable, private readonly classes: IdTable) {}

  /** Takes an enrolment; deleted ones and those of absent people or classes are not in rosters, the latter are counted. */
  add(enrollment: Pick<NormalEnrollment, 'userId' | 'classId' | 'role' | 'primary' | 'status'>): void {
    if (enrollment.status === 'tobedeleted') return;
    const person = this.people.find(enrollment.userId);
    const group = this.classes.find(enrollment.classId);
    if (person < 0 || group < 0) {
      this.#unresolved += 1;
      return;
    }
    let role = this.#roles.get(enrollment.role);
    if (role === undefined) {
      if (this.#roles.size === MAX_ROLES) throw new Error('the enrolments have more than 16,384 different roles');
      this.#roles.set(enrollment.role, (role = this.#roles.size));
      this.#roleNames.push(enrollment.role);
    }
    this.#people.push(person);
    this.#classes.push(group);
    this.#kinds.push(role * 4 + (PRIMARY.get(enrollment.primary) ?? 0));
  }

  /** Writes `roles`, `rosters` and `person_classes`, both sides in display order; `visit` gets each class's members as (row, kind) pairs. */
  write(database: DatabaseSync, rows: { people: Uint32Array; classes: Uint32Array }, visit: (classNumber: number, members: readonly Member[]) => void): number {
    const role = database.prepare('INSERT INTO roles(code, name) VALUES(?, ?)');
    for (const [name, code] of this.#roles) role.run(code, name.slice(0, 64));
    this.#writeSide(database.prepare('INSERT INTO rosters(row, members) VALUES(?, ?)'), this.#classes, rows.classes, (index) => rows.people[this.#people.at(index)] as number, visit);
    this.#writeSide(database.prepare('INSERT INTO person_classes(row, members) VALUES(?, ?)'), this.#people, rows.people, (index) => rows.classes[this.#classes.at(index)] as number);
    return this.#unresolved;
  }

  roleName(kind: number): string {
    return this.#roleNames[kind >> 2] as string;
  }

  #writeSide(insert: ReturnType<DatabaseSync['prepare']>, keys: NumberList, rowOfKey: Uint32Array, rowOf: (index: number) => number, visit?: (key: number, members: readonly Member[]) => void): void {
    const { starts, indexes } = groupByKey(keys, rowOfKey.length);
    const inOrder = new Uint32Array(rowOfKey.length);
    for (let key = 0; key < rowOfKey.length; key++) inOrder[(rowOfKey[key] as number) - 1] = key;
    for (const key of inOrder) {
      const members: Member[] = [];
      for (let at = starts[key] as number; at < (starts[key + 1] as number); at++) {
        const index = indexes[at] as number;
        members.push({ row: rowOf(index), kind: this.#kinds.at(index) });
      }
      members.sort((a, b) => a.row - b.row || a.kind - b.kind);
      const different = members.filter((member, at) => at === 0 || member.row !== members[at - 1]?.row || member.kind !== members[at - 1]?.kind);
      if (different.length > 0) insert.run(rowOfKey[key] as number, packMembers(different));
      visit?.(key, different);
    }
  }
}

/** One place in a roster. `kind`: role number x 4 + primary (0 unknown, 1 no, 2 yes). */
export interface Member {
  row: number;
  kind: number;
}

function packMembers(members: readonly Member[]): Buffer {
  const bytes = Buffer.allocUnsafe(members.length * MEMBER_BYTES);
  members.forEach(({ row, kind }, index) => {
    bytes.writeUInt32LE(row, index * MEMBER_BYTES);
    bytes.writeUInt16LE(kind, index * MEMBER_BYTES + 4);
  });
  return bytes;
}

export function unpackMembers(bytes: Uint8Array): Member[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.byteLength / MEMBER_BYTES) }, (_, index) => ({
    row: view.getUint32(index * MEMBER_BYTES, true),
    kind: view.getUint16(index * MEMBER_BYTES + 4, true),
  }));
}

/** What the item of a class needs besides its own record. */
export interface ClassContext {
  course: { title: string | null } | null;
  members: readonly Member[];
  roleName(kind: number): string;
  personItem(row: number): string;
  filters: FilterTokens;
}

/** The item of a class, whole, with the school as an org number. */
export function classItem(record: NormalClass, context: ClassContext): string {
  const teachers = context.members.filter(({ kind }) => context.roleName(kind) === 'teacher').sort((a, b) => Number((b.kind & 3) === 2) - Number((a.kind & 3) === 2) || a.row - b.row);
  const seen = new Set<number>();
  const named = teachers.filter(({ row }) => !seen.has(row) && seen.add(row)).slice(0, LIST_LIMIT).map(({ row }) => nameOf(context.personItem(row)));
  const students = new Set(context.members.filter(({ kind }) => context.roleName(kind) === 'student').map(({ row }) => row)).size;
  const text = (value: string | null): string | null => (value === null ? null : value.slice(0, 1024));
  const head = JSON.stringify({
    sourcedId: record.sourcedId, status: record.status.slice(0, 32), title: text(record.title), classCode: text(record.classCode), classType: text(record.classType), location: text(record.location),
    grades: record.grades.slice(0, 32).map((grade) => grade.slice(0, 32)), subjects: record.subjects.slice(0, 64).map((subject) => subject.slice(0, 255)), periods: record.periods.slice(0, 64).map((period) => period.slice(0, 64)),
    course: record.courseId === null ? null : { sourcedId: record.courseId, title: text(context.course?.title ?? null) },
    teachers: named, students,
  });
  const school = record.schoolId === null ? 'null' : `${ORG}${context.filters.orgNumber(record.schoolId)};`;
  return `${head.slice(0, -1)},"school":${school}}`;
}

/** The linked part of a person's item as an object. */
export function linkedPart(item: string): { sourcedId: string; givenName: string | null; familyName: string | null; grades: string[] } {
  const text = item.slice(0, item.indexOf(LINK_END));
  return JSON.parse(`${expand(text, () => 'null')}}`) as ReturnType<typeof linkedPart>;
}

function nameOf(item: string): { sourcedId: string; givenName: string | null; familyName: string | null } {
  const { sourcedId, givenName, familyName } = linkedPart(item);
  return { sourcedId, givenName, familyName };
}
