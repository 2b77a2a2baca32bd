/** Time as handed in, so that tests can replay an interleaving. */
export abstract class Clock {
  /** Milliseconds since the epoch, as `Date.now`. */
  abstract now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted. */
  abstract sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
