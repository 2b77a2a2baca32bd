import { raceFlags, storedIn, type BulkCollection, type Collection } from '../roster.js';
import type { Version } from './records.js';

const common = ['sourcedId', 'status', 'dateLastModified', 'metadata'];
const user = ['username', 'userIds', 'enabledUser', 'givenName', 'familyName', 'middleName', 'identifier', 'email', 'sms', 'phone', 'agents', 'grades', 'password'];

const fields: Readonly<Record<BulkCollection, Readonly<Record<Version, readonly string[]>>>> = {
  orgs: same(['name', 'type', 'identifier', 'parent', 'children']),
  academicSessions: same(['title', 'startDate', 'endDate', 'type', 'parent', 'children', 'schoolYear']),
  courses: same(['title', 'schoolYear', 'courseCode', 'grades', 'subjects', 'org', 'subjectCodes', 'resources']),
  classes: same(['title', 'classCode', 'classType', 'location', 'grades', 'subjects', 'course', 'school', 'terms', 'subjectCodes', 'periods', 'resources']),
  users: {
    '1.1': [...common, ...user, 'role', 'orgs'],
    '1.2': [...common, ...user, 'userMasterIdentifier', 'preferredFirstName', 'preferredMiddleName', 'preferredLastName', 'pronouns', 'roles', 'userProfiles', 'primaryOrg', 'resources'],
  },
  enrollments: same(['user', 'class', 'school', 'role', 'primary', 'beginDate', 'endDate']),
  demographics: same(['birthDate', 'sex', ...raceFlags, 'countryOfBirthCode', 'stateOfBirthAbbreviation', 'cityOfBirth', 'publicSchoolResidenceStatus']),
};

function same(names: readonly string[]): Record<Version, readonly string[]> {
  const all = [...common, ...names];
  return { '1.1': all, '1.2': all };
}

/** True when records of the collection can have this field in this version; of `a.b` the part before the dot counts. */
export function knowsField(collection: Collection, version: Version, field: string): boolean {
  return fields[storedIn[collection]][version].includes(field.split('.', 1)[0] as string);
}
