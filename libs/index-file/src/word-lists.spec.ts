import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { CONTAINER_ROWS, LARGEST_ARRAY, LARGEST_BUCKET, LARGEST_SHORT_LIST, STAGE_TABLES, TABLES } from './format.js';
import { WordLists } from './word-lists.js';
import { WordRuns } from './word-runs.js';
import { WordTree } from './word-tree.js';

interface Listed {
  row: number;
  words: readonly string[];
}

const DATASET = 1;

function withLists<T>(records: readonly Listed[], mostWords: number, use: (lists: WordLists, database: DatabaseSync) => T): T {
  const database = new DatabaseSync(':memory:');
  database.prepare('ATTACH ? AS stage').run(':memory:');
  database.exec(`${STAGE_TABLES}; ${TABLES}`);
  const most = records.at(-1)?.row ?? 0;
  const runs = new WordRuns(database, DATASET, mostWords);
  for (const { row, words } of records) runs.add(row, words.join(' '));
  const tree = new WordTree(database, DATASET, most, Uint32Array.from(records, ({ row }) => row), { next: 1 });
  for (const word of runs.inOrder()) tree.add(word);
  tree.finish();
  try {
    return use(new WordLists(database, DATASET, most), database);
  } finally {
    database.close();
  }
}

const matching = (records: readonly Listed[], starts: readonly string[]): number[] =>
  records.filter(({ words }) => starts.every((start) => words.some((word) => word.startsWith(start)))).map(({ row }) => row);

/** Every page of a search, one after the other. */
function walked(lists: WordLists, starts: readonly string[], limit: number): number[] {
  const rows: number[] = [];
  for (let after = 0; ; after = rows.at(-1) as number) {
    const page = lists.find(starts, { after, limit, cap: 1000 });
    rows.push(...page.rows);
    if (!page.more) return rows;
    expect(page.rows).toHaveLength(limit);
  }
}

const letters = fc.constantFrom('a', 'b', 'c', 'é', '王', '𠮷', '𠮾', '\ue001');
const word = fc.array(letters, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''));
const vocabulary = fc.uniqueArray(word, { minLength: 1, maxLength: 12 });

describe('the starts of words', () => {
  test('lead to the records that filtering gives, however long lists and buckets are, in memory or spilled', () => {
    const shape = fc.record({
      words: vocabulary, seed: fc.integer({ min: 1, max: 1000 }), count: fc.constantFrom(0, 5, LARGEST_BUCKET, LARGEST_BUCKET + 1, LARGEST_SHORT_LIST + 1, LARGEST_ARRAY + 200),
      step: fc.constantFrom(1, 3, 40), mostWords: fc.constantFrom(3, 1000), queries: fc.array(fc.array(word, { maxLength: 3 }), { minLength: 1, maxLength: 5 }),
    });
    fc.assert(fc.property(shape, ({ words, seed, count, step, mostWords, queries }) => {
      const records = Array.from({ length: count }, (_, index): Listed => ({
        row: index * step + 1,
        words: words.filter((_word, place) => ((index * 7919 + place * seed) % (place + 2)) === 0),
      }));
      withLists(records, mostWords, (lists) => {
        for (const starts of [[], ...queries, ...words.map((one) => [one]), ...words.map((one) => [[...one][0] as string, words[0] as string])]) {
          const expected = matching(records, starts);
          const { rows, more, count: counted } = lists.find(starts, { after: 0, limit: 20, cap: 1000 });
          expect([starts, rows, more]).toEqual([starts, expected.slice(0, 20), expected.length > 20]);
          expect(Math.min(counted, 1001)).toBe(Math.min(expected.length, 1001));
        }
      });
    }), { numRuns: 60 });
  });

  test('lead to the same records whatever was asked before', () => {
    // Two lists as bits, one as an array, a short one and a bucket.
    const every: Readonly<Record<string, number>> = { even: 2, third: 3, fifth: 5, rarely: 40, seldom: 900 };
    const records = Array.from({ length: 20_000 }, (_, index): Listed => ({ row: index + 1, words: Object.keys(every).filter((word) => index % (every[word] as number) === 0) }));
    const group = fc.uniqueArray(fc.constantFrom(...Object.keys(every)), { minLength: 1, maxLength: 3 });
    const has = ({ words }: Listed, groups: readonly (readonly string[])[]): boolean => groups.every((starts) => starts.some((start) => words.includes(start)));
    withLists(records, 1000, (lists) => {
      fc.assert(fc.property(fc.array(group, { minLength: 1, maxLength: 3 }), (groups) => {
        const { rows } = lists.find(groups, { after: 0, limit: records.length, cap: records.length });
        expect([groups, rows]).toEqual([groups, records.filter((record) => has(record, groups)).map(({ row }) => row)]);
      }), { numRuns: 150 });
    });
  });

  test('are paged over containers of every kind without a gap or a double', () => {
    // Rows of three containers: all of the first with the word "all", a third of them with "third", a few anywhere with "few".
    const records = Array.from({ length: 2 * CONTAINER_ROWS + 500 }, (_, index): Listed => ({
      row: index + 1,
      words: [...(index < CONTAINER_ROWS ? ['all'] : []), ...(index % 3 === 0 ? ['third'] : []), ...(index % 40 === 7 ? ['fewer'] : []), ...(index % 9001 === 0 ? ['few'] : [])],
    }));
    withLists(records, 1000, (lists, database) => {
      for (const starts of [['third'], ['few'], ['fewer'], ['all', 'third'], ['few', 'third'], ['fewer', 'third'], ['all', 'few', 'th']]) {
        expect([starts, walked(lists, starts, 997)]).toEqual([starts, matching(records, starts)]);
      }
      expect(lists.find([], { after: CONTAINER_ROWS * 2, limit: 2, cap: 1000 })).toEqual({ rows: [CONTAINER_ROWS * 2 + 1, CONTAINER_ROWS * 2 + 2], more: true, count: records.length });
      // "a", "al" and "all" begin the same words: they share one list.
      const shared = database.prepare("SELECT count(DISTINCT list) AS lists, count(*) AS terms FROM terms WHERE term IN ('a', 'al', 'all')").get();
      expect(shared).toEqual({ lists: 1, terms: 3 });
    });
  });
});
