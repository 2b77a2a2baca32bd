import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassDetail, FoundClass, FoundStudent, ParentDetail, StudentDetail, type NormalUser } from '@lastgood/contracts';
import fc from 'fast-check';
import { IndexReader, QueryWords, UnreadableIndexError, type IndexQuery, type SearchedDataset } from './index.js';
import { expected } from './testing/oracle.js';
import { buildIndex, schoolClass, user, type Roster } from './testing/roster.js';

let folder: string;
let words: QueryWords;
let made = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lastgood-index-'));
  words = new QueryWords();
});
afterAll(() => {
  words.close();
  rmSync(folder, { recursive: true });
});

const newFile = (): string => join(folder, `${made++}.sqlite`);

function withIndex<T>(roster: Roster, use: (reader: IndexReader) => T): T {
  const file = newFile();
  buildIndex(file, roster);
  const reader = new IndexReader(file, { words });
  try {
    return use(reader);
  } finally {
    reader.close();
    rmSync(file);
  }
}

const page = (query: Partial<IndexQuery>): IndexQuery => ({ q: '', limit: 20, after: 0, similar: 'false', ...query });
const itemsOf = (reader: IndexReader, dataset: SearchedDataset, query: Partial<IndexQuery>): { sourcedId: string }[] =>
  JSON.parse(`[${reader.search(dataset, page(query)).items}]`) as { sourcedId: string }[];
const idsOf = (reader: IndexReader, dataset: SearchedDataset, query: Partial<IndexQuery>): string[] => itemsOf(reader, dataset, query).map(({ sourcedId }) => sourcedId);

const names = fc.constantFrom('Ann', 'Anna', 'Ánne', 'José', 'Jose Maria', "O'Brien", 'Smith', 'Smith-Jones', 'smithson', 'Özil', '王小明', 'de la Cruz', 'Ng', 'Li');
const people: fc.Arbitrary<NormalUser[]> = fc.uniqueArray(
  fc.record({
    sourcedId: fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...'abc019-é') }),
    givenName: fc.option(names), familyName: fc.option(names), middleName: fc.option(names),
    username: fc.option(fc.constantFrom('asmith', 'j.doe', 'smith01')), identifier: fc.option(fc.constantFrom('1001', '1002', 'A-77')),
    email: fc.option(fc.constantFrom('ann.smith@school.example', 'jose@mail.example', 'li@k12.us')), phone: fc.option(fc.constantFrom('(555) 123-4567', '5551239999', '555.777.4567')),
    grades: fc.subarray(['01', '1', '10', '05']), orgIds: fc.subarray(['school-a', 'school-b', 'school-c']),
    roles: fc.constantFrom(['student'], ['parent'], ['student', 'parent'], ['teacher']),
  }).map((of) => user({ ...of, roles: [...of.roles] })),
  { maxLength: 30, selector: ({ sourcedId }) => sourcedId },
);
const queries = fc.record({
  q: fc.array(fc.constantFrom('a', 'an', 'ann', 'anne', 'ÁN', 'smi', "o'b", 'jose', 'maria', '王', '555-123', '(555)', '4567', '1001', '100', 'ann.smith@sch', '@school', 'de la', 'smith-j', 'öz', 'x', '---', '!', '@'), { maxLength: 3 }).map((parts) => parts.join(' ')),
  school: fc.option(fc.constantFrom('school-a', 'school-b', 'school-z'), { nil: undefined }),
  grade: fc.option(fc.constantFrom('1', '01', '10', '7'), { nil: undefined }),
  role: fc.option(fc.constantFrom('student', 'parent', 'teacher'), { freq: 1, nil: undefined }),
});

