import { mutants } from './mutants.js';
import { type SeedResult, simulate } from './simulate.js';
import { noSituations, type Situations } from './world.js';

/** What many seeds came to. `failed` holds the seeds with violations. */
export interface Campaign {
  seeds: number;
  failed: SeedResult[];
  situations: Situations;
  fewestOperations: number;
  records: number;
}

/** The situations that must have happened for a campaign to mean anything. */
export const REQUIRED_SITUATIONS: readonly (keyof Situations)[] = [
  'slotLost', 'fenced', 'unknownThatLanded', 'unknownThatDidNot', 'lateApply', 'expireAgainstRollback', 'tornPart',
];

/** A seed that asks the store less often proves too little. */
export const FEWEST_OPERATIONS = 300;

const MAX_KEPT = 20;

/** Runs the shipped rules on `seeds` seeds, starting at `from`. */
export async function runSeeds(from: number, seeds: number, onSeed: (result: SeedResult) => void = () => undefined): Promise<Campaign> {
  const campaign: Campaign = { seeds, failed: [], situations: noSituations(), fewestOperations: Infinity, records: 0 };
  for (let seed = from; seed < from + seeds; seed += 1) {
    const result = await simulate(seed);
    if (result.violations.length > 0 && campaign.failed.length < MAX_KEPT) campaign.failed.push(result);
    for (const name of Object.keys(campaign.situations) as (keyof Situations)[]) campaign.situations[name] += result.situations[name];
    campaign.fewestOperations = Math.min(campaign.fewestOperations, result.operations);
    campaign.records += result.records;
    onSeed(result);
  }
  return campaign;
}

/** The first seed on which the judge noticed each mutant by an invariant, not by an exception; null where none did. */
export async function catchMutants(from: number, seeds: number): Promise<Record<string, number | null>> {
  const caught: Record<string, number | null> = {};
  for (const [name, rules] of Object.entries(mutants)) {
    caught[name] = null;
    for (let seed = from; seed < from + seeds && caught[name] === null; seed += 1) {
      const { violations } = await simulate(seed, rules);
      if (violations.some(({ invariant }) => invariant !== 'error')) caught[name] = seed;
    }
  }
  return caught;
}
