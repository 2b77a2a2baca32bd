import type { Dataset, NormalClass, NormalEnrollment, NormalUser } from '@lastgood/contracts';
import { IndexBuilder, type IndexCounts } from '../index.js';

/** A user with only what a test is about. */
export function user(of: Partial<NormalUser> & { sourcedId: string }): NormalUser {
  return {
    status: 'active', dateLastModified: null, username: null, givenName: null, middleName: null, familyName: null, preferredName: null, email: null, phone: null, sms: null,
    identifier: null, userIds: [], roles: ['student'], grades: [], orgIds: [], agentIds: [], enabled: true, ...of,
  };
}

export function schoolClass(of: Partial<NormalClass> & { sourcedId: string }): NormalClass {
  return { status: 'active', dateLastModified: null, title: null, classCode: null, classType: null, location: null, grades: [], subjects: [], periods: [], courseId: null, schoolId: null, termIds: [], ...of };
}

export type Enrollment = Pick<NormalEnrollment, 'userId' | 'classId' | 'role' | 'primary' | 'status'>;

export interface Roster {
  users: readonly NormalUser[];
  classes?: readonly NormalClass[];
  enrollments?: readonly Enrollment[];
}

/** The datasets of a user, by its roles. */
export function datasetsOf({ roles }: NormalUser): Dataset[] {
  const datasets: Dataset[] = [];
  if (roles.includes('student')) datasets.push('students');
  if (roles.some((role) => ['parent', 'guardian', 'relative'].includes(role))) datasets.push('parents');
  if (roles.includes('teacher')) datasets.push('teachers');
  return datasets.length > 0 ? datasets : ['staff'];
}

const byId = (a: { sourcedId: string }, b: { sourcedId: string }): number => Buffer.compare(Buffer.from(a.sourcedId), Buffer.from(b.sourcedId));

/** Builds an index file of a roster given in any order. */
export function buildIndex(file: string, { users, classes = [], enrollments = [] }: Roster): IndexCounts {
  const builder = new IndexBuilder(file);
  const org = { status: 'active', dateLastModified: null, type: 'school', identifier: null, parentId: null };
  for (const school of ['school-a', 'school-b']) builder.addOrg({ ...org, sourcedId: school, name: `The ${school}` });
  builder.addCourse({ sourcedId: 'course-1', status: 'active', dateLastModified: null, title: 'Mathematics', courseCode: 'M1', grades: [], subjects: [], orgId: null, schoolYearId: null });
  for (const each of users.toSorted(byId)) builder.addUser(each, datasetsOf(each), JSON.stringify({ sourcedId: each.sourcedId, raw: true }));
  for (const each of classes.toSorted(byId)) builder.addClass(each, JSON.stringify({ sourcedId: each.sourcedId, title: each.title }));
  for (const each of enrollments) builder.addEnrollment(each);
  return builder.finish();
}
