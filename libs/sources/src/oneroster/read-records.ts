import type { Collection, NormalRecord, NormalUser, SourceKind } from '@lastgood/contracts';
import { BOUNDS, INVALID, readCode, readCodes, readFlag, readReference, readReferences, readRoleEntries, readStamp, readText, readUserIds } from './field-values.js';
import { standardRole } from './roles.js';

/** An upstream record of unknown shape. */
export type Sent = Readonly<Record<string, unknown>>;

const required = <T>(value: T | null): T => {
  if (value === null) throw INVALID;
  return value;
};

const unique = (items: string[]): string[] => (items.length < 2 ? items : [...new Set(items)]);

const base = (sent: Sent): { sourcedId: string; status: string; dateLastModified: string | null } => ({
  sourcedId: required(readCode(sent.sourcedId, BOUNDS.id)),
  status: readText(sent.status, BOUNDS.status) ?? 'active',
  dateLastModified: readStamp(sent.dateLastModified),
});

function readUser(sent: Sent): NormalUser {
  const entries = readRoleEntries(sent.roles);
  const role = readText(sent.role, BOUNDS.role);
  const roles = entries.map((entry) => standardRole(entry.role));
  if (role !== null) roles.push(standardRole(role));
  const primaryOrg = readReference(sent.primaryOrg);
  const orgIds = readReferences(sent.orgs);
  for (const { orgId } of entries) if (orgId !== null) orgIds.push(orgId);
  if (primaryOrg !== null) orgIds.unshift(primaryOrg);
  const { sourcedId, status, dateLastModified } = base(sent);
  return {
    sourcedId, status, dateLastModified,
    username: readText(sent.username),
    givenName: readText(sent.givenName),
    middleName: readText(sent.middleName),
    familyName: readText(sent.familyName),
    preferredName: readText(sent.preferredFirstName ?? sent.preferredGivenName),
    email: readText(sent.email),
    phone: readCode(sent.phone),
    sms: readCode(sent.sms),
    identifier: readCode(sent.identifier) ?? readCode(sent.userMasterIdentifier),
    userIds: readUserIds(sent.userIds),
    roles: unique(roles),
    grades: readCodes(sent.grades, BOUNDS.grades, BOUNDS.grade),
    orgIds: unique(orgIds),
    agentIds: unique(readReferences(sent.agents)),
    enabled: readFlag(sent.enabledUser),
  };
}

/** One reader per collection: throws INVALID where a field is not what its schema wants. Flat references are unfolded before. */
const READERS: { [C in Collection]: (sent: Sent) => NormalRecord<C> } = {
  users: readUser,
  classes: (sent) => ({
    ...base(sent),
    title: readText(sent.title),
    classCode: readCode(sent.classCode),
    classType: readText(sent.classType, BOUNDS.role),
    location: readText(sent.location),
    grades: readCodes(sent.grades, BOUNDS.grades, BOUNDS.grade),
    subjects: readCodes(sent.subjects, BOUNDS.subjects, BOUNDS.subject),
    periods: readCodes(sent.periods, BOUNDS.periods, BOUNDS.period),
    courseId: readReference(sent.course),
    schoolId: readReference(sent.school),
    termIds: unique(readReferences(sent.terms)),
  }),
  enrollments: (sent) => {
    const { sourcedId, status, dateLastModified } = base(sent);
    return {
      sourcedId, status, dateLastModified,
      userId: required(readReference(sent.user)),
      classId: required(readReference(sent.class)),
      schoolId: readReference(sent.school),
      role: standardRole(required(readText(sent.role, BOUNDS.role))),
      primary: readFlag(sent.primary),
      beginDate: readStamp(sent.beginDate),
      endDate: readStamp(sent.endDate),
    };
  },
  orgs: (sent) => {
    const common = base(sent);
    return {
      ...common,
      name: readText(sent.name),
      type: readText(sent.type, BOUNDS.role),
      identifier: readCode(sent.identifier) ?? common.sourcedId,
      parentId: readReference(sent.parent),
    };
  },
  courses: (sent) => ({
    ...base(sent),
    title: readText(sent.title),
    courseCode: readCode(sent.courseCode),
    grades: readCodes(sent.grades, BOUNDS.grades, BOUNDS.grade),
    subjects: readCodes(sent.subjects, BOUNDS.subjects, BOUNDS.subject),
    orgId: readReference(sent.org),
    schoolYearId: readReference(sent.schoolYear),
  }),
  academicSessions: (sent) => ({
    ...base(sent),
    title: readText(sent.title),
    type: readText(sent.type, BOUNDS.role),
    startDate: readStamp(sent.startDate),
    endDate: readStamp(sent.endDate),
    parentId: readReference(sent.parent),
    schoolYear: readCode(sent.schoolYear),
  }),
  demographics: (sent) => ({ ...base(sent), birthDate: readStamp(sent.birthDate), sex: readText(sent.sex, BOUNDS.role) }),
};

