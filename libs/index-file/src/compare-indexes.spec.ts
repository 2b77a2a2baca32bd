import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NormalClass, NormalEnrollment, NormalUser } from '@lastgood/contracts';
import fc from 'fast-check';
import { compareIndexes, IndexBuilder, type IndexComparison } from './index.js';
import { datasetsOf, schoolClass, user } from './testing/roster.js';

const folder = mkdtempSync(join(tmpdir(), 'lastgood-compare-'));
afterAll(() => rmSync(folder, { recursive: true }));
let made = 0;

interface Content {
  users: readonly NormalUser[];
  classes?: readonly NormalClass[];
  places?: readonly Place[];
}

type Place = Pick<NormalEnrollment, 'userId' | 'classId' | 'role' | 'primary' | 'status'>;

const byId = (a: { sourcedId: string }, b: { sourcedId: string }): number => Buffer.compare(Buffer.from(a.sourcedId), Buffer.from(b.sourcedId));

/** An index file whose upstream records are the records themselves. */
function fileOf({ users, classes = [], places = [] }: Content): string {
  const file = join(folder, `${made++}.sqlite`);
  const builder = new IndexBuilder(file);
  builder.addOrg({ sourcedId: 'school-a', status: 'active', dateLastModified: null, type: 'school', identifier: null, parentId: null, name: 'School A' });
  for (const each of users.toSorted(byId)) builder.addUser(each, datasetsOf(each), JSON.stringify(each));
  for (const each of classes.toSorted(byId)) builder.addClass(each, JSON.stringify(each));
  for (const each of places) builder.addEnrollment(each);
  builder.finish();
  return file;
}

function compare(before: Content | null, after: Content): IndexComparison {
  const files = { base: before && fileOf(before), next: fileOf(after) };
  try {
    return compareIndexes(files);
  } finally {
    for (const file of Object.values(files)) if (file !== null) rmSync(file);
  }
}

const users: fc.Arbitrary<NormalUser[]> = fc.uniqueArray(
  fc.record({
    sourcedId: fc.string({ minLength: 1, maxLength: 2, unit: fc.constantFrom('a', 'b', 'é', '\uffee', '𠮷') }), familyName: fc.constantFrom('Lee', 'Ray'),
    orgIds: fc.subarray(['school-a', 'school-b']), roles: fc.constantFrom(['student'], ['parent'], ['teacher'], ['student', 'teacher'], ['aide']),
  }).map((of) => user({ ...of, roles: [...of.roles] })),
  { maxLength: 20, selector: ({ sourcedId }) => sourcedId },
);

const DATASETS = ['students', 'parents', 'teachers'] as const;

/** Ids by kind of difference and dataset, from the records alone. */
function differing(before: readonly NormalUser[], after: readonly NormalUser[], dataset: (typeof DATASETS)[number]): Record<'added' | 'removed' | 'changed' | 'unchanged', NormalUser[]> {
  const of = (all: readonly NormalUser[]) => new Map(all.filter((each) => datasetsOf(each).includes(dataset)).map((each) => [each.sourcedId, each]));
  const [was, is] = [of(before), of(after)];
  const kept = [...is.values()].filter(({ sourcedId }) => was.has(sourcedId)).sort(byId);
  const same = (each: NormalUser): boolean => JSON.stringify(was.get(each.sourcedId)) === JSON.stringify(each);
  // Whoever left the dataset but not the file counts by what it is now.
  const removed = [...was.values()].filter(({ sourcedId }) => !is.has(sourcedId)).map((each) => after.find(({ sourcedId }) => sourcedId === each.sourcedId) ?? each);
  return { added: [...is.values()].filter(({ sourcedId }) => !was.has(sourcedId)).sort(byId), removed: removed.sort(byId), changed: kept.filter((each) => !same(each)), unchanged: kept.filter(same) };
}

