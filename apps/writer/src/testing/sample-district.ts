import type { Collection } from '@lastgood/contracts';

/** Upstream records of a small OneRoster 1.1 district, by collection. */
export type UpstreamRecords = Partial<Record<Collection, Record<string, unknown>[]>>;

const common = { status: 'active', dateLastModified: '2026-09-01T00:00:00.000Z' };
const reference = (sourcedId: string, type: string): object => ({ href: `https://upstream.invalid/${sourcedId}`, sourcedId, type });
const number = (value: number): string => String(value).padStart(6, '0');

/** A made-up district: every third student has a guardian, links stand on one side or both; one class and one teacher for every ten students. */
export function sampleDistrict({ students, schools = 2, salt = '' }: { students: number; schools?: number; salt?: string }): UpstreamRecords {
  const school = (index: number): string => `school-${index % schools}`;
  const users: Record<string, unknown>[] = [];
  const classes: Record<string, unknown>[] = [];
  const enrollments: Record<string, unknown>[] = [];
  for (let index = 0; index < students; index += 1) {
    const id = `s-${number(index)}`;
    const guardian = index % 3 === 0 ? `p-${number(index)}` : null;
    users.push(user(id, 'student', school(index), { grades: [String(index % 12 + 1)], agents: guardian !== null && index % 2 === 0 ? [reference(guardian, 'user')] : [], salt }));
    if (guardian !== null) users.push(user(guardian, 'guardian', school(index), { agents: index % 4 !== 2 ? [reference(id, 'user')] : [], salt }));
    const group = `c-${number(Math.floor(index / 10))}`;
    if (index % 10 === 0) {
      const teacher = `t-${number(index)}`;
      users.push(user(teacher, 'teacher', school(index), { salt }));
      classes.push({ sourcedId: group, ...common, title: `Class ${group}`, classCode: group, classType: 'scheduled', course: reference('course-1', 'course'), school: reference(school(index), 'org'), terms: [reference('term-1', 'academicSession')], grades: ['9'], subjects: ['math'], periods: ['1'] });
      enrollments.push(enrollment(teacher, group, school(index), 'teacher'));
    }
    enrollments.push(enrollment(id, group, school(index), 'student'));
  }
  return {
    orgs: [{ sourcedId: 'district-1', ...common, name: 'Sample', type: 'district', identifier: 'd1' },
      ...Array.from({ length: schools }, (_, index) => ({ sourcedId: school(index), ...common, name: `School ${index}`, type: 'school', identifier: `${index}`, parent: reference('district-1', 'org') }))],
    academicSessions: [{ sourcedId: 'term-1', ...common, title: 'Year', type: 'schoolYear', startDate: '2026-08-01', endDate: '2027-06-30', schoolYear: '2027' }],
    courses: [{ sourcedId: 'course-1', ...common, title: 'Mathematics', courseCode: 'M1', grades: ['9'], subjects: ['math'], org: reference('district-1', 'org'), schoolYear: reference('term-1', 'academicSession') }],
    classes,
    users,
    enrollments,
  };
}

function user(sourcedId: string, role: string, org: string, { grades = [], agents = [], salt }: { grades?: string[]; agents?: object[]; salt: string }): Record<string, unknown> {
  return {
    sourcedId, ...common, username: `${sourcedId}${salt}`, enabledUser: true, givenName: `Given ${sourcedId}`, familyName: `Family ${sourcedId}`, role,
    identifier: `${sourcedId}`, email: `${sourcedId}@example.invalid`, grades, agents, orgs: [reference(org, 'org')], userIds: [{ type: 'local', identifier: sourcedId }],
  };
}

function enrollment(userId: string, classId: string, school: string, role: string): Record<string, unknown> {
  return {
    sourcedId: `e-${classId}-${userId}`, ...common, user: reference(userId, 'user'), class: reference(classId, 'class'), school: reference(school, 'org'), role, primary: role === 'teacher',
    beginDate: '2026-08-15', endDate: '2027-06-01',
  };
}
