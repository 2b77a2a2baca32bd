import type { Run, RunLogLine, RunPhase } from '@lastgood/contracts';

const WAY: readonly RunPhase[] = ['requested', 'fetching', 'building', 'checking', 'publishing'];
const TOLD: readonly RunPhase[] = [...WAY.slice(1), 'stopping'];

/**
 * Seconds that a run was in each phase, as the lines of its log that name one tell; empty without such lines. Of a phase that was gone through again, all times together; of the one
 * that it is in, nothing yet; nothing of one whose next line is not there, for lines are not kept at any price.
 */
export function secondsByPhase(run: Pick<Run, 'requestedAt' | 'finishedAt' | 'phase'>, lines: readonly Pick<RunLogLine, 'at' | 'fields'>[]): ReadonlyMap<RunPhase, number> {
  const begins: { phase: RunPhase; ms: number }[] = [{ phase: 'requested', ms: Date.parse(run.requestedAt) }];
  for (const { at, fields } of lines) {
    const phase = TOLD.find((one) => one === fields['phase']);
    if (phase !== undefined) begins.push({ phase, ms: Date.parse(at) });
  }
  if (run.finishedAt !== null) begins.push({ phase: run.phase, ms: Date.parse(run.finishedAt) });
  const seconds = new Map<RunPhase, number>();
  for (const [index, { phase, ms }] of begins.entries()) {
    const next = begins[index + 1];
    if (next !== undefined && follows(phase, next.phase)) seconds.set(phase, (seconds.get(phase) ?? 0) + Math.max(0, next.ms - ms) / 1000);
  }
  return seconds;
}

/** Whether nothing lies between two phases. A run can be stopped in every one, and go on from an earlier one when it is taken over. */
function follows(phase: RunPhase, next: RunPhase): boolean {
  if (next === 'published' || next === 'quarantined') return phase === 'publishing';
  if (next === 'failed' || next === 'cancelled') return phase === 'stopping';
  return next === 'stopping' || WAY.indexOf(next) <= WAY.indexOf(phase) + 1;
}
