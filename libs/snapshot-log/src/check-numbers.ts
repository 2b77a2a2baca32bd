import type { ObjectStore } from '@lastgood/object-store';
import { type LogPlace, logKey, logPrefix, parseLogKey } from './keys.js';
import { LogDamagedError } from './log-error.js';

/**
 * Lists a log once and throws LogDamagedError for the first number that is missing up to its end and up to `head`: whoever has read the records already
 * would never ask for them again. Throws ObjectStoreError while the store does not answer.
 */
export async function checkNumbers(store: ObjectStore, place: LogPlace, head: number): Promise<void> {
  let expected = 1;
  for await (const { key } of store.list(logPrefix(place))) {
    const number = parseLogKey(key)?.number;
    if (number === undefined) continue;
    if (number > expected) throw missing(place, expected);
    expected = number + 1;
  }
  if (expected <= head) throw missing(place, expected);
}

function missing(place: LogPlace, number: number): LogDamagedError {
  return new LogDamagedError(logKey(place, number), 'it is missing, though it was there');
}
