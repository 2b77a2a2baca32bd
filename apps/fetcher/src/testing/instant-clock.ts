import { Clock } from '@lastgood/service-runtime';

/** A clock on which every sleep is over at once and moves the time; it keeps what was slept. */
export class InstantClock extends Clock {
  readonly slept: number[] = [];

  constructor(private nowMs = 1_700_000_000_000) {
    super();
  }

  now(): number {
    return this.nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.nowMs += ms;
  }
}
