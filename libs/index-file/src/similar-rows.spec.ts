import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { NormalUser } from '@lastgood/contracts';
import fc from 'fast-check';
import { IndexReader, NoRolesError, QueryWords, type IndexQuery, type SearchedDataset } from './index.js';
import { MOST_RESEMBLING, NameList } from './name-list.js';
import { edits, expected, expectedSimilar } from './testing/oracle.js';
import { buildIndex, schoolClass, user, type Roster } from './testing/roster.js';

const folder = mkdtempSync(join(tmpdir(), 'lastgood-similar-'));
const words = new QueryWords();
let made = 0;
afterAll(() => {
  words.close();
  rmSync(folder, { recursive: true });
});

function withIndex<T>(roster: Roster, use: (reader: IndexReader) => T, change: (file: string) => void = () => undefined): T {
  const file = join(folder, `${made++}.sqlite`);
  buildIndex(file, roster);
  change(file);
  const reader = new IndexReader(file, { words });
  try {
    return use(reader);
  } finally {
    reader.close();
    rmSync(file);
  }
}

/** What a search finds, as `exact` and `similar` ids in their order. */
function found(reader: IndexReader, query: Partial<IndexQuery>, dataset: SearchedDataset = 'students'): { exact: string[]; similar: string[] } {
  const page = reader.search(dataset, { q: '', limit: 200, after: 0, ...query });
  const items = JSON.parse(`[${page.items}]`) as { sourcedId: string; match: string }[];
  const of = (match: string): string[] => items.filter((item) => item.match === match).map(({ sourcedId }) => sourcedId);
  expect([of('exact').length, of('similar').length, items.length]).toEqual([page.rows, page.similar, page.rows + page.similar]);
  return { exact: of('exact'), similar: of('similar') };
}

const names = ['Kowalski', 'Kowalska', 'Rosenberg', 'Lindberg', 'Bergman', 'Anna', 'Hannah', 'Joanna', 'Jon', 'John', 'Johnson', 'Mary', 'Marie', "O'Brien", 'Smith-Jones', 'Smyth', 'Li', 'Ng', '王小明', 'José', 'R2D2'];
const someName = fc.constantFrom(null, ...names);
const people: fc.Arbitrary<NormalUser[]> = fc.uniqueArray(
  fc.record({ sourcedId: fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom(...'abc') }), givenName: someName, familyName: someName, username: fc.option(fc.constantFrom('kowalsky9', 'annah')), grades: fc.subarray(['1', '2']), roles: fc.constantFrom(['student'], ['student', 'teacher'], ['parent']) })
    .map((of) => user({ ...of, roles: [...of.roles] })),
  { minLength: 5, maxLength: 25, size: 'max', selector: ({ sourcedId }) => sourcedId },
);
/** A word of a name after up to three random edits, or a piece of it. */
const misspelt = fc.tuple(fc.constantFrom(...names), fc.array(fc.tuple(fc.nat(9), fc.constantFrom('drop', 'swap', 'add', 'change', 'tail'), fc.constantFrom(...'aeikns')), { maxLength: 3 }))
  .map(([name, changes]) => changes.reduce((word, [place, change, letter]) => {
    const at = place % (word.length + 1);
    const rest = word.slice(at);
    switch (change) {
      case 'drop': return word.slice(0, at) + rest.slice(1);
      case 'swap': return word.slice(0, at) + rest.slice(1, 2) + rest.slice(0, 1) + rest.slice(2);
      case 'add': return word.slice(0, at) + letter + rest;
      case 'change': return word.slice(0, at) + letter + rest.slice(1);
      default: return word.slice(Math.min(at, 4));
    }
  }, name.toLowerCase()));
const queries = fc.record({ q: fc.array(misspelt, { minLength: 1, maxLength: 2 }).map((parts) => parts.join(' ')), grade: fc.constantFrom(undefined, undefined, undefined, '1'), role: fc.constantFrom(undefined, undefined, 'student', 'teacher', 'pupil') });

