import fc from 'fast-check';
import { rankReplicas } from './rank-replicas.js';

const district = fc.stringMatching(/^[a-z][a-z0-9]{1,12}$/);
const replica = fc.nat(255).map((last) => `http://10.0.0.${last}:8083`);
const replicas = fc.uniqueArray(replica, { minLength: 2, maxLength: 8 });

describe('the ranking of replicas for a district', () => {
  test('is the same on every gateway, in whatever order it knows them', () => {
    fc.assert(fc.property(district, replicas.chain((known) => fc.tuple(fc.constant(known), fc.shuffledSubarray(known, { minLength: known.length }))), (of, [known, shuffled]) => {
      expect(rankReplicas(of, shuffled)).toEqual(rankReplicas(of, known));
      expect(rankReplicas(of, known).toSorted()).toEqual(known.toSorted());
    }));
  });

  test('keeps the order of the others when a replica comes or goes', () => {
    fc.assert(fc.property(district, replicas, fc.nat(), (of, known, at) => {
      const gone = known[at % known.length];
      expect(rankReplicas(of, known.filter((each) => each !== gone))).toEqual(rankReplicas(of, known).filter((each) => each !== gone));
    }));
  });

  test('gives each of 4 replicas about a quarter of 4,000 districts', () => {
    const known = [1, 2, 3, 4].map((last) => `http://10.0.0.${last}:8083`);
    const firsts = Array.from({ length: 4_000 }, (_, index) => rankReplicas(`district-${index}`, known)[0]);
    for (const each of known) {
      const share = firsts.filter((first) => first === each).length;
      expect(share).toBeGreaterThan(850);
      expect(share).toBeLessThan(1_150);
    }
  });
});
