import type { Collection, Dataset } from './ids.js';

/** OneRoster records as Lastgood understands them, whatever version and vendor they came from. Absent is null or an empty list, never a guess. */
interface Normal {
  sourcedId: string;
  /** `active` or `tobedeleted`; vendors send others, kept as sent. */
  status: string;
  dateLastModified: string | null;
}

export interface NormalUser extends Normal {
  username: string | null;
  givenName: string | null;
  middleName: string | null;
  familyName: string | null;
  preferredName: string | null;
  email: string | null;
  phone: string | null;
  sms: string | null;
  identifier: string | null;
  userIds: { type: string; identifier: string }[];
  /** Roles in the standard's spelling, primary first, without repetition. */
  roles: string[];
  grades: string[];
  /** sourcedIds of orgs, primary first, without repetition. */
  orgIds: string[];
  /** sourcedIds of the users this record names as related; guardians for a student, children for a guardian. */
  agentIds: string[];
  enabled: boolean | null;
}

export interface NormalClass extends Normal {
  title: string | null;
  classCode: string | null;
  classType: string | null;
  location: string | null;
  grades: string[];
  subjects: string[];
  periods: string[];
  courseId: string | null;
  schoolId: string | null;
  termIds: string[];
}

export interface NormalEnrollment extends Normal {
  userId: string;
  classId: string;
  schoolId: string | null;
  role: string;
  primary: boolean | null;
  beginDate: string | null;
  endDate: string | null;
}

export interface NormalOrg extends Normal {
  name: string | null;
  type: string | null;
  identifier: string | null;
  parentId: string | null;
}

export interface NormalCourse extends Normal {
  title: string | null;
  courseCode: string | null;
  grades: string[];
  subjects: string[];
  orgId: string | null;
  schoolYearId: string | null;
}

export interface NormalAcademicSession extends Normal {
  title: string | null;
  type: string | null;
  startDate: string | null;
  endDate: string | null;
  parentId: string | null;
  schoolYear: string | null;
}

export interface NormalDemographics extends Normal {
  birthDate: string | null;
  sex: string | null;
}

export interface NormalRecords {
  users: NormalUser;
  classes: NormalClass;
  enrollments: NormalEnrollment;
  orgs: NormalOrg;
  courses: NormalCourse;
  academicSessions: NormalAcademicSession;
  demographics: NormalDemographics;
}
export type NormalRecord<C extends Collection = Collection> = NormalRecords[C];

/** Collection that each dataset is made from. */
export const COLLECTION_OF: Record<Dataset, Collection> = {
  students: 'users', parents: 'users', teachers: 'users', staff: 'users',
  classes: 'classes', enrollments: 'enrollments', orgs: 'orgs', academicSessions: 'academicSessions', courses: 'courses', demographics: 'demographics',
};
