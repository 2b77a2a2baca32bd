import { raceFlags, type AnyRow, type BulkCollection, type Row, type RoleRow, type RowsByCollection } from '../roster.js';
import type { CsvLine } from './csv-package.js';

/** The file that holds each collection. */
export const fileOf: Readonly<Record<BulkCollection, string>> = {
  orgs: 'orgs',
  academicSessions: 'academicSessions',
  courses: 'courses',
  classes: 'classes',
  users: 'users',
  enrollments: 'enrollments',
  demographics: 'demographics',
};

const cell = (line: CsvLine, name: string): string | undefined => {
  const value = line[name]?.trim();
  return value === undefined || value === '' ? undefined : value;
};
const needed = (line: CsvLine, name: string): string => cell(line, name) ?? '';
const list = (line: CsvLine, name: string): string[] =>
  needed(line, name).split(',').map((item) => item.trim()).filter((item) => item !== '');
const flag = (line: CsvLine, name: string): boolean | undefined => {
  const value = cell(line, name)?.toLowerCase();
  return value === undefined ? undefined : value === 'true' || value === '1';
};

function metadataOf(line: CsvLine): Record<string, string> | undefined {
  const entries = Object.entries(line)
    .filter(([name, value]) => name.startsWith('metadata.') && value !== '')
    .map(([name, value]) => [name.slice('metadata.'.length), value] as const);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function common(line: CsvLine, writtenAt: string): Row {
  return {
    id: needed(line, 'sourcedId'),
    status: cell(line, 'status') === 'tobedeleted' ? 'tobedeleted' : 'active',
    modified: cell(line, 'dateLastModified') ?? writtenAt,
    metadata: metadataOf(line),
  };
}

/** Role names of 1.1 that 1.2 spells otherwise. */
function roleName(role: string): string {
  return role === 'administrator' ? 'siteAdministrator' : role;
}

/** `{type:id},{type:id}`; entries without a type get an empty one. */
function userIds(line: CsvLine): { type: string; identifier: string }[] {
  return list(line, 'userIds').map((entry) => {
    const text = entry.replace(/^\{|\}$/g, '');
    const colon = text.indexOf(':');
    return { type: colon < 0 ? '' : text.slice(0, colon), identifier: text.slice(colon + 1) };
  });
}

/** A line of the 1.2 file roles.csv: whose role it is, and the role. */
export function roleOf(line: CsvLine): { userId: string; role: RoleRow } {
  return {
    userId: needed(line, 'userSourcedId'),
    role: {
      roleType: cell(line, 'roleType') === 'secondary' ? 'secondary' : 'primary',
      role: roleName(needed(line, 'role')),
      orgId: needed(line, 'orgSourcedId'),
      beginDate: cell(line, 'beginDate'),
      endDate: cell(line, 'endDate'),
    },
  };
}

function user(line: CsvLine, writtenAt: string): RowsByCollection['users'] {
  const role = roleName(needed(line, 'role'));
  const orgIds = list(line, 'orgSourcedIds');
  return {
    ...common(line, writtenAt),
    username: needed(line, 'username'),
    enabled: flag(line, 'enabledUser') ?? true,
    givenName: needed(line, 'givenName'),
    familyName: needed(line, 'familyName'),
    middleName: cell(line, 'middleName'),
    preferredFirstName: cell(line, 'preferredGivenName'),
    preferredMiddleName: cell(line, 'preferredMiddleName'),
    preferredLastName: cell(line, 'preferredFamilyName'),
    pronouns: cell(line, 'pronouns'),
    masterIdentifier: cell(line, 'userMasterIdentifier'),
    primaryOrgId: cell(line, 'primaryOrgSourcedId') ?? orgIds[0],
    identifier: cell(line, 'identifier'),
    email: cell(line, 'email'),
    sms: cell(line, 'sms'),
    phone: cell(line, 'phone'),
    password: cell(line, 'password'),
    userIds: userIds(line),
    roles: role === '' ? [] : orgIds.map((orgId): RoleRow => ({ roleType: 'primary', role, orgId })),
    agentIds: list(line, 'agentSourcedIds'),
    grades: list(line, 'grades'),
  };
}

/** How a line of each file becomes a row; children and 1.2 roles are added when it is read. */
export const rowOf: { readonly [C in BulkCollection]: (line: CsvLine, writtenAt: string) => RowsByCollection[C] } = {
  orgs: (line, writtenAt) => ({
    ...common(line, writtenAt),
    name: needed(line, 'name'),
    type: needed(line, 'type'),
    identifier: needed(line, 'identifier'),
    parentId: cell(line, 'parentSourcedId'),
    childIds: [],
  }),
  academicSessions: (line, writtenAt) => ({
    ...common(line, writtenAt),
    title: needed(line, 'title'),
    type: needed(line, 'type'),
    startDate: needed(line, 'startDate'),
    endDate: needed(line, 'endDate'),
    schoolYear: needed(line, 'schoolYear'),
    parentId: cell(line, 'parentSourcedId'),
    childIds: [],
  }),
  courses: (line, writtenAt) => ({
    ...common(line, writtenAt),
    title: needed(line, 'title'),
    courseCode: needed(line, 'courseCode'),
    schoolYearId: cell(line, 'schoolYearSourcedId'),
    orgId: cell(line, 'orgSourcedId'),
    grades: list(line, 'grades'),
    subjects: list(line, 'subjects'),
    subjectCodes: list(line, 'subjectCodes'),
  }),
  classes: (line, writtenAt) => ({
    ...common(line, writtenAt),
    title: needed(line, 'title'),
    classCode: cell(line, 'classCode'),
    classType: cell(line, 'classType'),
    location: cell(line, 'location'),
    grades: list(line, 'grades'),
    subjects: list(line, 'subjects'),
    subjectCodes: list(line, 'subjectCodes'),
    periods: list(line, 'periods'),
    courseId: needed(line, 'courseSourcedId'),
    schoolId: needed(line, 'schoolSourcedId'),
    termIds: list(line, 'termSourcedIds'),
  }),
  users: user,
  enrollments: (line, writtenAt) => ({
    ...common(line, writtenAt),
    userId: needed(line, 'userSourcedId'),
    classId: needed(line, 'classSourcedId'),
    schoolId: needed(line, 'schoolSourcedId'),
    role: needed(line, 'role'),
    primary: flag(line, 'primary'),
    beginDate: cell(line, 'beginDate'),
    endDate: cell(line, 'endDate'),
  }),
  demographics: (line, writtenAt) => ({
    ...common(line, writtenAt),
    birthDate: cell(line, 'birthDate'),
    sex: cell(line, 'sex'),
    flags: Object.fromEntries(raceFlags.map((name) => [name, flag(line, name)])),
    countryOfBirthCode: cell(line, 'countryOfBirthCode'),
    stateOfBirthAbbreviation: cell(line, 'stateOfBirthAbbreviation'),
    cityOfBirth: cell(line, 'cityOfBirth'),
    publicSchoolResidenceStatus: cell(line, 'publicSchoolResidenceStatus'),
  }),
};

/** What decides to which view a row belongs: an org's or session's type, a user's first role. */
export function kindOf(row: AnyRow): string {
  if ('roles' in row) return row.roles[0]?.role ?? '';
  return 'type' in row ? row.type : '';
}
