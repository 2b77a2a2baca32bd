import { SourceError } from '../source-error.js';
import type { UpstreamAnswer } from './parse-page.js';

const LONGEST_WAIT_MS = 24 * 3_600_000;

/** First value of a header, or null. `name` in lower case. */
export function headerOf(answer: UpstreamAnswer, name: string): string | null {
  const value = answer.headers[name];
  const first = typeof value === 'string' ? value : value?.[0];
  return first === undefined ? null : first.trim();
}

/** Milliseconds to wait by a Retry-After of seconds or an HTTP date (RFC 9110 10.2.3), at most a day; undefined when absent or unreadable. */
export function retryAfterMs(value: string | null, nowMs: number): number | undefined {
  if (value === null || value === '') return undefined;
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value) * 1000, LONGEST_WAIT_MS);
  const at = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - nowMs, 0), LONGEST_WAIT_MS);
}

const KNOWN: Record<number, { code: string; words: string }> = {
  400: { code: 'upstream_rejected', words: 'the upstream rejected the request (400); check baseUrl, kind and page size' },
  401: { code: 'upstream_unauthorized', words: 'the upstream did not accept the credentials (401); check auth' },
  403: { code: 'upstream_forbidden', words: 'the upstream refused this collection (403); ask the provider for the scope' },
  404: { code: 'upstream_not_found', words: 'the upstream has no such path (404); check baseUrl and kind' },
  422: { code: 'upstream_rejected', words: 'the upstream could not process the request (422)' },
  429: { code: 'upstream_rate_limited', words: 'the upstream asks for fewer calls (429); lower concurrency or requestsPerSecond' },
};

/** The error that an answer's HTTP status means, or null for 200; the body is never needed for it. */
export function statusError(answer: UpstreamAnswer, nowMs: number): SourceError | null {
  const { status } = answer;
  if (status === 200) return null;
  const wait = retryAfterMs(headerOf(answer, 'retry-after'), nowMs);
  const details = { httpStatus: status, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  const known = KNOWN[status];
  if (known !== undefined) return new SourceError(known.code, known.words, { ...details, retryable: status === 429 });
  if (status >= 500 || status === 408 || status === 425) {
    return new SourceError('upstream_failing', `the upstream failed (${status})`, { ...details, retryable: status !== 501 && status !== 505 });
  }
  if (status >= 300 && status < 400) {
    return new SourceError('upstream_redirected', `the upstream answered with a redirect (${status}), which is never followed; set baseUrl to its goal`, { ...details, retryable: false });
  }
  return new SourceError('upstream_status', `the upstream answered ${status} where 200 is expected`, { ...details, retryable: false });
}
