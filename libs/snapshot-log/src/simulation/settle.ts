import { ObjectStoreError } from '@lastgood/object-store';
import type { AppendResult } from '../append-result.js';
import type { LogContext, SnapshotLog } from '../snapshot-log.js';
import type { Process, World } from './world.js';

const PATIENCE = 40;

/** What a process gets instead of time and randomness. */
export function contextOf(world: World, process: Process): LogContext {
  return {
    clock: {
      now: () => world.nowMs + process.skewMs,
      sleep: () => world.perform(process, 'wait', '', () => undefined),
    },
    newId: () => world.random.id(),
  };
}

/** Waits for some choices of the scheduler. */
export async function idle(world: World, process: Process, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await world.perform(process, 'wait', '', () => undefined);
}

/** Resolves an append whose outcome is unknown, as a service does: by asking again until it is known. */
export async function settle(world: World, log: SnapshotLog, first: AppendResult): Promise<Exclude<AppendResult, { outcome: 'unknown' }>> {
  let result = first;
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    if (result.outcome !== 'unknown') {
      if (result.outcome === 'refused' && result.refusal.reason === 'fenced') world.situations.fenced += 1;
      return result;
    }
    world.situations.unknownToTheEnd += 1;
    await log.context.clock.sleep(1000);
    result = await log.resolve(result.pending);
  }
  throw new ObjectStoreError('timeout', 'the store did not answer for very long', { retryable: true, outcomeUnknown: true });
}

/** One step of a service's loop: an outage of the store ends the step, not the service. */
export async function enduring(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
  }
}
