import { ServiceError } from '@lastgood/contracts';
import { SourceError } from '@lastgood/sources';
import { UpstreamFailure } from '../upstream/upstream-failure.js';

const BUSY_MS = 2_000;

/** The source does not allow it. */
export function liveLookUpOff(): ServiceError {
  return new ServiceError('conflict', 'live_look_up_off', 'This source does not allow live look-ups: `liveLookUp` is not set for it in lastgood.yaml.', { retryable: false });
}

/** As many are under way as one fetcher makes at once. */
export function liveLookUpsBusy(): ServiceError {
  return new ServiceError('unavailable', 'live_look_ups_busy', 'Too many live look-ups are under way; try again in a moment.', { retryable: true, retryAfterMs: BUSY_MS });
}

/** The live system knows no such record. */
export function notFoundLive(): ServiceError {
  return new ServiceError('not-found', 'not_found', 'The live system knows no such record.', { retryable: false });
}

/** The time of a whole look-up is up; says nothing against the host, which may answer pulls as it should. */
export function liveTimeIsUp(limitMs: number): UpstreamFailure {
  return new UpstreamFailure('upstream_timeout', `The live system did not answer within ${Math.round(limitMs / 100) / 10} s, the limit of a live look-up.`, { retryable: true, blames: 'unclear' });
}

/** Why a look-up failed, as who asked for it gets it; anything but a failure of the upstream comes back as it is. */
export function liveProblemOf(error: unknown): unknown {
  if (!(error instanceof SourceError)) return error;
  const { code, httpStatus, retryable } = error;
  if (code === 'live_query_impossible') return new ServiceError('invalid', code, error.message, { errors: [{ field: 'q', message: 'one or two words of a name or a title, or one email address or number' }], cause: error });
  if (httpStatus === 400 || httpStatus === 422) {
    return new ServiceError('unavailable', 'live_query_refused', `The live system does not take this question (${httpStatus}); its filters may not know these fields.`, { retryable: false, cause: error });
  }
  const kind = code === 'upstream_timeout' ? 'timeout' : 'unavailable';
  const words = /[.!?]$/.test(error.message) ? error.message : `${error.message}.`;
  return new ServiceError(kind, code, `The live system could not be asked. ${words.charAt(0).toUpperCase()}${words.slice(1)}`.slice(0, 1000), {
    retryable, ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }), cause: error,
  });
}