describe('a search', () => {
  test('gives what filtering the plain records gives, in the same order', () => {
    fc.assert(fc.property(people, fc.array(queries, { minLength: 1, maxLength: 8 }), (users, asked) => {
      withIndex({ users }, (reader) => {
        for (const query of asked) {
          expect(idsOf(reader, 'students', { ...query, limit: 200 })).toEqual(expected(users, 'student', query));
          expect(idsOf(reader, 'parents', { ...query, limit: 200 })).toEqual(expected(users, 'parent', query));
        }
      });
    }), { numRuns: 100 });
  });

  test('walks every page exactly once, whatever the page size, and says when it ends', () => {
    fc.assert(fc.property(people, fc.integer({ min: 1, max: 7 }), (users, limit) => {
      withIndex({ users }, (reader) => {
        const seen: string[] = [];
        for (let after: number | null = 0; after !== null; ) {
          const answer = reader.search('students', page({ limit, after }));
          const ids = (JSON.parse(`[${answer.items}]`) as { sourcedId: string }[]).map(({ sourcedId }) => sourcedId);
          expect(ids).toHaveLength(answer.rows);
          if (answer.next !== null) expect(ids).toHaveLength(limit);
          seen.push(...ids);
          after = answer.next;
        }
        expect(seen).toEqual(expected(users, 'student', { q: '' }));
      });
    }), { numRuns: 50 });
  });

  test('takes any text as a query and never fails on it', () => {
    withIndex({ users: [user({ sourcedId: '1', givenName: 'Ann', familyName: 'Smith' })] }, (reader) => {
      const hostile = ['"', '""', 'a"b', 'NEAR(a b)', 'a OR b', 'NOT a', 'a*', '{a}:b', '^a', '\u0000', 'a\u0000b', '😀', '\ud800', "'; DROP TABLE people; --", '\uf8ff', '\ue000', 'a '.repeat(100), '%', '-', '+1', '((', 'ـ', 'ß'.repeat(200)];
      for (const q of hostile) expect(reader.search('students', page({ q })).rows).toBeLessThanOrEqual(1);
      fc.assert(fc.property(fc.string({ maxLength: 200, unit: 'binary' }), fc.string({ maxLength: 20, unit: 'binary' }), (q, filter) => {
        for (const dataset of ['students', 'classes'] as const) reader.search(dataset, page({ q, school: filter, grade: filter }));
      }), { numRuns: 300 });
    });
  });

  test('of signs only finds nobody, whereas no query at all finds everybody', () => {
    withIndex({ users: [user({ sourcedId: '1', givenName: 'Ann', familyName: 'Smith' })] }, (reader) => {
      for (const q of ['---', '!!', '@', '. ,', '(']) expect(reader.search('students', page({ q }))).toMatchObject({ rows: 0, next: null, count: { value: 0 } });
      for (const q of ['', '  ', 'ann ---']) expect(reader.search('students', page({ q })).rows).toBe(1);
    });
  });

  test('finds a phone number however it is written', () => {
    withIndex({ users: [user({ sourcedId: '1', phone: '+1 (555) 123-4567' })] }, (reader) => {
      for (const q of ['555-123', '5551234567', '(555) 123-4567', '555 123 4567', '123-4567', '4567', '+1 555 123', '15551234567', '+15551234567', '1-555-123-4567', '555.123.4']) expect([q, idsOf(reader, 'students', { q })]).toEqual([q, ['1']]);
      for (const q of ['556', '5551235', '234']) expect([q, idsOf(reader, 'students', { q })]).toEqual([q, []]);
    });
  });

  test('ignores accents, case and marks that no normal form takes apart', () => {
    const users = [user({ sourcedId: '1', givenName: 'Łukasz', familyName: 'Strauß' }), user({ sourcedId: '2', givenName: 'Søren', familyName: 'O’Brien' })];
    withIndex({ users }, (reader) => {
      for (const q of ['lukasz', 'ŁUKASZ', 'strauss', 'STRAUß']) expect(idsOf(reader, 'students', { q })).toEqual(['1']);
      for (const q of ['soren', 'sören', "o'brien", 'obrien', 'brien']) expect(idsOf(reader, 'students', { q })).toEqual(['2']);
    });
  });

  test('counts up to 1,000 and says when there are more', () => {
    const users = Array.from({ length: 1005 }, (_, index) => user({ sourcedId: String(index).padStart(5, '0'), familyName: 'Smith', givenName: index < 1000 ? 'Ann' : 'Bob' }));
    withIndex({ users }, (reader) => {
      expect(reader.search('students', page({ q: 'smith' })).count).toEqual({ value: 1000, capped: true });
      expect(reader.search('students', page({ q: 'ann' })).count).toEqual({ value: 1000, capped: false });
      expect(reader.search('students', page({})).count).toEqual({ value: 1000, capped: true });
      expect(reader.search('students', page({ q: 'bob' })).count).toEqual({ value: 5, capped: false });
    });
  });
});

