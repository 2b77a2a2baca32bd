import type { Run } from '@lastgood/contracts';

/** A run in one line. */
export function runLine(run: Run): string {
  const parts = [run.id, `${run.district}/${run.source}`, run.phase, `${run.progress.records} records`];
  if (run.durationSeconds !== null) parts.push(`${run.durationSeconds.toFixed(1)} s`);
  if (run.snapshot !== null) parts.push(`snapshot ${run.snapshot}`);
  if (run.failure) parts.push(`${run.failure.code}: ${run.failure.message}`);
  return parts.join('  ');
}
