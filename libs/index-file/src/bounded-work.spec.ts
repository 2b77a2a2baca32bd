import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { IndexReader, QueryWords } from './index.js';
import { buildIndex, user } from './testing/roster.js';

const COUNTERS = '/proc/self/io';
const families = ['Smith', 'Jones', 'Garcia', 'Lee', 'Nguyen', 'Kowalski', 'Okafor', 'Haddad'];
const given = ['Ann', 'Bob', 'Cem', 'Dua', 'Eve', 'Fay', 'Gus', 'Hui', 'Ida', 'Jan'];

function people(count: number): ReturnType<typeof user>[] {
  return Array.from({ length: count }, (_, index) => user({
    sourcedId: String(index).padStart(8, '0'), familyName: `${families[index % 8]}${index % 97}`, givenName: given[index % 10] as string,
    username: `u${index}`, phone: `555${String(index).padStart(7, '0')}`, grades: [String(index % 12)], orgIds: [`school-${index % 40}`],
  }));
}

/** Read calls of this process so far, as the kernel counts them. */
const readCalls = (): number => Number(/syscr: (\d+)/.exec(readFileSync(COUNTERS, 'utf8'))?.[1]);

describe('work of a query', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastgood-work-'));
  const words = new QueryWords();
  const sizes = [2_000, 40_000];
  beforeAll(() => sizes.forEach((size) => buildIndex(join(folder, `${size}`), { users: people(size) })), 120_000);
  afterAll(() => {
    words.close();
    rmSync(folder, { recursive: true });
  });

  test('P05 the items of a page are read by keys only, never by a scan or a sort of people', () => {
    const reader = new IndexReader(join(folder, '2000'), { words });
    for (const dataset of ['students', 'parents', 'classes'] as const) {
      const plan = reader.planOf(dataset).join('\n');
      expect(plan).toMatch(/SEARCH/);
      expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
    }
    reader.close();
  });

  (existsSync(COUNTERS) ? test : test.skip)('P05 a query reads about as many pages of 40,000 people as of 2,000', () => {
    const query = fc.record({ family: fc.constantFrom(...families), given: fc.constantFrom(...given), letters: fc.integer({ min: 1, max: 5 }), school: fc.integer({ min: 0, max: 39 }), filtered: fc.boolean() });
    fc.assert(fc.property(query, ({ family, given: name, letters, school, filtered }) => {
      const [small, large] = sizes.map((size) => {
        const reader = new IndexReader(join(folder, `${size}`), { words });
        const before = readCalls();
        reader.search('students', { q: `${family.slice(0, letters)} ${name.slice(0, letters)}`, school: filtered ? `school-${school}` : undefined, limit: 20, after: 0 });
        const calls = readCalls() - before;
        reader.close();
        return calls;
      });
      // Twenty times the people: the same page of twenty, a deeper tree and longer lists, but no more than a fixed number of pages.
      expect(large).toBeLessThanOrEqual((small as number) + 60);
      expect(large).toBeLessThanOrEqual(140);
    }), { numRuns: 100 });
  }, 300_000);
});