describe('comparing two index files', () => {
  test('gives the differences that comparing every record gives, also by school and role', () => {
    fc.assert(fc.property(fc.option(users), users, (before, after) => {
      const found = compare(before === null ? null : { users: before }, { users: after });
      for (const dataset of DATASETS) {
        const { added, removed, changed, unchanged } = differing(before ?? [], after, dataset);
        const { bySchool, byRole, samples, ...counts } = found[dataset];
        expect(counts).toEqual({ added: added.length, removed: removed.length, changed: changed.length, unchanged: unchanged.length });
        const having = (of: (each: NormalUser) => string[], value: string) => ({ added: added.filter((each) => of(each).includes(value)).length, removed: removed.filter((each) => of(each).includes(value)).length, changed: changed.filter((each) => of(each).includes(value)).length });
        const differ = [...added, ...removed, ...changed];
        for (const [rows, of] of [[bySchool.map(({ school, ...rest }) => [school.sourcedId, rest] as const), (each: NormalUser) => each.orgIds], [byRole.map(({ role, ...rest }) => [role, rest] as const), (each: NormalUser) => each.roles]] as const) {
          const values = [...new Set(differ.flatMap(of))];
          expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(values.map((value) => [value, having(of, value)])));
        }
        expect([samples.added, samples.removed, samples.changed].map((list) => list.map(({ sourcedId }) => sourcedId))).toEqual([added, removed, changed].map((list) => list.slice(0, 20).map(({ sourcedId }) => sourcedId)));
      }
    }), { numRuns: 100 });
  });

  test('names the properties that differ, the school by its name, and classes', () => {
    const before = { users: [user({ sourcedId: 's1', givenName: 'Ann', familyName: 'Lee', orgIds: ['school-a'] })], classes: [schoolClass({ sourcedId: 'c1', title: 'Algebra', schoolId: 'school-a' }), schoolClass({ sourcedId: 'c2' })] };
    const after = { users: [user({ sourcedId: 's1', givenName: 'Ann', familyName: 'Ray', grades: ['05'], orgIds: ['school-a'] })], classes: [schoolClass({ sourcedId: 'c1', title: 'Algebra II', schoolId: 'school-a' })] };
    const { students, classes } = compare(before, after);
    expect(students.samples.changed).toEqual([{ sourcedId: 's1', name: 'Ann Ray', fields: ['familyName', 'grades'] }]);
    expect(students.bySchool).toEqual([{ school: { sourcedId: 'school-a', name: 'School A' }, added: 0, removed: 0, changed: 1 }]);
    expect(classes).toEqual({
      added: 0, removed: 1, changed: 1, unchanged: 0, bySchool: [{ school: { sourcedId: 'school-a', name: 'School A' }, added: 0, removed: 0, changed: 1 }], byRole: [],
      samples: { added: [], removed: [{ sourcedId: 'c2', name: '' }], changed: [{ sourcedId: 'c1', name: 'Algebra II', fields: ['title'] }] },
    });
  });

  const CLASSES = ['c1', 'c2', 'c3'].map((sourcedId) => schoolClass({ sourcedId, schoolId: sourcedId === 'c3' ? null : 'school-a' }));
  const roster = fc.record({
    users: fc.subarray(['p1', 'p2', 'p3', 'p4']),
    classes: fc.subarray(CLASSES),
    places: fc.uniqueArray(fc.record({ userId: fc.constantFrom('p1', 'p2', 'p3', 'p4'), classId: fc.constantFrom('c1', 'c2', 'c3'), role: fc.constantFrom('student', 'teacher'), primary: fc.constantFrom(null, true), status: fc.constant('active') }), { selector: ({ userId, classId, role }) => `${userId} ${classId} ${role}`, maxLength: 12 }),
  }).map(({ users: ids, classes, places }) => ({
    users: ids.map((sourcedId) => user({ sourcedId, familyName: sourcedId })), classes,
    places: places.filter(({ userId, classId }) => ids.includes(userId) && classes.some(({ sourcedId }) => sourcedId === classId)),
  }));

  test('counts who joined and who left which class, whatever rows they stand in, by the school of the class and the role in it', () => {
    fc.assert(fc.property(fc.option(roster), roster, (before, after) => {
      const { enrollments } = compare(before, after);
      const keyOf = ({ userId, classId, role }: Place): string => `${userId} ${classId} ${role}`;
      const [was, is] = [before?.places ?? [], after.places].map((places) => new Map(places.map((place) => [keyOf(place), place])));
      const added = after.places.filter((place) => !was?.has(keyOf(place)));
      const removed = (before?.places ?? []).filter((place) => !is?.has(keyOf(place)));
      const changed = after.places.filter((place) => was?.has(keyOf(place)) && was.get(keyOf(place))?.primary !== place.primary);
      expect([enrollments.added, enrollments.removed, enrollments.changed, enrollments.unchanged]).toEqual([added.length, removed.length, changed.length, after.places.length - added.length - changed.length]);
      const inSchool = [added, removed, changed].map((places) => places.filter(({ classId }) => classId !== 'c3').length);
      expect(enrollments.bySchool.map((row) => [row.added, row.removed, row.changed])).toEqual(inSchool.some((count) => count > 0) ? [inSchool] : []);
      for (const { role, ...counts } of enrollments.byRole) expect(counts).toEqual({ added: added.filter((one) => one.role === role).length, removed: removed.filter((one) => one.role === role).length, changed: changed.filter((one) => one.role === role).length });
    }), { numRuns: 150 });
  });
});
