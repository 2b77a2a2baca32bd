/** The collections that are stored; each is ordered by sourcedId, ascending by UTF-16 code unit. */
export const bulkCollections = [
  'orgs',
  'academicSessions',
  'courses',
  'classes',
  'users',
  'enrollments',
  'demographics',
] as const;

/** Parts of a stored collection that OneRoster serves under a path of their own. */
export const viewCollections = ['schools', 'terms', 'gradingPeriods', 'students', 'teachers'] as const;

export const collections = [...bulkCollections, ...viewCollections] as const;

export type BulkCollection = (typeof bulkCollections)[number];
export type Collection = (typeof collections)[number];

/** The stored collection that a path serves rows of. */
export const storedIn: Record<Collection, BulkCollection> = {
  orgs: 'orgs',
  academicSessions: 'academicSessions',
  courses: 'courses',
  classes: 'classes',
  users: 'users',
  enrollments: 'enrollments',
  demographics: 'demographics',
  schools: 'orgs',
  terms: 'academicSessions',
  gradingPeriods: 'academicSessions',
  students: 'users',
  teachers: 'users',
};

/** What every OneRoster record has, in a form that belongs to neither version. */
export interface Row {
  readonly id: string;
  readonly status: 'active' | 'tobedeleted';
  /** ISO 8601 in UTC. */
  readonly modified: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface OrgRow extends Row {
  readonly name: string;
  readonly type: string;
  readonly identifier: string;
  readonly parentId?: string;
  readonly childIds: readonly string[];
}

export interface SessionRow extends Row {
  readonly title: string;
  readonly type: string;
  readonly startDate: string;
  readonly endDate: string;
  readonly schoolYear: string;
  readonly parentId?: string;
  readonly childIds: readonly string[];
}

export interface CourseRow extends Row {
  readonly title: string;
  readonly courseCode: string;
  readonly schoolYearId?: string;
  readonly orgId?: string;
  readonly grades: readonly string[];
  readonly subjects: readonly string[];
  readonly subjectCodes: readonly string[];
}

export interface ClassRow extends Row {
  readonly title: string;
  readonly classCode?: string;
  readonly classType?: string;
  readonly location?: string;
  readonly grades: readonly string[];
  readonly subjects: readonly string[];
  readonly subjectCodes: readonly string[];
  readonly periods: readonly string[];
  readonly courseId: string;
  readonly schoolId: string;
  readonly termIds: readonly string[];
}

/** One role of a user; role names are those of OneRoster 1.2. */
export interface RoleRow {
  readonly roleType: 'primary' | 'secondary';
  readonly role: string;
  readonly orgId: string;
  readonly beginDate?: string;
  readonly endDate?: string;
}

export interface UserRow extends Row {
  readonly username: string;
  readonly enabled: boolean;
  readonly givenName: string;
  readonly familyName: string;
  readonly middleName?: string;
  readonly preferredFirstName?: string;
  readonly preferredMiddleName?: string;
  readonly preferredLastName?: string;
  readonly pronouns?: string;
  readonly masterIdentifier?: string;
  readonly primaryOrgId?: string;
  readonly identifier?: string;
  readonly email?: string;
  readonly sms?: string;
  readonly phone?: string;
  readonly password?: string;
  readonly userIds: readonly { readonly type: string; readonly identifier: string }[];
  readonly roles: readonly RoleRow[];
  readonly agentIds: readonly string[];
  readonly grades: readonly string[];
}

export interface EnrollmentRow extends Row {
  readonly userId: string;
  readonly classId: string;
  readonly schoolId: string;
  readonly role: string;
  readonly primary?: boolean;
  readonly beginDate?: string;
  readonly endDate?: string;
}

/** Names of the race and ethnicity flags of a demographics record. */
export const raceFlags = [
  'americanIndianOrAlaskaNative',
  'asian',
  'blackOrAfricanAmerican',
  'nativeHawaiianOrOtherPacificIslander',
  'white',
  'demographicRaceTwoOrMoreRaces',
  'hispanicOrLatinoEthnicity',
] as const;

export interface DemographicsRow extends Row {
  readonly birthDate?: string;
  readonly sex?: string;
  readonly flags: Partial<Record<(typeof raceFlags)[number], boolean>>;
  readonly countryOfBirthCode?: string;
  readonly stateOfBirthAbbreviation?: string;
  readonly cityOfBirth?: string;
  readonly publicSchoolResidenceStatus?: string;
}

export interface RowsByCollection {
  orgs: OrgRow;
  academicSessions: SessionRow;
  courses: CourseRow;
  classes: ClassRow;
  users: UserRow;
  enrollments: EnrollmentRow;
  demographics: DemographicsRow;
}

export type AnyRow = RowsByCollection[BulkCollection];

/**
 * A district's records, readable by position. Rows of a collection are ordered by id ascending
 * (UTF-16 code units), positions start at 0, and reading position n costs the same for every n.
 */
export abstract class Roster {
  abstract count(collection: Collection): number;
  /** The row at a position from 0 to count - 1; throws RangeError outside of it. */
  abstract at(collection: Collection, position: number): AnyRow;
  /** The row with this id, or undefined; only within the given collection. */
  abstract find(collection: Collection, id: string): AnyRow | undefined;
}
