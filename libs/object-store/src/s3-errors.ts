import { codeOf } from './file-errors.js';
import { ObjectStoreError, type ObjectStoreErrorKind } from './object-store.js';

/** An HTTP answer other than 2xx: its status and the S3 error code of its body (empty when it has none). */
export class S3Answer extends Error {
  constructor(readonly status: number, readonly code: string) {
    super(`the store answered ${status} ${code}`.trim());
  }
}

/** A time limit that passed: `connect` (nothing was sent), `idle` (no byte in either direction) or `total` (the whole operation). */
export class S3TimeLimit extends Error {
  constructor(readonly limit: 'connect' | 'idle' | 'total', readonly limitMs: number) {
    super(`${limit} time limit of ${limitMs} ms passed`);
  }
}

const fullCodes = new Set(['XMinioStorageFull', 'InsufficientStorage', 'QuotaExceeded', 'XMinioAdminBucketQuotaExceeded', 'ServiceQuotaExceeded']);
// XAdminUserNotFound: versitygw's answer (404) to an unknown access key.
const deniedCodes = new Set(['XAdminUserNotFound', 'InvalidAccessKeyId', 'AuthorizationHeaderMalformed', 'ExpiredToken', 'InvalidToken', 'InvalidTokenId', 'AuthorizationQueryParametersError']);
const missingCodes = new Set(['NoSuchKey', 'NotFound', 'NoSuchVersion']);
const refusedByClient = new Set(['InvalidArgumentError', 'InvalidBucketNameError', 'InvalidObjectNameError', 'InvalidEndpointError', 'InvalidPortError']);
const beforeSending = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EADDRNOTAVAIL']);

/** What a failed call of the S3 client means. `writes`: the call would have changed the store, so a lost answer leaves the outcome open. */
export function s3Error(error: unknown, what: string, writes: boolean): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const make = (kind: ObjectStoreErrorKind, retryable: boolean, outcomeUnknown: boolean) =>
    new ObjectStoreError(kind, `${what}: ${wordsOf(error)}`, { retryable, outcomeUnknown: writes && outcomeUnknown, cause: error });
  if (error instanceof S3TimeLimit) return make('timeout', true, error.limit !== 'connect');
  if (error instanceof S3Answer) return answerError(error, make);
  if (error instanceof Error && refusedByClient.has(error.name)) return make('invalid', false, false);
  const code = codeOf(error);
  if (code.startsWith('ERR_TLS') || code.includes('CERT') || code.includes('SELF_SIGNED')) return make('unavailable', false, false);
  // Everything else is a connection that broke, or an answer that nobody understood.
  return make('unavailable', code !== '', !beforeSending.has(code));
}

function answerError(
  { status, code }: S3Answer,
  make: (kind: ObjectStoreErrorKind, retryable: boolean, outcomeUnknown: boolean) => ObjectStoreError,
): ObjectStoreError {
  if (fullCodes.has(code) || status === 507) return make('full', false, false);
  if (status === 401 || status === 403 || deniedCodes.has(code)) return make('denied', false, false);
  if (status === 404 && missingCodes.has(code)) return make('not-found', false, false);
  if (status === 404) return make('unavailable', false, false);
  // Another conditional request was under way: whether the key exists now, only a read can tell.
  if (status === 409) return make('unavailable', true, true);
  if (status === 408 || code === 'RequestTimeout') return make('timeout', true, true);
  if (status === 429) return make('unavailable', true, false);
  if (status === 501) return make('invalid', false, false);
  if (status >= 500) return make('unavailable', true, true);
  if (status >= 400) return make('invalid', false, false);
  return make('unavailable', false, false);
}

/** True when a conditional create was refused because the key exists (412). */
export function refusedAsExisting(error: unknown): boolean {
  return answerOf(error)?.status === 412;
}

/** Status and code of the answer that an error of this store came from, or undefined when there was none. */
export function answerOf(error: unknown): S3Answer | undefined {
  return error instanceof ObjectStoreError && error.cause instanceof S3Answer ? error.cause : undefined;
}

function wordsOf(error: unknown): string {
  if (error instanceof S3Answer && error.code === 'NoSuchBucket') return 'the bucket does not exist';
  if (error instanceof S3Answer || error instanceof S3TimeLimit) return error.message;
  return `the connection or the answer failed (${codeOf(error) || 'not understood'})`;
}
