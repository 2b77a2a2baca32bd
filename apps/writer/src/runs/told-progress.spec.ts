import { Collection, type CollectionProgress } from '@lastgood/contracts';
import fc from 'fast-check';
import { pullHistories, toldProgressSuite } from './told-progress-suite.js';
import { mergeTold } from './told-progress.js';

const told = fc.uniqueArray(fc.record<CollectionProgress>({
  collection: fc.constantFrom(...Collection.options), state: fc.constantFrom('waiting', 'fetching', 'fetched', 'missing'), pages: fc.nat(3), records: fc.nat(3), toldTotal: fc.option(fc.nat(3)),
  duplicates: fc.nat(1), calls: fc.nat(3), retries: fc.nat(1), restarts: fc.nat(1), evidence: fc.constantFrom(null, 'total', 'overlap'),
}), { selector: ({ collection }) => collection });

describe('what a pull tells', () => {
  test('is merged to the same whatever the order of its messages and however often they come', () => {
    fc.assert(fc.property(told, told, told, (a, b, c) => {
      expect(mergeTold(a, b)).toEqual(mergeTold(b, a));
      expect(mergeTold(mergeTold(a, b), c)).toEqual(mergeTold(a, mergeTold(b, c)));
      expect(mergeTold(mergeTold(a, b), b)).toEqual(mergeTold(a, b));
    }), { numRuns: 1000 });
  });

  test('ends as its newest message says', () => {
    fc.assert(fc.property(pullHistories, fc.infiniteStream(fc.nat()), (history, random) => {
      const shuffled = history.map((message) => ({ message, key: random.next().value })).sort((a, b) => a.key - b.key);
      expect(shuffled.reduce<CollectionProgress[]>((known, { message }) => mergeTold(known, message), [])).toEqual(history.at(-1));
    }), { numRuns: 1000 });
  });
});

toldProgressSuite('SQLite');
