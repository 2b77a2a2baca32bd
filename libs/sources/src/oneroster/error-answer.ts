import { SourceError } from '../source-error.js';

/** Minor codes of OneRoster 1.1 and 1.2; only these are repeated in words, since free text may hold anything. */
const BUSY = new Set(['server_busy', 'internal_server_error', 'linkfailure', 'targetreadfailure']);
const FINAL = new Set(['invalid_filter_field', 'invalid_selection_field', 'invalid_sort_field', 'invaliddata', 'invalid_data', 'unauthorisedrequest', 'unauthorizedrequest',
  'forbidden', 'unknownobject', 'unsupported', 'unsupportedoperation', 'deletefailure']);

const wordsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return [value.toLowerCase().trim().replace(/\s+/g, '_')];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(wordsOf);
};

const property = (answer: Record<string, unknown>, name: string): unknown => {
  const key = Object.keys(answer).find((candidate) => candidate.toLowerCase() === name);
  return key === undefined ? undefined : answer[key];
};

/**
 * The error that a 200 answer's own object tells (imsx_StatusInfo of 1.1 and 1.2, wrapped or flat, or a property `error` or `errors`), or null.
 * Looked for whether the envelope key is there or not.
 */
export function toldError(answer: Record<string, unknown>, hasRows: boolean): SourceError | null {
  const wrapped = property(answer, 'imsx_statusinfo');
  const info = wrapped !== null && typeof wrapped === 'object' && !Array.isArray(wrapped) ? (wrapped as Record<string, unknown>) : answer;
  const major = wordsOf(property(info, 'imsx_codemajor'))[0];
  const severity = wordsOf(property(info, 'imsx_severity'))[0];
  const minors = wordsOf(property(info, 'imsx_codeminor'));
  const minor = minors.find((word) => BUSY.has(word) || FINAL.has(word));
  const told = major === 'failure' || major === 'unsupported' || severity === 'error' || (minor !== undefined && major !== 'success')
    || (!hasRows && (major !== undefined || minors.length > 0))
    || [property(answer, 'error'), property(answer, 'errors')].some((error) => error !== undefined && error !== null && error !== false && !(Array.isArray(error) && error.length === 0));
  if (!told) return null;
  const named = minor === undefined ? '' : ` (${minor})`;
  return new SourceError('upstream_error_answer', `the upstream answered 200 with an error object${named} instead of rows`, {
    retryable: minor === undefined || BUSY.has(minor),
    httpStatus: 200,
  });
}
