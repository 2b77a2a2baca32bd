import type { Clock } from '@lastgood/service-runtime';
import { UpstreamFailure } from './upstream-failure.js';

export interface RetryRules {
  /** Tries in all, the first included. */
  tries: number;
  /** Upper bound of the first wait; doubles with every retry, up to 32 times. */
  retryDelayMs: number;
  /** No wait goes beyond this instant of the clock. */
  deadlineMs: number;
}

export interface RetryTools {
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  signal: AbortSignal;
  onRetry?: (failure: UpstreamFailure, waitMs: number) => void;
}

/**
 * Tries until it works, fails for good, or the tries are used up; then the last failure is thrown. Waits have full jitter (uniform
 * below a bound that doubles); a longer Retry-After wins. A wait that would pass the deadline is not begun: its cause is thrown instead.
 */
export async function withRetries<T>(attempt: (tryNumber: number) => Promise<T>, rules: RetryRules, tools: RetryTools): Promise<T> {
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      return await attempt(tryNumber);
    } catch (error) {
      if (tools.signal.aborted || !(error instanceof UpstreamFailure) || !error.retryable || tryNumber >= rules.tries || error.code === 'upstream_circuit_open') throw error;
      const waitMs = retryWaitMs(tryNumber, error.retryAfterMs ?? 0, rules.retryDelayMs, tools.random());
      if (tools.clock.now() + waitMs >= rules.deadlineMs) throw error;
      tools.onRetry?.(error, waitMs);
      await tools.clock.sleep(waitMs, tools.signal);
    }
  }
}

/** Wait before retry number `retry` (1 for the first), for a random number in [0, 1). */
export function retryWaitMs(retry: number, retryAfterMs: number, retryDelayMs: number, random: number): number {
  const bound = retryDelayMs * Math.min(32, 2 ** (retry - 1));
  return Math.max(retryAfterMs, random * bound);
}
