import { ServiceError, type CancelCommand, type Run } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import type { RunEnd } from './end-run.js';
import { isFinal, runOf } from './run-row.js';
import type { RunStore } from './run-store.js';

/** Cancels a run. It says `stopping` until the abort is in the log. Throws `unknown_run`, and `run_ended` for one that has ended. */
export async function cancelRun(runs: RunStore, end: RunEnd, clock: Clock, id: string, { asker, reason }: CancelCommand): Promise<Run> {
  const row = await runs.get(id);
  if (row === undefined) throw new ServiceError('not-found', 'unknown_run', 'There is no such run, or this key may not see it.');
  if (isFinal(row)) throw new ServiceError('conflict', 'run_ended', `The run has ended: it is ${row.phase}.`, { run: id, retryable: false });
  const stopped = await end.stop(id, null, { outcome: 'cancelled', failure: null, actor: asker.actor, reason: reason ?? null });
  return runOf(stopped ?? (await runs.get(id)) ?? row, clock.now());
}
