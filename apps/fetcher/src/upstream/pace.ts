import type { Clock } from '@lastgood/service-runtime';

/** Spaces the calls to one host evenly. A pause that the host asked for (Retry-After) holds back every caller. */
export interface Pace {
  /** Resolves when this caller may call; callers of different rates share one line. Rejects with the signal's reason. */
  take(requestsPerSecond: number, signal: AbortSignal): Promise<void>;
  /** Nobody starts a call in the next `ms`. */
  pause(ms: number): void;
}

/** The line of one process. */
export class LocalPace implements Pace {
  #nextFreeMs = 0;

  constructor(private readonly clock: Clock) {}

  async take(requestsPerSecond: number, signal: AbortSignal): Promise<void> {
    const now = this.clock.now();
    const at = Math.max(now, this.#nextFreeMs);
    this.#nextFreeMs = at + 1000 / requestsPerSecond;
    if (at > now) await this.clock.sleep(at - now, signal);
  }

  pause(ms: number): void {
    this.#nextFreeMs = Math.max(this.#nextFreeMs, this.clock.now() + ms);
  }
}
