import fc from 'fast-check';
import type { Search } from './search.js';
import { ask, districts, TestBucket, until } from './testing/read-side.js';
import { person } from './testing/writing-side.js';

const PLACES = 300;
const CASES = { numRuns: 100 };
const people = (familyName: string) => ['a', 'b', 'c'].map((sourcedId) => person({ sourcedId, familyName }));
const queries = fc.array(fc.record({ q: fc.constantFrom('', 'n', 'na', 'name', 'zz'), limit: fc.integer({ min: 1, max: 5 }) }), { minLength: 1, maxLength: 6 });

let bucket: TestBucket;
let search: Search;
let figures: () => Promise<string>;
let used = 0;
beforeAll(async () => {
  bucket = await TestBucket.open();
  const replica = bucket.replica({}, 'local', districts(PLACES));
  search = replica.search;
  figures = async () => (await replica.metrics.registry.metrics()).split('\n').filter((line) => /^lastgood_search_(fetched|swaps)/.test(line)).join('\n');
});
afterAll(() => bucket.close());

/** What queries are answered with, and how often the store was asked for it. */
async function answersAndCost(district: string, asked: readonly { q: string; limit: number }[]): Promise<unknown> {
  const answers: unknown[] = [];
  for (const query of asked) {
    const before = bucket.gated.asked.length;
    const answer = await ask(search, district, query);
    answers.push({ answer, storeCalls: bucket.gated.asked.length - before });
  }
  return { answers, figures: await figures() };
}

describe('reading', () => {
  test('P04 a failing or slow upstream changes neither answers nor their speed class: no answer differs, and none asks the store or opens an index more', async () => {
    const outcomes = fc.array(fc.constantFrom('fails', 'is cancelled', 'is held', 'hangs', 'says so twice'), { minLength: 1, maxLength: 5 });
    await fc.assert(fc.asyncProperty(outcomes, queries, async (nights, asked) => {
      const district = `d${used++}x`;
      const writer = bucket.writer(district);
      await writer.snapshot({ people: people('Name') });
      await ask(search, district);
      const before = await answersAndCost(district, asked);
      for (const night of nights) {
        if (night === 'fails') await writer.failedRun();
        else if (night === 'is cancelled') await writer.failedRun('cancelled');
        else if (night === 'is held') await writer.snapshot({ people: people('Held'), verdict: 'quarantine' });
        else if (night === 'hangs') await writer.snapshot({ people: people('Late'), verdict: 'none' });
        await search.logGrew({ district, source: 'sis' });
        expect(await answersAndCost(district, asked)).toEqual(before);
      }
      expect(JSON.stringify(before)).not.toMatch(/"storeCalls":[1-9]/);
    }), CASES);
  }, 300_000);

  test('P07 a new index is fetched apart from reading: wherever its way to this replica stops, every read is answered at once from the snapshot before', async () => {
    await fc.assert(fc.asyncProperty(fc.constantFrom(/manifest\.json/, /index\.sqlite/), queries, async (stopsAt, asked) => {
      const district = `d${used++}x`;
      const writer = bucket.writer(district);
      const old = await writer.snapshot({ people: people('Name') });
      await ask(search, district);
      const { promise, resolve } = Promise.withResolvers<void>();
      const next = await writer.snapshot({ people: people('New') });
      bucket.gated.gate = { keys: new RegExp(`${next}/${stopsAt.source}`), open: promise };
      await search.logGrew({ district, source: 'sis' });
      for (const query of asked) expect((await ask(search, district, query))[0]?.snapshot?.id).toBe(old);
      resolve();
      await until(async () => (await ask(search, district))[0]?.snapshot?.id === next);
    }), CASES);
  }, 300_000);
});
