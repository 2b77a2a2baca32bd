import type { WalkSettings } from '@lastgood/contracts';

/** Settings that weaken what a walk proves, as `walk.paging=none`, for status.json; empty with the defaults. At most 16, each at most 64 characters. */
export function weakerWalkSettings(settings: WalkSettings): string[] {
  const weaker: string[] = [];
  if (settings.paging !== 'overlap') weaker.push(`walk.paging=${settings.paging}`);
  if (settings.totals !== 'must-agree') weaker.push(`walk.totals=${settings.totals}`);
  if (settings.order !== 'by-id') weaker.push(`walk.order=${settings.order}`);
  if (settings.envelope !== 'required') weaker.push(`walk.envelope=${settings.envelope}`);
  for (const collection of new Set(settings.mayBeEmpty)) weaker.push(`walk.mayBeEmpty=${collection}`);
  return weaker;
}
