import type { Collection, Dataset, NormalRecords } from '@lastgood/contracts';

/** What a row shows besides its own record; lists in the order they are to stand. */
export interface JoinedIds {
  guardianIds?: readonly string[];
  childIds?: readonly string[];
  teacherIds?: readonly string[];
}

/** A cell before it is quoted; a list is joined by commas, as in OneRoster CSV. */
export type Cell = string | boolean | null | readonly string[];

/** One column: its name, what stands in it, and the words of the documentation. */
export interface Column<R> {
  name: string;
  words: string;
  cell: (record: R, joined: JoinedIds) => Cell;
}

type Columns<C extends Collection> = readonly Column<NormalRecords[C]>[];

const column = <R>(name: string, words: string, cell: Column<R>['cell']): Column<R> => ({ name, words, cell });
const own = <R>(name: keyof R & string, words: string): Column<R> => ({ name, words, cell: (record) => record[name] as Cell });

const head = <R extends { sourcedId: string; status: string; dateLastModified: string | null }>(): Column<R>[] => [
  column('sourcedId', 'id of the record at the upstream, unique within district and source', (record) => record.sourcedId),
  column('status', '`active`, `tobedeleted`, or as the upstream sent it', (record) => record.status),
  column('dateLastModified', 'as the upstream sent it', (record) => record.dateLastModified),
];

const users: Columns<'users'> = [
  ...head<NormalRecords['users']>(),
  own('enabled', '`true` or `false`; blank when the upstream does not say'),
  own('roles', 'roles in the standard\'s spelling, primary first'),
  own('username', 'user name'),
  own('givenName', 'given name'),
  own('middleName', 'middle name'),
  own('familyName', 'family name'),
  own('preferredName', 'preferred given name (1.2)'),
  own('email', 'mail address'),
  own('phone', 'telephone'),
  own('sms', 'number for text messages'),
  own('identifier', 'number of the person in the school system'),
  column('userIds', 'further ids, each `{type:id}`', (user) => user.userIds.map(({ type, identifier }) => `{${type}:${identifier}}`)),
  own('grades', 'grades'),
  own('orgIds', 'sourcedIds of orgs (schools), primary first'),
];
const agents: Column<NormalRecords['users']> = own('agentIds', 'sourcedIds this record itself names as related');
const guardians: Column<NormalRecords['users']> = column('guardianIds', 'sourcedIds of guardians, links of both directions', (_user, joined) => joined.guardianIds ?? null);
const children: Column<NormalRecords['users']> = column('childIds', 'sourcedIds of children, links of both directions', (_user, joined) => joined.childIds ?? null);

const classes: Columns<'classes'> = [
  ...head<NormalRecords['classes']>(),
  own('title', 'title'), own('classCode', 'code'), own('classType', '`homeroom` or `scheduled`'), own('location', 'room or place'),
  own('grades', 'grades'), own('subjects', 'subjects'), own('periods', 'periods'),
  own('courseId', 'sourcedId of the course'), own('schoolId', 'sourcedId of the school'), own('termIds', 'sourcedIds of terms'),
  column('teacherIds', 'sourcedIds of teachers by enrolment', (_class, joined) => joined.teacherIds ?? null),
];
const enrollments: Columns<'enrollments'> = [
  ...head<NormalRecords['enrollments']>(),
  own('userId', 'sourcedId of the user'), own('classId', 'sourcedId of the class'), own('schoolId', 'sourcedId of the school'), own('role', 'role in the class'),
  own('primary', '`true` for the teacher in charge'), own('beginDate', 'first day'), own('endDate', 'last day'),
];
const orgs: Columns<'orgs'> = [
  ...head<NormalRecords['orgs']>(),
  own('name', 'name'), own('type', '`school`, `district`, ...'), own('identifier', 'number; the sourcedId where the upstream sends none'), own('parentId', 'sourcedId of the org above'),
];
const courses: Columns<'courses'> = [
  ...head<NormalRecords['courses']>(),
  own('title', 'title'), own('courseCode', 'code'), own('grades', 'grades'), own('subjects', 'subjects'),
  own('orgId', 'sourcedId of the org'), own('schoolYearId', 'sourcedId of the school year'),
];
const academicSessions: Columns<'academicSessions'> = [
  ...head<NormalRecords['academicSessions']>(),
  own('title', 'title'), own('type', '`term`, `semester`, `schoolYear`, `gradingPeriod`'), own('startDate', 'first day'), own('endDate', 'last day'),
  own('parentId', 'sourcedId of the session above'), own('schoolYear', 'year in which the school year ends'),
];
const demographics: Columns<'demographics'> = [...head<NormalRecords['demographics']>(), own('birthDate', 'date of birth'), own('sex', 'sex')];

const COLUMNS: Record<Dataset, readonly Column<never>[]> = {
  students: [...users, guardians, agents],
  parents: [...users, children, agents],
  teachers: [...users, agents],
  staff: [...users, agents],
  classes, enrollments, orgs, courses, academicSessions, demographics,
};

/** Every column a dataset can have, in the default order, with its words. */
export function columnsOf(dataset: Dataset): readonly Column<never>[] {
  return COLUMNS[dataset];
}

/** Names of every column a dataset can have, in the default order. */
export function allowedColumns(dataset: Dataset): readonly string[] {
  return COLUMNS[dataset].map(({ name }) => name);
}

/** Columns of a dataset when the source sets none: all but `agentIds`, which guardianIds and childIds hold already. */
export function defaultColumns(dataset: Dataset): readonly string[] {
  return allowedColumns(dataset).filter((name) => name !== 'agentIds');
}

/** Null when every dataset's columns exist and stand once, else words that name the wrong and the allowed ones, for the configuration's report. */
export function columnProblem(columns: Partial<Record<Dataset, readonly string[]>>): string | null {
  const problems: string[] = [];
  for (const [dataset, names] of Object.entries(columns) as [Dataset, readonly string[]][]) {
    const allowed = allowedColumns(dataset);
    const unknown = names.filter((name) => !allowed.includes(name));
    if (unknown.length > 0) problems.push(`columns.${dataset} has no ${unknown.join(', ')}; there are ${allowed.join(', ')}`);
    const twice = names.filter((name, index) => names.indexOf(name) !== index);
    if (twice.length > 0) problems.push(`columns.${dataset} names ${[...new Set(twice)].join(', ')} twice`);
  }
  return problems.length === 0 ? null : problems.join('; ');
}
