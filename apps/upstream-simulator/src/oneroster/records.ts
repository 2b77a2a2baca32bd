import {
  raceFlags,
  storedIn,
  type AnyRow,
  type BulkCollection,
  type ClassRow,
  type Collection,
  type CourseRow,
  type DemographicsRow,
  type EnrollmentRow,
  type OrgRow,
  type Row,
  type RowsByCollection,
  type SessionRow,
  type UserRow,
} from '../roster.js';

export type Version = '1.1' | '1.2';
export type JsonRecord = Record<string, unknown>;

/** A reference to another record: {href, sourcedId, type}. */
export interface Reference {
  readonly href: string;
  readonly sourcedId: string;
  readonly type: string;
}

type ReferenceType = 'org' | 'academicSession' | 'course' | 'class' | 'user';

const pathOfType: Readonly<Record<ReferenceType, string>> = {
  org: 'orgs',
  academicSession: 'academicSessions',
  course: 'courses',
  class: 'classes',
  user: 'users',
};

const roles11: Readonly<Record<string, string>> = {
  principal: 'administrator',
  siteAdministrator: 'administrator',
  districtAdministrator: 'administrator',
  systemAdministrator: 'administrator',
  counselor: 'administrator',
};

/** The role name that OneRoster 1.1 knows for a role of 1.2. */
export function roleIn11(role: string): string {
  return roles11[role] ?? role;
}

/** Most ids are plain, and escaping is the dearest step of writing a reference. */
const needsNoEscape = /^[\w.-]+$/;

/** Writes records in the shape of one OneRoster version; properties without a value are undefined and vanish in JSON. */
export class RecordWriter {
  readonly #old: boolean;

  constructor(
    readonly version: Version,
    /** Root of the service, without a slash at the end; references point into it. */
    readonly baseUrl: string,
  ) {
    this.#old = version === '1.1';
  }

  write(collection: Collection, row: AnyRow): JsonRecord {
    return this.#writers[storedIn[collection]](row as never);
  }

  readonly #writers: { readonly [C in BulkCollection]: (row: RowsByCollection[C]) => JsonRecord } = {
    orgs: (row) => this.#org(row),
    academicSessions: (row) => this.#session(row),
    courses: (row) => this.#course(row),
    classes: (row) => this.#class(row),
    users: (row) => (this.#old ? this.#user11(row) : this.#user12(row)),
    enrollments: (row) => this.#enrollment(row),
    demographics: (row) => this.#demographics(row),
  };

  #reference(type: ReferenceType, sourcedId: string): Reference {
    const segment = needsNoEscape.test(sourcedId) ? sourcedId : encodeURIComponent(sourcedId);
    return { href: `${this.baseUrl}/${pathOfType[type]}/${segment}`, sourcedId, type };
  }

  #optional(type: ReferenceType, sourcedId: string | undefined): Reference | undefined {
    return sourcedId === undefined ? undefined : this.#reference(type, sourcedId);
  }

  #references(type: ReferenceType, ids: readonly string[]): Reference[] {
    return ids.map((id) => this.#reference(type, id));
  }

  #flag(value: boolean | undefined): boolean | string | undefined {
    return this.#old || value === undefined ? value : String(value);
  }

  #common(row: Row): JsonRecord {
    return { sourcedId: row.id, status: row.status, dateLastModified: row.modified, metadata: row.metadata };
  }

  #org(row: OrgRow): JsonRecord {
    return {
      ...this.#common(row),
      name: row.name,
      type: row.type,
      identifier: row.identifier,
      parent: this.#optional('org', row.parentId),
      children: this.#references('org', row.childIds),
    };
  }

  #session(row: SessionRow): JsonRecord {
    return {
      ...this.#common(row),
      title: row.title,
      startDate: row.startDate,
      endDate: row.endDate,
      type: row.type,
      parent: this.#optional('academicSession', row.parentId),
      children: this.#references('academicSession', row.childIds),
      schoolYear: row.schoolYear,
    };
  }

  #course(row: CourseRow): JsonRecord {
    return {
      ...this.#common(row),
      title: row.title,
      schoolYear: this.#optional('academicSession', row.schoolYearId),
      courseCode: row.courseCode,
      grades: row.grades,
      subjects: row.subjects,
      org: this.#optional('org', row.orgId),
      subjectCodes: row.subjectCodes,
    };
  }

  #class(row: ClassRow): JsonRecord {
    return {
      ...this.#common(row),
      title: row.title,
      classCode: row.classCode,
      classType: row.classType,
      location: row.location,
      grades: row.grades,
      subjects: row.subjects,
      course: this.#reference('course', row.courseId),
      school: this.#reference('org', row.schoolId),
      terms: this.#references('academicSession', row.termIds),
      subjectCodes: row.subjectCodes,
      periods: row.periods,
    };
  }

  #user11(row: UserRow): JsonRecord {
    const orgIds = new Set(row.roles.map((role) => role.orgId));
    return {
      sourcedId: row.id,
      status: row.status,
      dateLastModified: row.modified,
      metadata: row.metadata,
      username: row.username,
      userIds: row.userIds,
      enabledUser: row.enabled,
      givenName: row.givenName,
      familyName: row.familyName,
      middleName: row.middleName,
      role: roleIn11(row.roles[0]?.role ?? 'student'),
      identifier: row.identifier,
      email: row.email,
      sms: row.sms,
      phone: row.phone,
      agents: this.#references('user', row.agentIds),
      orgs: this.#references('org', [...orgIds]),
      grades: row.grades,
      password: row.password,
    };
  }

  #user12(row: UserRow): JsonRecord {
    return {
      sourcedId: row.id,
      status: row.status,
      dateLastModified: row.modified,
      metadata: row.metadata,
      userMasterIdentifier: row.masterIdentifier,
      username: row.username,
      userIds: row.userIds,
      enabledUser: String(row.enabled),
      givenName: row.givenName,
      familyName: row.familyName,
      middleName: row.middleName,
      preferredFirstName: row.preferredFirstName,
      preferredMiddleName: row.preferredMiddleName,
      preferredLastName: row.preferredLastName,
      pronouns: row.pronouns,
      roles: row.roles.map((role) => ({
        roleType: role.roleType,
        role: role.role,
        org: this.#reference('org', role.orgId),
        beginDate: role.beginDate,
        endDate: role.endDate,
      })),
      primaryOrg: this.#optional('org', row.primaryOrgId),
      identifier: row.identifier,
      email: row.email,
      sms: row.sms,
      phone: row.phone,
      agents: this.#references('user', row.agentIds),
      grades: row.grades,
      password: row.password,
    };
  }

  #enrollment(row: EnrollmentRow): JsonRecord {
    return {
      sourcedId: row.id,
      status: row.status,
      dateLastModified: row.modified,
      metadata: row.metadata,
      user: this.#reference('user', row.userId),
      class: this.#reference('class', row.classId),
      school: this.#reference('org', row.schoolId),
      role: row.role,
      primary: this.#flag(row.primary),
      beginDate: row.beginDate,
      endDate: row.endDate,
    };
  }

  #demographics(row: DemographicsRow): JsonRecord {
    const flags: JsonRecord = {};
    for (const flag of raceFlags) flags[flag] = this.#flag(row.flags[flag]);
    return {
      ...this.#common(row),
      birthDate: row.birthDate,
      sex: row.sex,
      ...flags,
      countryOfBirthCode: row.countryOfBirthCode,
      stateOfBirthAbbreviation: row.stateOfBirthAbbreviation,
      cityOfBirth: row.cityOfBirth,
      publicSchoolResidenceStatus: row.publicSchoolResidenceStatus,
    };
  }
}
