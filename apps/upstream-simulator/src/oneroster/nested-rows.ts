import { storedIn, type AnyRow, type ClassRow, type Collection, type EnrollmentRow, type Roster, type UserRow } from '../roster.js';
import { Failure } from './failure.js';
import type { Target } from './service-path.js';

type Nested = Extract<Target, { kind: 'nested' }>;

function* every<R extends AnyRow>(roster: Roster, collection: Collection): Generator<R> {
  const count = roster.count(collection);
  for (let position = 0; position < count; position += 1) yield roster.at(collection, position) as R;
}

function select<R extends AnyRow>(roster: Roster, collection: Collection, accepts: (row: R) => boolean): R[] {
  return [...every<R>(roster, collection)].filter(accepts);
}

/** Rows by id in order, without those that do not exist. */
function byIds(roster: Roster, collection: Collection, ids: Iterable<string>): AnyRow[] {
  return [...new Set(ids)]
    .sort((left, right) => (left < right ? -1 : 1))
    .flatMap((id) => roster.find(collection, id) ?? []);
}

function enrolled(roster: Roster, accepts: (row: EnrollmentRow) => boolean): EnrollmentRow[] {
  const found: EnrollmentRow[] = [];
  for (const row of every<EnrollmentRow>(roster, 'enrollments')) if (accepts(row)) found.push(row);
  return found;
}

function ofClass(roster: Roster, classId: string, collection: Collection, withTeachers: boolean): AnyRow[] {
  const enrollments = enrolled(roster, (row) => row.classId === classId);
  if (collection === 'enrollments') return enrollments;
  const wanted = collection === 'teachers' ? 'teacher' : 'student';
  const chosen = enrollments.filter((row) => row.role === wanted || (withTeachers && wanted === 'student'));
  return byIds(roster, 'users', chosen.map((row) => row.userId));
}

function ofSchool(roster: Roster, schoolId: string, collection: Collection): AnyRow[] {
  switch (collection) {
    case 'classes':
      return select<ClassRow>(roster, 'classes', (row) => row.schoolId === schoolId);
    case 'enrollments':
      return enrolled(roster, (row) => row.schoolId === schoolId);
    case 'courses':
      return byIds(roster, 'courses', select<ClassRow>(roster, 'classes', (row) => row.schoolId === schoolId).map((row) => row.courseId));
    case 'terms':
      return byIds(roster, 'terms', select<ClassRow>(roster, 'classes', (row) => row.schoolId === schoolId).flatMap((row) => row.termIds));
    default:
      return select<UserRow>(roster, collection, (row) => row.roles.some((role) => role.orgId === schoolId));
  }
}

/**
 * The rows of a nested path such as classes/{id}/students, by one scan of the collection that holds the
 * link. Throws a Failure 404 when the parent does not exist.
 */
export function nestedRows(roster: Roster, target: Nested, withTeachers: boolean): AnyRow[] {
  if (roster.find(target.parent, target.id) === undefined) {
    throw new Failure(404, 'unknownobject', `There is no such record in ${storedIn[target.parent]}.`);
  }
  if (target.classId !== undefined) return ofClass(roster, target.classId, target.collection, withTeachers);
  switch (target.parent) {
    case 'classes':
      return ofClass(roster, target.id, target.collection, withTeachers);
    case 'schools':
      return ofSchool(roster, target.id, target.collection);
    case 'courses':
      return select<ClassRow>(roster, 'classes', (row) => row.courseId === target.id);
    case 'terms':
      return target.collection === 'classes'
        ? select<ClassRow>(roster, 'classes', (row) => row.termIds.includes(target.id))
        : select(roster, 'gradingPeriods', (row) => 'parentId' in row && row.parentId === target.id);
    default:
      return byIds(roster, 'classes', enrolled(roster, (row) => row.userId === target.id).map((row) => row.classId));
  }
}
