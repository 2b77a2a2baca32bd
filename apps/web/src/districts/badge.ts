import type { BadgeAges, DistrictStatus } from '@lastgood/contracts';
import { ageOf } from '../time/relative.js';

export type SourceStatus = DistrictStatus['sources'][number];

/** What the badge of a source says, by what matters most to whoever reads its data. */
export type BadgeState = 'none' | 'fetching' | 'failed' | 'fresh' | 'ageing' | 'old' | 'unreadable';

/** Of a gateway that does not tell them yet. */
const USUAL_AGES: BadgeAges = { freshDays: 1, oldDays: 7 };

/** Fetching comes before everything, a failed last run before the age of what still answers. */
export function badgeOf({ current, runs, problem, badge = USUAL_AGES }: SourceStatus, atMs: number): BadgeState {
  if (problem) return 'unreadable';
  if (runs?.activeRun) return 'fetching';
  if (runs?.lastRun?.phase === 'failed') return 'failed';
  if (!current) return 'none';
  return ageOf((atMs - new Date(current.createdAt).getTime()) / 1000, badge);
}

/** What asking for a refresh is called: again after a failure, whether or not there is a snapshot. */
export function askFor({ current, runs }: SourceStatus): 'create' | 'tryAgain' | 'refresh' {
  if (runs?.lastRun?.phase === 'failed') return 'tryAgain';
  return current ? 'refresh' : 'create';
}

/** People and classes in a snapshot: what the badge counts. */
export function recordsIn(counts: Readonly<Record<string, number>>): number {
  return ['students', 'parents', 'teachers', 'staff'].reduce((sum, dataset) => sum + (counts[dataset] ?? 0), 0);
}