describe('words of a query', () => {
  test('are cut as SQLite cuts the index, for any text', () => {
    fc.assert(fc.property(fc.string({ maxLength: 12, unit: 'binary' }), (name) => {
      fc.pre(!name.includes('@'));
      withIndex({ users: [user({ sourcedId: '1', familyName: name })] }, (reader) => {
        for (const part of words.cut(name, false)) expect([part, reader.search('students', page({ q: part })).rows]).toEqual([part, 1]);
      });
    }), { numRuns: 300 });
  });
});

const family: Roster = {
  users: [
    user({ sourcedId: 's1', givenName: 'Ann', familyName: 'Lee', grades: ['05'], email: 'ann@school.example', orgIds: ['school-a', 'school-x'], agentIds: ['p1', 'gone', 't1'] }),
    user({ sourcedId: 's2', givenName: 'Bo', familyName: 'Lee', orgIds: ['school-a'], agentIds: ['p2'] }),
    user({ sourcedId: 'p1', givenName: 'Cleo', familyName: 'Lee', roles: ['guardian'], agentIds: ['s1', 's2', 'gone', 'gone-too'], enabled: null }),
    user({ sourcedId: 'p2', givenName: 'Dan', familyName: 'Ray', roles: ['parent'], phone: '555 1' }),
    user({ sourcedId: 't1', givenName: 'Eve', familyName: 'Fox', roles: ['teacher'] }),
  ],
  classes: [schoolClass({ sourcedId: 'c1', title: 'Algebra', classCode: 'ALG-1', courseId: 'course-1', schoolId: 'school-a', grades: ['05'], subjects: ['Math'] }), schoolClass({ sourcedId: 'c2' })],
  enrollments: [
    { userId: 's1', classId: 'c1', role: 'student', primary: null, status: 'active' },
    { userId: 's2', classId: 'c1', role: 'student', primary: false, status: 'tobedeleted' },
    { userId: 't1', classId: 'c1', role: 'teacher', primary: true, status: 'active' },
    { userId: 'nobody', classId: 'c1', role: 'student', primary: null, status: 'active' },
  ],
};

