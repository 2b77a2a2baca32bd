/** How often and after which waits a message is tried again. */
export interface RetryLimits {
  /** Tries of one message before it is parked, the first included. */
  maxAttempts: number;
  /** Wait before the second try; doubles from try to try up to `maxRetryDelayMs`. */
  retryDelayMs: number;
  maxRetryDelayMs: number;
}

/** The wait in ms after each failed try but the last, in order. */
export function retryDelays({ maxAttempts, retryDelayMs, maxRetryDelayMs }: RetryLimits): number[] {
  return Array.from({ length: maxAttempts - 1 }, (_, index) => Math.min(maxRetryDelayMs, retryDelayMs * 2 ** index));
}
