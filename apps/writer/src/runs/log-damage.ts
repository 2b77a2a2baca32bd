import { ServiceError, type RunFailure } from '@lastgood/contracts';
import type { LogDamagedError } from '@lastgood/snapshot-log';

const ADVICE = 'Run `lastgood verify` and restore the object from a backup of the bucket; runs of this source go on by themselves then.';

/** The failure of a run whose log cannot be read on: names the object first, so that it is never cut off. */
export function logDamaged(error: LogDamagedError): RunFailure {
  return { code: 'log_damaged', severity: 'error', message: wordsOf(error).slice(0, 500), collection: null, offset: null, httpStatus: null, count: 1, retryable: false };
}

/** The same as an answer: 503, not retryable until somebody has restored the object. */
export function refuseDamagedLog(error: LogDamagedError): ServiceError {
  return new ServiceError('unavailable', 'log_damaged', wordsOf(error).slice(0, 1000), { retryable: false, cause: error });
}

function wordsOf({ key }: LogDamagedError): string {
  return `The log of this source is damaged at ${key}; nothing can be added to it. ${ADVICE}`;
}