describe('records of an index', () => {
  test('links are read from both directions, told by whom, and references to nobody are counted', () => {
    withIndex(family, (reader) => {
      const students = itemsOf(reader, 'students', {}).map((item) => FoundStudent.parse(item));
      expect(students.map(({ sourcedId, guardians, unresolvedGuardians }) => [sourcedId, guardians.map((guardian) => `${guardian.sourcedId} ${guardian.from}`), unresolvedGuardians]))
        .toEqual([['s1', ['t1 student', 'p1 both'], 1], ['s2', ['p1 guardian', 'p2 student'], 0]]);
      const parent = ParentDetail.parse(JSON.parse(reader.person('parents', 'p1') ?? 'null'));
      expect(parent.children.map((child) => [child.sourcedId, child.givenName, child.grades, child.email])).toEqual([['s1', 'Ann', ['05'], 'ann@school.example'], ['s2', 'Bo', [], null]]);
      expect(parent.unresolvedChildren).toBe(2);
      expect(reader.meta).toMatchObject({ links: 4, unresolvedGuardians: 1, unresolvedChildren: 2, unresolvedEnrollments: 1, people: 5, students: 2, parents: 2, schema_version: '1.0', calculation_version: '1.0' });
    });
  });

  test('details fit their contract and carry the upstream record, schools, classes and roster', () => {
    withIndex(family, (reader) => {
      const student = StudentDetail.parse(JSON.parse(reader.person('students', 's1') ?? 'null'));
      expect(student).toMatchObject({ record: { sourcedId: 's1', raw: true }, schools: [{ sourcedId: 'school-a', name: 'The school-a' }, { sourcedId: 'school-x', name: null }], classes: [{ sourcedId: 'c1', title: 'Algebra', classCode: 'ALG-1', role: 'student' }] });
      const group = ClassDetail.parse(JSON.parse(reader.class('c1') ?? 'null'));
      expect(group).toMatchObject({ students: 1, teachers: [{ sourcedId: 't1', familyName: 'Fox' }], course: { sourcedId: 'course-1', title: 'Mathematics' }, school: { name: 'The school-a' }, record: { title: 'Algebra' } });
      expect(group.roster.map(({ sourcedId, role, primary }) => [sourcedId, role, primary])).toEqual([['t1', 'teacher', true], ['s1', 'student', null]]);
      expect([reader.person('students', 'p1'), reader.person('parents', 'nobody'), reader.class('s1')]).toEqual([null, null, null]);
    });
  });

  test('classes are found by title, code, subject and course, school and grade', () => {
    withIndex(family, (reader) => {
      for (const q of ['alg', 'ALG-1', 'math', 'mathematics m1']) expect([q, idsOf(reader, 'classes', { q })]).toEqual([q, ['c1']]);
      expect(idsOf(reader, 'classes', { grade: '5', school: 'school-a' })).toEqual(['c1']);
      const all = itemsOf(reader, 'classes', {}).map((item) => FoundClass.parse(item).sourcedId);
      expect(all).toEqual(['c1', 'c2']);
    });
  });

  test('a school, a grade and a role of one name are different filters', () => {
    const named = [user({ sourcedId: 's1', orgIds: ['parent'] }), user({ sourcedId: 's2', grades: ['parent'] }), user({ sourcedId: 'p1', roles: ['parent'] })];
    withIndex({ users: named }, (reader) => {
      const found = (filter: Partial<IndexQuery>): string[][] => [idsOf(reader, 'students', filter), idsOf(reader, 'parents', filter)];
      expect([{ school: 'parent' }, { grade: 'parent' }, { role: 'parent' }].map(found)).toEqual([[['s1'], []], [['s2'], []], [[], ['p1']]]);
    });
  });

  test('list bounds of the contract hold however many there are', () => {
    const parents = Array.from({ length: 70 }, (_, index) => user({ sourcedId: `p${String(index).padStart(2, '0')}`, roles: ['parent'], familyName: 'x'.repeat(3000), orgIds: Array.from({ length: 70 }, (_unused, org) => `o${org}`) }));
    withIndex({ users: [...parents, user({ sourcedId: 's', grades: Array.from({ length: 40 }, () => 'g'.repeat(50)), agentIds: parents.map(({ sourcedId }) => sourcedId) })] }, (reader) => {
      StudentDetail.parse(JSON.parse(reader.person('students', 's') ?? 'null'));
      ParentDetail.parse(JSON.parse(reader.person('parents', 'p00') ?? 'null'));
    });
  });
});

describe('an index file', () => {
  test('is the same, byte for byte, for the same records', () => {
    fc.assert(fc.property(people, (users) => {
      const [one, two] = [newFile(), newFile()];
      const classes = family.classes ?? [];
      const enrollments = users.slice(0, 5).map(({ sourcedId }) => ({ userId: sourcedId, classId: 'c1', role: 'student', primary: null, status: 'active' }));
      buildIndex(one, { users, classes, enrollments });
      buildIndex(two, { users: users.toReversed(), classes, enrollments });
      expect(readFileSync(one).equals(readFileSync(two))).toBe(true);
      rmSync(one);
      rmSync(two);
    }), { numRuns: 20 });
  });

  test('refuses records that do not come in ascending order', () => {
    expect(() => buildIndex(newFile(), { users: [user({ sourcedId: 'a' }), user({ sourcedId: 'a' })] })).toThrow('ascending order');
  });

  test('that is damaged, missing or no index is refused', () => {
    const file = newFile();
    buildIndex(file, family);
    expect(() => new IndexReader(join(folder, 'none.sqlite'), { words })).toThrow(UnreadableIndexError);
    const bytes = readFileSync(file).fill(7, 0, 100);
    writeFileSync(file, bytes);
    expect(() => new IndexReader(file, { words })).toThrow(UnreadableIndexError);
    writeFileSync(file, '');
    expect(() => new IndexReader(file, { words })).toThrow(UnreadableIndexError);
  });
});
