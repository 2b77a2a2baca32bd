import { setTimeout as delay } from 'node:timers/promises';
import { Clock } from './clock.js';

/** The machine's clock. A sleep does not keep the process alive. */
export class SystemClock extends Clock {
  now(): number {
    return Date.now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    try {
      await delay(ms, undefined, { signal, ref: false });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  }
}
