import { Collection, type SourceKind } from '@lastgood/contracts';
import fc from 'fast-check';
import { normalize } from './normalize.js';
import { readRecord, unfold } from './read-records.js';
import { recordSchema, requiredFields } from './schemas.js';

const ref = (sourcedId: string, type: string): object => ({ href: `https://elsewhere.example/${type}s/${sourcedId}`, sourcedId, type });
const base = { sourcedId: 'x1', status: 'active', dateLastModified: '2026-01-01T00:00:00.000Z' };
const user11 = {
  ...base, username: 'anna', userIds: [{ type: 'SIS', identifier: 77 }], enabledUser: 'false', givenName: 'Anna', familyName: 'Bo', middleName: '', role: 'student',
  identifier: '', email: 'a@b.example', sms: null, phone: '+1 555', agents: [ref('p1', 'user'), ref('p1', 'user')], orgs: [ref('s1', 'org')], grades: ['05'], metadata: { any: 1 },
};
const user12 = {
  ...base, enabledUser: true, givenName: 'Anna', familyName: 'Bo', preferredFirstName: 'An', userMasterIdentifier: 'M7', grades: '05, 06', agents: 'p1',
  primaryOrg: ref('s0', 'org'), roles: [{ roleType: 'secondary', role: 'PARENT', org: ref('s2', 'org') }, { roleType: 'primary', role: 'teacher', org: 's1' }],
};
const samples: Record<Collection, Record<string, unknown>> = {
  users: user11,
  classes: { ...base, title: 'Math', classCode: 'M1', classType: 'homeroom', location: '', grades: ['05'], subjects: ['Maths'], periods: '1,2', course: ref('c', 'course'), school: 's1', terms: [ref('t', 'academicSession')] },
  enrollments: { ...base, user: ref('u', 'user'), class: ref('k', 'class'), school: ref('s', 'org'), role: 'Student', primary: 'True', beginDate: '2026-01-01' },
  orgs: { ...base, name: 'School', type: 'school', identifier: '', parent: ref('d', 'org') },
  courses: { ...base, title: 'Math', courseCode: 5, grades: [5], org: ref('s', 'org'), schoolYear: ref('y', 'academicSession') },
  academicSessions: { ...base, title: 'Year', type: 'schoolYear', startDate: '2025-08-01', endDate: '2026-06-30', schoolYear: 2026, parent: null },
  demographics: { ...base, birthDate: '2014-02-03', sex: 'female' },
};
const KINDS: SourceKind[] = ['oneroster-1.1', 'oneroster-1.2', 'classlink'];

describe('a user', () => {
  test('of 1.1 keeps role, orgs, agents and identifiers; "false" is false and a blank is absent', () => {
    expect(normalize('users', 'oneroster-1.1', user11, 'strict')).toEqual({
      problems: [],
      record: {
        ...base, username: 'anna', givenName: 'Anna', middleName: null, familyName: 'Bo', preferredName: null, email: 'a@b.example', phone: '+1 555', sms: null, identifier: null,
        userIds: [{ type: 'SIS', identifier: '77' }], roles: ['student'], grades: ['05'], orgIds: ['s1'], agentIds: ['p1'], enabled: false,
      },
    });
  });

  test('of 1.2 has its primary role and org first, in the standard\'s spelling', () => {
    expect(normalize('users', 'oneroster-1.2', user12, 'strict')).toMatchObject({
      problems: [], record: { username: null, preferredName: 'An', identifier: 'M7', roles: ['teacher', 'parent'], orgIds: ['s0', 's1', 's2'], grades: ['05', '06'], agentIds: ['p1'], enabled: true },
    });
  });

  test('of 1.2 shape is understood where 1.1 is configured, not the other way round', () => {
    expect(normalize('users', 'classlink', { ...user12, username: 'anna' }, 'strict').record?.roles).toEqual(['teacher', 'parent']);
    expect(normalize('users', 'oneroster-1.2', user11, 'strict')).toEqual({ record: null, problems: [{ code: 'missing_required', severity: 'error', field: 'roles' }] });
  });

  test('with a role that no standard knows is kept with a warning', () => {
    expect(normalize('users', 'oneroster-1.1', { ...user11, role: 'janitor' }, 'strict')).toMatchObject({ record: { roles: ['janitor'] }, problems: [{ code: 'unknown_role', severity: 'warning' }] });
    expect(normalize('users', 'oneroster-1.1', { ...user11, role: 'ext:driver' }, 'strict').problems).toEqual([]);
  });
});