describe('similar hits', () => {
  test('are those that comparing every record with the query gives, the closest first, behind the exact ones', () => {
    let seen = 0;
    fc.assert(fc.property(people, fc.array(queries, { minLength: 4, maxLength: 8 }), (users, asked) => {
      withIndex({ users }, (reader) => {
        for (const query of asked) {
          for (const [dataset, role] of [['students', 'student'], ['parents', 'parent']] as const) {
            const expectedHits = { exact: expected(users, role, query), similar: expectedSimilar(users, role, query) };
            expect([query, found(reader, { ...query, similar: 'true' }, dataset)]).toEqual([query, expectedHits]);
            expect(found(reader, { ...query, similar: 'false' }, dataset)).toEqual({ ...expectedHits, similar: [] });
            expect(found(reader, query, dataset)).toEqual(expectedHits.exact.length < 5 ? expectedHits : { ...expectedHits, similar: [] });
            seen += expectedHits.similar.length;
          }
        }
      });
    }), { numRuns: 150 });
    expect(seen).toBeGreaterThan(100);
  });

  test('are found by wrong, missing, swapped and additional letters and by inner parts, not by shorter words or numbers', () => {
    const users = [['Kowalski', 'Jon'], ['Rosenberg', 'Mary'], ['Li', 'Bo']].map(([familyName, givenName], at) => user({ sourcedId: `${at}`, familyName: familyName as string, givenName: givenName as string, identifier: `10${at}5` }));
    withIndex({ users, classes: [schoolClass({ sourcedId: 'c1', title: 'Algebra II' })] }, (reader) => {
      for (const q of ['kowlaski', 'cowalsky', 'kowalsk', 'kowallski', 'walsk', 'kowlaski jno', 'jon kowaskli']) expect([q, found(reader, { q }).similar]).toEqual([q, q === 'kowalsk' ? [] : ['0']]);
      for (const q of ['berg', 'senb', 'rosenburg', 'mray', 'may']) expect([q, found(reader, { q }).similar]).toEqual([q, ['1']]);
      for (const q of ['bp', '1016', 'l', 'xyzzyx', 'kowlaski bp', 'a b c d e f kowlaski']) expect([q, found(reader, { q }).similar]).toEqual([q, []]);
      expect(found(reader, { q: 'algerba' }, 'classes')).toEqual({ exact: [], similar: ['c1'] });
    });
  });

  test('stand on the first page only, never beyond its limit, and change neither count nor cursor', () => {
    const users = Array.from({ length: 30 }, (_, at) => user({ sourcedId: String(at).padStart(2, '0'), familyName: at < 3 ? 'Smith' : 'Smyth' }));
    withIndex({ users }, (reader) => {
      const page = reader.search('students', { q: 'smith', limit: 10, after: 0 });
      expect([page.rows, page.similar, page.next, page.count]).toEqual([3, 7, null, { value: 3, capped: false }]);
      const [first, second] = [0, 1].map((after) => reader.search('students', { q: 'smith', limit: 2, after, similar: 'true' }));
      expect([first?.rows, first?.similar, first?.next, second?.rows, second?.similar]).toEqual([2, 0, 2, 2, 0]);
    });
  });

  test('and filters by role are not to be had from a file of version 3, which is read all the same', () => {
    const downgrade = (file: string): void => {
      const database = new DatabaseSync(file);
      database.exec("DROP TABLE names; DELETE FROM filters WHERE kind = 'role'; UPDATE meta SET value = 3 WHERE name = 'format_version'");
      database.close();
    };
    withIndex({ users: [user({ sourcedId: '1', familyName: 'Smith' })] }, (reader) => {
      expect(found(reader, { q: 'smi', similar: 'true' })).toEqual({ exact: ['1'], similar: [] });
      expect(found(reader, { q: 'smyth', similar: 'true' })).toEqual({ exact: [], similar: [] });
      expect(() => found(reader, { role: 'student' })).toThrow(NoRolesError);
      expect(reader.facets().roles).toEqual([]);
    }, downgrade);
  });
});

describe('a list of names', () => {
  const someWord = fc.string({ minLength: 2, maxLength: 8, unit: fc.constantFrom(...'aabé明') });

  test('gives the words that comparing each with the one asked gives, the shortest first', () => {
    let seen = 0;
    fc.assert(fc.property(fc.uniqueArray(someWord, { minLength: 1, maxLength: 120, size: 'max' }), fc.array(someWord.filter(({ length }) => length > 2), { minLength: 5, maxLength: 10 }), (list, asked) => {
      const names = new NameList(`\n${list.sort().join('\n')}\n`);
      const byLength = list.toSorted((one, other) => one.length - other.length);
      for (const word of asked) {
        const chosen = (is: (name: string) => boolean): string[] => byLength.filter((name) => !name.startsWith(word) && is(name))
          .reduce<string[]>((before, name) => (before.length === MOST_RESEMBLING || before.some((start) => name.startsWith(start)) ? before : [...before, name]), []);
        const near = [...new Set([...chosen((name) => edits(name, word) <= 1), ...chosen((name) => name.includes(word))])].slice(0, MOST_RESEMBLING);
        const far = word.length < 6 ? [] : chosen((name) => edits(name, word) === 2);
        expect([word, names.resembling(word)]).toEqual([word, { near, far }]);
        seen += near.length + far.length;
      }
    }), { numRuns: 50 });
    expect(seen).toBeGreaterThan(200);
  });

  test('gives at most 64 words of a kind, those of the closest length, and none twice', () => {
    const letters = [...'abcdefghijklmnopqrstuvwxyz'];
    const list = letters.flatMap((one) => letters.map((other) => `x${one}ann${other}`)).concat(letters.map((one) => `${one}ann`)).sort();
    const { near, far } = new NameList(`\n${list.join('\n')}\n`).resembling('ann');
    expect([near.length, new Set(near).size, far]).toEqual([MOST_RESEMBLING, MOST_RESEMBLING, []]);
    expect(near.filter((word) => word.length === 4)).toHaveLength(letters.length);
  });
});

describe('facets of a file', () => {
  test('are its schools with their students, its grades and its roles', () => {
    const users = [
      user({ sourcedId: '1', grades: ['02'], orgIds: ['school-b', 'school-z'] }), user({ sourcedId: '2', grades: ['10', '2'], orgIds: ['school-b'] }),
      user({ sourcedId: '3', roles: ['guardian'], orgIds: ['school-a'] }), user({ sourcedId: '4', roles: ['teacher'] }),
    ];
    withIndex({ users }, (reader) => {
      expect(reader.facets()).toEqual({
        schools: [{ sourcedId: 'school-a', name: 'The school-a', students: 0 }, { sourcedId: 'school-b', name: 'The school-b', students: 2 }, { sourcedId: 'school-z', name: null, students: 1 }],
        grades: ['2', '10'],
        roles: ['guardian', 'student'],
      });
      expect(found(reader, { role: 'guardian' }, 'parents').exact).toEqual(['3']);
      expect([found(reader, { role: 'teacher' }).exact, found(reader, { role: 'Student' }).exact]).toEqual([[], []]);
    });
  });
});