/** Properties of the CSV form that some vendors send in JSON, with the reference each stands for; those that a collection's reader asks for. */
const FLAT: Readonly<Record<Collection, readonly (readonly [flat: string, name: string])[]>> = {
  users: [['orgSourcedIds', 'orgs'], ['agentSourcedIds', 'agents'], ['primaryOrgSourcedId', 'primaryOrg']],
  classes: [['courseSourcedId', 'course'], ['schoolSourcedId', 'school'], ['termSourcedIds', 'terms']],
  enrollments: [['userSourcedId', 'user'], ['classSourcedId', 'class'], ['schoolSourcedId', 'school']],
  orgs: [['parentSourcedId', 'parent']],
  courses: [['orgSourcedId', 'org'], ['schoolYearSourcedId', 'schoolYear']],
  academicSessions: [['parentSourcedId', 'parent']],
  demographics: [],
};

/** The record with flat references (`classSourcedId`) put where references belong, itself when it has none. */
export function unfold(collection: Collection, sent: Sent): Sent {
  let unfolded: Record<string, unknown> | null = null;
  for (const [flat, name] of FLAT[collection]) {
    if (sent[flat] === undefined || (sent[name] !== undefined && sent[name] !== null)) continue;
    unfolded ??= { ...sent };
    unfolded[name] = sent[flat];
  }
  return unfolded ?? sent;
}

const told = (value: unknown): boolean => typeof value === 'string';
const hasRoles = (sent: Sent): boolean => Array.isArray(sent.roles) && sent.roles.length > 0;

const userIsWhole = (sent: Sent, user: NormalUser, kind: SourceKind): boolean => {
  if (!told(sent.givenName) || !told(sent.familyName)) return false;
  if (kind === 'oneroster-1.2') return hasRoles(sent) && user.enabled !== null;
  return told(sent.username) && (hasRoles(sent) || (user.roles.length > 0 && sent.orgs !== undefined && sent.orgs !== null));
};

/** Whether every required field is there, as the schemas have it. */
const WHOLE: { [C in Collection]: (sent: Sent, record: NormalRecord<C>, kind: SourceKind) => boolean } = {
  users: userIsWhole,
  classes: (sent, record) => told(sent.title) && record.courseId !== null && record.schoolId !== null && record.termIds.length > 0,
  enrollments: (_sent, record) => record.schoolId !== null,
  orgs: (sent, record) => told(sent.name) && record.type !== null,
  courses: (sent) => told(sent.title),
  academicSessions: (sent, record) => told(sent.title) && record.type !== null && record.startDate !== null && record.endDate !== null,
  demographics: () => true,
};

/** The record in one pass when nothing is wrong with it; null when anything is, which the schema then names. Accepts exactly what `recordSchema` does. */
export function readRecord<C extends Collection>(collection: C, kind: SourceKind, sent: Sent): NormalRecord<C> | null {
  try {
    const record = READERS[collection](sent);
    return WHOLE[collection](sent, record, kind) ? record : null;
  } catch (error) {
    if (error === INVALID) return null;
    throw error;
  }
}
