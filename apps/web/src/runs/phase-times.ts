import type { Run, RunLogLine, RunPhase } from '@lastgood/contracts';

const TOLD: readonly RunPhase[] = ['fetching', 'building', 'checking', 'publishing', 'stopping'];

/** Seconds that a run was in each phase, as the lines of its log that name one tell; empty without such lines. Of a phase that was gone through again, all times together; of the one that it is in, nothing yet. */
export function secondsByPhase(run: Pick<Run, 'requestedAt' | 'finishedAt'>, lines: readonly Pick<RunLogLine, 'at' | 'fields'>[]): ReadonlyMap<RunPhase, number> {
  const begins: { phase: RunPhase; ms: number }[] = [{ phase: 'requested', ms: Date.parse(run.requestedAt) }];
  for (const { at, fields } of lines) {
    const phase = TOLD.find((one) => one === fields['phase']);
    if (phase !== undefined) begins.push({ phase, ms: Date.parse(at) });
  }
  const seconds = new Map<RunPhase, number>();
  if (begins.length === 1) return seconds;
  for (const [index, { phase, ms }] of begins.entries()) {
    const end = begins[index + 1]?.ms ?? (run.finishedAt === null ? null : Date.parse(run.finishedAt));
    if (end !== null) seconds.set(phase, (seconds.get(phase) ?? 0) + Math.max(0, end - ms) / 1000);
  }
  return seconds;
}
