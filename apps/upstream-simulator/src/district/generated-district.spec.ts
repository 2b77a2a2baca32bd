import { renderPage } from '../oneroster/pages.js';
import { officialShapes } from '../oneroster/official-shapes.js';
import { bulkCollections, collections, storedIn, type Collection, type EnrollmentRow, type UserRow } from '../roster.js';
import { GeneratedDistrict } from './generated-district.js';

const parameters = { districtId: 'spring', seed: 7, people: 4000, night: 0 };

function rows<R>(district: GeneratedDistrict, collection: Collection): R[] {
  return Array.from({ length: district.count(collection) }, (_, position) => district.at(collection, position) as R);
}

function changedShare(collection: Collection, night: number): number {
  const before = new Map(rows<UserRow>(new GeneratedDistrict({ ...parameters, night }), collection).map((row) => [row.id, JSON.stringify(row)]));
  const after = rows<UserRow>(new GeneratedDistrict({ ...parameters, night: night + 1 }), collection);
  const kept = after.filter((row) => before.get(row.id) === JSON.stringify(row)).length;
  return 1 - kept / before.size;
}

describe('a generated district', () => {
  const district = new GeneratedDistrict(parameters);
  const users = rows<UserRow>(district, 'users');
  const byId = new Map(users.map((user) => [user.id, user]));

  test.each(collections)('%s stand in strictly ascending order of id', (collection) => {
    const ids = rows<UserRow>(new GeneratedDistrict({ ...parameters, night: 250 }), collection).map((row) => row.id);
    expect(ids.every((id, index) => index === 0 || (ids[index - 1] as string) < id)).toBe(true);
  });

  test('has the mix of people of a real one', () => {
    const share = (accepts: (role: string) => boolean): number =>
      users.filter((user) => accepts(user.roles[0]?.role ?? '')).length / users.length;
    expect(share((role) => role === 'student')).toBeCloseTo(0.55, 2);
    expect(share((role) => ['parent', 'guardian', 'relative'].includes(role))).toBeCloseTo(0.375, 2);
    expect(share((role) => role === 'teacher')).toBeGreaterThan(0.06);
    expect(new Set(users.map((user) => user.roles[0]?.role)).size).toBeGreaterThanOrEqual(7);
    const perStudent = district.count('enrollments') / district.count('students');
    expect(perStudent).toBeGreaterThan(2);
    expect(perStudent).toBeLessThan(2.6);
  });

  test('siblings share guardians and every guardian link is told on both sides', () => {
    for (const user of users) {
      for (const id of user.agentIds) expect(byId.get(id)?.agentIds).toContain(user.id);
    }
    const withSiblings = users.filter((user) => user.roles[0]?.role === 'parent' && user.agentIds.length > 1);
    expect(withSiblings.length).toBeGreaterThan(100);
  });

  test.each([0, 333])('every reference leads to a record that exists (night %d)', (night) => {
    const later = new GeneratedDistrict({ ...parameters, night });
    const ids = Object.fromEntries(collections.map((name) => [name, new Set(rows<UserRow>(later, name).map((row) => row.id))]));
    for (const row of rows<EnrollmentRow>(later, 'enrollments')) {
      expect(ids[row.role === 'student' ? 'students' : 'teachers']?.has(row.userId)).toBe(true);
      expect(ids['classes']?.has(row.classId)).toBe(true);
      expect(ids['schools']?.has(row.schoolId)).toBe(true);
    }
    for (const row of rows<UserRow>(later, 'users')) {
      expect(row.agentIds.every((id) => ids['users']?.has(id))).toBe(true);
      expect(row.roles.every((role) => ids['orgs']?.has(role.orgId))).toBe(true);
    }
    expect(ids['demographics']).toEqual(ids['students']);
  });

  test('names come from many scripts and few of them are very common', () => {
    const counts = new Map<string, number>();
    for (const user of users) counts.set(user.familyName, (counts.get(user.familyName) ?? 0) + 1);
    const ordered = [...counts.values()].sort((left, right) => right - left);
    const head = ordered.slice(0, 20).reduce((sum, count) => sum + count, 0);
    expect(head / users.length).toBeGreaterThan(0.2);
    expect(counts.size).toBeGreaterThan(400);
    for (const script of [/\p{Script=Han}/u, /\p{Script=Arabic}/u, /\p{Script=Cyrillic}/u, /\p{Script=Hangul}/u, /[áéíóúñ]/, /[ươễ]/]) {
      expect(users.some((user) => script.test(user.givenName + user.familyName))).toBe(true);
    }
    expect(users.every((user) => /^[a-z0-9.]+$/.test(user.username))).toBe(true);
  });

  test.each([['users', 0], ['users', 120], ['enrollments', 40]] as const)('about 1 %% of the %s change after night %d', (collection, night) => {
    const share = changedShare(collection, night);
    expect(share).toBeGreaterThan(0.005);
    expect(share).toBeLessThan(0.03);
  });

  test('people leave and arrive as the nights go by', () => {
    const later = new Set(rows<UserRow>(new GeneratedDistrict({ ...parameters, night: 60 }), 'users').map((user) => user.id));
    expect([...later].some((id) => !byId.has(id))).toBe(true);
    expect(users.some((user) => !later.has(user.id))).toBe(true);
  });

  test('pages of any size join to the same list and equal parameters give equal bytes', () => {
    const list = (collection: Collection, limit: number): unknown[] => {
      const twin = new GeneratedDistrict(parameters);
      const records: unknown[] = [];
      for (let offset = 0; offset < twin.count(collection); offset += limit) {
        const page = JSON.parse(renderPage({ roster: twin, version: '1.1', collection, offset, limit, baseUrl: 'http://a' })) as Record<string, unknown[]>;
        records.push(...(page[storedIn[collection]] as unknown[]));
      }
      return records;
    };
    for (const collection of bulkCollections) expect(list(collection, 997)).toEqual(list(collection, 5000));
  });

  test.each(collections)('a record of %s is found by its id and no other is', (collection) => {
    const position = Math.floor(district.count(collection) / 3);
    const row = district.at(collection, position);
    expect(district.find(collection, row.id)).toEqual(row);
    expect(district.find(collection, `${row.id}?`)).toBeUndefined();
  });

  test.each(['1.1', '1.2'] as const)('every record has the official shape of OneRoster %s', (version) => {
    for (const night of [0, 450]) {
      const later = new GeneratedDistrict({ ...parameters, people: 2000, night });
      for (const collection of collections) {
        const body = renderPage({ roster: later, version, collection, offset: 0, limit: 1_000_000, baseUrl: 'http://host/base' });
        const records = Object.values(JSON.parse(body) as Record<string, unknown[]>)[0] as unknown[];
        expect(records).toHaveLength(later.count(collection));
        const shape = officialShapes[version][storedIn[collection]];
        for (const record of records) {
          const parsed = shape.safeParse(record);
          if (!parsed.success) throw new Error(`${collection}: ${parsed.error.message}`);
        }
      }
    }
  });

  test.each([80, 100, 1000, 50_000, 1_000_000])('can have %d people', (people) => {
    const sized = new GeneratedDistrict({ ...parameters, people });
    expect(sized.count('users')).toBe(people);
    for (const collection of collections) {
      expect(sized.at(collection, sized.count(collection) - 1).id).not.toBe('');
      expect(() => sized.at(collection, sized.count(collection))).toThrow(RangeError);
    }
  });
});
