import { catchMutants, FEWEST_OPERATIONS, REQUIRED_SITUATIONS, runSeeds } from './campaign.js';
import { mutants } from './mutants.js';
import { simulate } from './simulate.js';

const MINUTE_MS = 60_000;

describe('the commit protocol on a store that loses, delays and repeats', () => {
  test('holds its invariants on 500 seeds, and every situation it is made for happens', async () => {
    const campaign = await runSeeds(1, 500);
    expect(campaign.failed.map(({ seed, violations }) => ({ replay: `npm run simulate -- --seed ${seed}`, violations }))).toEqual([]);
    expect(campaign.fewestOperations).toBeGreaterThanOrEqual(FEWEST_OPERATIONS);
    for (const situation of REQUIRED_SITUATIONS) expect({ situation, times: campaign.situations[situation] }).not.toEqual({ situation, times: 0 });
  }, 5 * MINUTE_MS);

  test('every weakened rule is noticed by an invariant', async () => {
    const caught = await catchMutants(1, 500);
    expect(Object.keys(caught)).toHaveLength(Object.keys(mutants).length);
    expect(Object.entries(caught).filter(([, seed]) => seed === null)).toEqual([]);
  }, 5 * MINUTE_MS);

  test('a seed replays to the same history', async () => {
    const [one, other] = [await simulate(77), await simulate(77)];
    expect(other).toEqual(one);
    expect(one.history.length).toBeGreaterThan(5);
  });
});
