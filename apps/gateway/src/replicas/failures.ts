import { errors } from 'undici';

/** True when a request certainly did not reach its service: no connection was made. */
export function didNotArrive(error: unknown): boolean {
  return error instanceof errors.ConnectTimeoutError || error instanceof errors.ClientClosedError || ['connect', 'getaddrinfo'].includes(text(error, 'syscall'));
}

/** True when an answer, or its next part, did not come in time. */
export function cameLate(error: unknown): boolean {
  return error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError || error instanceof errors.ConnectTimeoutError || isOwnTimeout(error);
}

/** True when the asker gave up by its own time limit, which says nothing about the service. */
export function isOwnTimeout(error: unknown): boolean {
  return text(error, 'name') === 'TimeoutError';
}

/** Why a replica does not answer, in a few words without addresses. */
export function reasonOf(error: unknown): string {
  return cameLate(error) ? 'does not answer in time' : `cannot be reached (${codeOf(error)})`;
}

/** The system's code of an error, as `ECONNREFUSED`. */
export function codeOf(error: unknown): string {
  return text(error, 'code') || 'unknown error';
}

function text(error: unknown, field: 'name' | 'code' | 'syscall'): string {
  return typeof error === 'object' && error !== null && field in error ? String((error as Record<string, unknown>)[field]) : '';
}
