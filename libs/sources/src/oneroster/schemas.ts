import type { Collection, SourceKind } from '@lastgood/contracts';
import { z } from 'zod';
import { BOUNDS, readCode, readCodes, readFlag, readReference, readReferences, readRoleEntries, readStamp, readText, readUserIds } from './field-values.js';

const passes = (read: (value: unknown) => unknown) => (value: unknown): boolean => {
  try {
    read(value);
    return true;
  } catch {
    return false;
  }
};
const has = (read: (value: unknown) => unknown) => (value: unknown): boolean => passes((one) => {
  const found = read(one);
  if (found === null || (Array.isArray(found) && found.length === 0)) throw new Error('absent');
})(value);

const field = (read: (value: unknown) => unknown, words: string): z.ZodType => z.custom(passes(read), words).optional().describe(words);
const needed = (read: (value: unknown) => unknown, words: string): z.ZodType => z.custom(has(read), `required: ${words}`).describe(words);

const text = (most: number = BOUNDS.text) => field((value) => readText(value, most), `text of at most ${most} characters`);
const code = (most: number = BOUNDS.text) => field((value) => readCode(value, most), `text of at most ${most} characters, or an integer`);
const stamp = () => field(readStamp, 'a date or an instant in ISO 8601');
const flag = () => field(readFlag, 'true or false, as boolean, text or 1 and 0');
const reference = () => field(readReference, `a reference to a sourcedId of at most ${BOUNDS.id} characters`);
const references = () => field(readReferences, `at most ${BOUNDS.references} references`);
const codes = (most: number, longest: number) => field((value) => readCodes(value, most, longest), `at most ${most} values of at most ${longest} characters`);

/** A text that must be there; an empty one counts as told, since several vendors have people without a name part or user name. */
const present = () => z.string().max(BOUNDS.text);
const neededText = (most: number) => needed((value) => readText(value, most), `text of 1 to ${most} characters`);
const neededReference = () => needed(readReference, 'a reference to a sourcedId');
const neededReferences = () => needed(readReferences, 'at least one reference');

const common = {
  sourcedId: needed((value) => readCode(value, BOUNDS.id), `an id of 1 to ${BOUNDS.id} characters`),
  status: text(BOUNDS.status),
  dateLastModified: stamp(),
};
const person = {
  ...common,
  givenName: present(), familyName: present(), middleName: text(),
  preferredFirstName: text(), preferredGivenName: text(),
  email: text(), phone: code(), sms: code(), identifier: code(), userMasterIdentifier: code(),
  userIds: field(readUserIds, 'a list of { type, identifier }'),
  primaryOrg: reference(), agents: references(),
  grades: codes(BOUNDS.grades, BOUNDS.grade),
};
const roleList = 'a list of { role, org, roleType } with at least one role';

/** Users of OneRoster 1.1 and ClassLink: user name, role (a 1.2 list of roles will do) and orgs required. */
const User11 = z.looseObject({
  ...person,
  username: present(), role: text(BOUNDS.role), roles: field(readRoleEntries, roleList), orgs: references(), enabledUser: flag(),
}).superRefine((user, context) => {
  const hasRoles = Array.isArray(user.roles) && user.roles.length > 0;
  if (!hasRoles && (user.role === undefined || user.role === null || user.role === '')) context.addIssue({ code: 'custom', path: ['role'], message: 'required: a role' });
  if (!hasRoles && (user.orgs === undefined || user.orgs === null)) context.addIssue({ code: 'custom', path: ['orgs'], message: 'required: a list of orgs' });
});

/** Users of OneRoster 1.2: at least one role and enabledUser required, user name not. */
const User12 = z.looseObject({
  ...person,
  username: text(), role: text(BOUNDS.role), roles: needed(readRoleEntries, roleList), orgs: references(),
  enabledUser: needed(readFlag, 'true or false, as boolean, text or 1 and 0'),
});

const grades = codes(BOUNDS.grades, BOUNDS.grade);
const subjects = codes(BOUNDS.subjects, BOUNDS.subject);
const others = {
  classes: z.looseObject({
    ...common, title: present(), classCode: code(), classType: text(BOUNDS.role), location: text(), grades, subjects,
    periods: codes(BOUNDS.periods, BOUNDS.period), course: neededReference(), school: neededReference(), terms: neededReferences(),
  }),
  enrollments: z.looseObject({
    ...common, user: neededReference(), class: neededReference(), school: neededReference(), role: neededText(BOUNDS.role),
    primary: flag(), beginDate: stamp(), endDate: stamp(),
  }),
  orgs: z.looseObject({ ...common, name: present(), type: neededText(BOUNDS.role), identifier: code(), parent: reference() }),
  courses: z.looseObject({ ...common, title: present(), courseCode: code(), grades, subjects, org: reference(), schoolYear: reference() }),
  academicSessions: z.looseObject({
    ...common, title: present(), type: neededText(BOUNDS.role), startDate: needed(readStamp, 'a date'), endDate: needed(readStamp, 'a date'),
    parent: reference(), schoolYear: code(),
  }),
  demographics: z.looseObject({ ...common, birthDate: stamp(), sex: text(BOUNDS.role) }),
};

/** What one record of a collection must look like; unknown properties are allowed. Flat references (`classSourcedId`) are to be unfolded before. */
export function recordSchema(collection: Collection, kind: SourceKind): z.ZodType {
  if (collection === 'users') return kind === 'oneroster-1.2' ? User12 : User11;
  return others[collection];
}

const PERSON = ['givenName', 'familyName'];
const REQUIRED: { [C in Exclude<Collection, 'users'>]: readonly string[] } = {
  classes: ['title', 'course', 'school', 'terms'],
  enrollments: ['user', 'class', 'school', 'role'],
  orgs: ['name', 'type'],
  courses: ['title'],
  academicSessions: ['title', 'type', 'startDate', 'endDate'],
  demographics: [],
};

/** Properties without which a record is refused, `sourcedId` first; as the schemas have it. */
export function requiredFields(collection: Collection, kind: SourceKind): readonly string[] {
  if (collection !== 'users') return ['sourcedId', ...REQUIRED[collection]];
  return ['sourcedId', ...PERSON, ...(kind === 'oneroster-1.2' ? ['roles', 'enabledUser'] : ['username', 'role', 'orgs'])];
}