describe('records of the other collections', () => {
  test('are read with references in every shape', () => {
    expect(normalize('classes', 'oneroster-1.1', samples.classes, 'strict').record).toMatchObject({ periods: ['1', '2'], courseId: 'c', schoolId: 's1', termIds: ['t'], location: null });
    const { course: _course, ...flat } = { ...samples.classes, courseSourcedId: 'c9' } as Record<string, unknown>;
    expect(normalize('classes', 'oneroster-1.1', flat, 'strict').record?.courseId).toBe('c9');
    expect(normalize('enrollments', 'oneroster-1.2', { ...base, userSourcedId: 'u', classSourcedId: 'k', schoolSourcedId: 's', role: 'teacher', primary: 1 }, 'strict').record)
      .toMatchObject({ userId: 'u', classId: 'k', schoolId: 's', primary: true, role: 'teacher' });
    expect(normalize('courses', 'oneroster-1.1', samples.courses, 'strict').record).toMatchObject({ courseCode: '5', grades: ['5'], orgId: 's', schoolYearId: 'y' });
    expect(normalize('academicSessions', 'oneroster-1.1', samples.academicSessions, 'strict').record).toMatchObject({ schoolYear: '2026', parentId: null });
  });

  test('have the sourcedId for a blank identifier of an org', () => {
    expect(normalize('orgs', 'classlink', samples.orgs, 'strict').record).toMatchObject({ identifier: 'x1', parentId: 'd' });
  });
});

describe('what does not fit', () => {
  test.each(Collection.options.flatMap((collection) => requiredFields(collection, 'oneroster-1.1').map((field) => [collection, field] as const)))(
    'refuses a record of %s without %s in either mode', (collection, field) => {
      const { [field]: _gone, ...rest } = samples[collection];
      for (const mode of ['strict', 'lenient'] as const) {
        expect(normalize(collection, 'oneroster-1.1', rest, mode)).toEqual({ record: null, problems: [{ code: 'missing_required', severity: 'error', field }] });
      }
    });

  test.each([['email', 42], ['enabledUser', 'perhaps'], ['userIds', 'x'], ['agents', { length: 5 }.length + 0.5], ['dateLastModified', 'yesterday'], ['grades', [{}]], ['phone', 'x'.repeat(2000)]])(
    'in the optional field %s refuses when strict, is left out and counted when lenient', (field, value) => {
      const bad = { ...user11, [field]: value };
      expect(normalize('users', 'oneroster-1.1', bad, 'strict')).toEqual({ record: null, problems: [{ code: 'invalid_optional', severity: 'error', field }] });
      const { [field]: _gone, ...rest } = bad as Record<string, unknown>;
      expect(normalize('users', 'oneroster-1.1', bad, 'lenient'))
        .toEqual({ record: normalize('users', 'oneroster-1.1', rest, 'strict').record, problems: [{ code: 'invalid_optional', severity: 'warning', field }] });
    });

  test('is refused when it is no object', () => {
    for (const value of [null, 7, 'x', [], undefined]) expect(normalize('orgs', 'classlink', value, 'lenient').record).toBeNull();
  });
});

const oddValue = fc.oneof(
  fc.constantFrom<unknown>(null, '', 0, 1, true, 'true', 'no', [], {}, [null], [''], ['a', 'a'], [{}], { sourcedId: '' }, { sourcedId: 'r' }, [{ sourcedId: 'r' }], '2026-01-01', 'student', ' a , b ', 1.5, [[]],
    [{ role: 'student' }], [{ role: '', org: 'x' }], [{ role: 'aide', org: [] }], [{ type: 'a', identifier: 'b' }], 'x'.repeat(300), 'x'.repeat(1025)),
  fc.jsonValue({ maxDepth: 2 }),
);

test('the fast reader accepts exactly what the schemas accept, whatever stands in a record', () => {
  let accepted = 0;
  fc.assert(fc.property(fc.constantFrom(...Collection.options), fc.constantFrom(...KINDS), fc.boolean(), fc.array(fc.tuple(fc.nat(40), oddValue), { maxLength: 3 }), (collection, kind, modern, changes) => {
    const record: Record<string, unknown> = { ...(collection === 'users' && modern ? { ...user12, username: 'u' } : samples[collection]) };
    const names = Object.keys(record);
    for (const [index, value] of changes) record[names[index % names.length]!] = value;
    const sent = unfold(collection, record);
    const valid = recordSchema(collection, kind).safeParse(sent).success;
    expect(readRecord(collection, kind, sent) !== null).toBe(valid);
    if (valid) accepted += 1;
    const lenient = normalize(collection, kind, record, 'lenient');
    expect(lenient.record === null).toBe(lenient.problems.some(({ severity }) => severity === 'error'));
  }), { numRuns: 5000 });
  expect(accepted).toBeGreaterThan(500);
});
