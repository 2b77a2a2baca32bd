import type { Clock } from '@lastgood/service-runtime';
import { replicaBehind } from './read-errors.js';

/** What a promise gives when that comes within `waitMs`; else throws `replica_behind`, and what comes later is ignored. */
export async function within<T>(clock: Clock, waitMs: number, promise: Promise<T>): Promise<T> {
  const enough = new AbortController();
  const late = clock.sleep(waitMs, enough.signal).then(() => {
    throw replicaBehind();
  });
  late.catch(() => undefined);
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    enough.abort();
  }
}
