import { jsonAnswer, type Answer } from '../answer.js';
import { minorOfStatus, statusInfo } from '../oneroster/failure.js';
import type { Version } from '../oneroster/records.js';
import type { FiredQuirks } from './quirk-engine.js';
import type { QuirkOf } from './quirk.js';

const html = '<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>';

function htmlAnswer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body, delivery: 'whole' };
}

function statusAnswer(quirk: Pick<QuirkOf<'status'>, 'status' | 'retryAfterSeconds' | 'body'>, version: Version): Answer {
  const { status, retryAfterSeconds } = quirk;
  const headers: Record<string, string> = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  switch (quirk.body) {
    case 'html':
      return htmlAnswer(status, status === 429 ? 'Too many requests' : html, headers);
    case 'flat':
      return jsonAnswer(status, { imsx_codeMajor: 'failure', imsx_severity: 'error', imsx_description: 'Refused.', imsx_codeMinor: 'invalid_data' }, headers);
    case 'error':
      return jsonAnswer(status, { error: 'Refused.' }, headers);
    case 'empty':
      return { status, headers, body: '', delivery: 'whole' };
    case 'standard':
      return jsonAnswer(status, statusInfo(version, minorOfStatus(status), 'The simulator was told to refuse.'), headers);
  }
}

/** What the caller asked for, as far as a refusal depends on it. */
export interface RefusalCause {
  readonly version: Version;
  readonly limit: number;
  /** Requests under way, this one included. */
  readonly running: number;
}

/** The answer of a quirk that does not let the request through to the data, or undefined. */
export function refusalOf(quirks: FiredQuirks, { version, limit, running }: RefusalCause): Answer | undefined {
  if (quirks.has('hang')) return { status: 200, headers: {}, body: '', delivery: 'hang' };
  if (quirks.has('refuse')) return { status: 200, headers: {}, body: '', delivery: 'reset' };
  const redirect = quirks.get('redirect');
  if (redirect !== undefined) return { status: redirect.status, headers: { location: redirect.to }, body: '', delivery: 'whole' };
  const status = quirks.get('status');
  if (status !== undefined) return statusAnswer(status, version);
  const rate = quirks.get('rateLimit429');
  if (rate !== undefined) return statusAnswer({ status: 429, retryAfterSeconds: rate.retryAfterSeconds, body: rate.body }, version);
  const most = quirks.get('concurrencyLimit');
  if (most !== undefined && running > most.limit) return statusAnswer({ status: 429, retryAfterSeconds: null, body: 'html' }, version);
  const heavy = quirks.get('heavyPage502');
  if (heavy !== undefined && limit > heavy.above) return statusAnswer({ status: 502, retryAfterSeconds: null, body: 'html' }, version);
  if (quirks.has('demographics403')) return statusAnswer({ status: 403, retryAfterSeconds: null, body: 'standard' }, version);
  return undefined;
}

/** A good answer as the quirks of the body leave it. */
export function spoiled(answer: Answer, quirks: FiredQuirks, version: Version, key: string): Answer {
  if (quirks.has('ok200WithError')) {
    return jsonAnswer(200, statusInfo(version, 'internal_server_error', 'The simulator was told to fail.'));
  }
  if (quirks.has('htmlBody')) return htmlAnswer(200, html);
  const huge = quirks.get('hugeBody');
  if (huge !== undefined) return { ...answer, huge: { key, bytes: huge.bytes } };
  if (quirks.has('truncatedJson')) return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length * 0.6)) };
  if (quirks.has('cutBody')) return { ...answer, delivery: 'cut' };
  if (quirks.has('stall')) return { ...answer, delivery: 'stall' };
  return answer;
}
