import type { Collection, SourceKind } from '@lastgood/contracts';
import { SourceError } from '../source-error.js';
import { headerOf, statusError } from './classify-status.js';
import { toldError } from './error-answer.js';
import { redactionOf } from './redact.js';
import { COLLECTION_ORDER, envelopeKeyOf } from './requests.js';
import type { UpstreamPage, UpstreamRecord } from './upstream-page.js';

/** One HTTP answer, whole. Header names in lower case, as Node gives them. */
export interface UpstreamAnswer {
  status: number;
  headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  body: string;
}

export interface ParseOptions {
  /** Names of properties to drop at any depth, besides passwords; letter case does not matter. */
  redact?: readonly string[];
  /** `bare-list-allowed` takes a list without envelope for a page. */
  envelope?: 'required' | 'bare-list-allowed';
  /** Now, milliseconds since 1970: a Retry-After date is counted from it. */
  nowMs: number;
}

const LONGEST_ID = 255;

const unusable = (code: string, message: string, retryable: boolean): SourceError => new SourceError(code, message, { retryable, httpStatus: 200 });

/** Body of a 200 answer as JSON; throws a SourceError that holds nothing of the body. */
export function parseBody(answer: UpstreamAnswer): unknown {
  const type = headerOf(answer, 'content-type')?.toLowerCase() ?? '';
  const start = answer.body.slice(0, 256).trimStart();
  if (start.startsWith('<') || (type.includes('html') && !/^[[{]/.test(start))) {
    throw unusable('answer_not_json', 'the upstream answered 200 with a page of HTML or XML instead of JSON', true);
  }
  if (start === '' && answer.body.trim() === '') throw unusable('answer_not_json', 'the upstream answered 200 with an empty body', true);
  try {
    return JSON.parse(answer.body);
  } catch {
    throw unusable('answer_not_json', 'the body is no JSON: it was cut off on the way, or the upstream sends something else', true);
  }
}

const rowsOf = (collection: Collection, parsed: unknown, envelope: ParseOptions['envelope']): unknown[] => {
  if (Array.isArray(parsed)) {
    if (envelope === 'bare-list-allowed') return parsed;
    throw unusable('envelope_missing', `the answer is a bare list where an object with ${envelopeKeyOf(collection)} is expected; walk.envelope: bare-list-allowed would take it`, false);
  }
  if (parsed === null || typeof parsed !== 'object') throw unusable('envelope_missing', `the answer is no object with ${envelopeKeyOf(collection)}`, true);
  const answer = parsed as Record<string, unknown>;
  const key = envelopeKeyOf(collection);
  const rows = Object.hasOwn(answer, key) ? answer[key] : undefined;
  const error = toldError(answer, Array.isArray(rows));
  if (error !== null) throw error;
  if (Array.isArray(rows)) return rows;
  const other = COLLECTION_ORDER.find((name) => Object.hasOwn(answer, envelopeKeyOf(name)) && name !== collection);
  if (other !== undefined) throw unusable('envelope_wrong', `the answer holds ${envelopeKeyOf(other)} where ${key} was asked for`, false);
  throw unusable('envelope_missing', `the answer has no list ${key}; that is never read as no rows`, true);
};

const checkRow = (row: unknown): UpstreamRecord => {
  if (row === null || typeof row !== 'object' || Array.isArray(row)) throw unusable('row_invalid', 'a row is not an object', false);
  const record = row as Record<string, unknown>;
  const id = record.sourcedId;
  if (typeof id === 'number' && Number.isSafeInteger(id)) record.sourcedId = String(id);
  else if (typeof id !== 'string' || id === '') throw unusable('row_without_id', 'a row has no sourcedId', false);
  else if (id.length > LONGEST_ID) throw unusable('row_without_id', `a sourcedId is longer than ${LONGEST_ID} characters`, false);
  return record as UpstreamRecord;
};

/** Property of an answer that holds one record of a collection. */
const ENVELOPE_OF_ONE: Partial<Record<Collection, string>> = { users: 'user', classes: 'class' };

/** Reads the answer of an endpoint for one record; throws a SourceError for everything that is not surely the record that was asked for. */
export function parseOne(collection: 'users' | 'classes', sourcedId: string, answer: UpstreamAnswer, options: ParseOptions): UpstreamRecord {
  const failed = statusError(answer, options.nowMs);
  if (failed !== null) throw failed;
  const parsed = parseBody(answer);
  const key = ENVELOPE_OF_ONE[collection] ?? collection;
  if (parsed === null || typeof parsed !== 'object' || Array.isArray(parsed)) throw unusable('envelope_missing', `the answer is no object with ${key}`, true);
  const sent = parsed as Record<string, unknown>;
  const one = Object.hasOwn(sent, key) ? sent[key] : undefined;
  const error = toldError(sent, one !== undefined);
  if (error !== null) throw error;
  if (one === undefined) throw unusable('envelope_missing', `the answer has no ${key}`, true);
  redactionOf(options.redact ?? []).apply(one);
  const record = checkRow(one);
  if (record.sourcedId !== sourcedId) throw unusable('record_wrong', 'the upstream answered with another record than the one asked for', false);
  return record;
}

const countIn = (answer: UpstreamAnswer, name: string): number | null => {
  const value = headerOf(answer, name);
  return value !== null && /^\d{1,12}$/.test(value) ? Number(value) : null;
};

/**
 * Reads one page; throws a SourceError for everything that is not surely a page of this collection. Headers read: `x-total-count` (OneRoster),
 * `x-count` and `x-perm-rev` (ClassLink).
 */
export function parsePage(kind: SourceKind, collection: Collection, answer: UpstreamAnswer, options: ParseOptions): UpstreamPage {
  const failed = statusError(answer, options.nowMs);
  if (failed !== null) throw failed;
  const rows = rowsOf(collection, parseBody(answer), options.envelope);
  const redaction = redactionOf(options.redact ?? []);
  if (redaction.concerns(answer.body)) redaction.apply(rows);
  const records = rows.map(checkRow);
  const told = kind === 'classlink' ? countIn(answer, 'x-count') : null;
  if (told !== null && told !== records.length) {
    throw unusable('page_incomplete', `the upstream says that the page has ${told} rows, ${records.length} arrived`, true);
  }
  const revision = headerOf(answer, 'x-perm-rev');
  return { records, toldTotal: countIn(answer, 'x-total-count'), revision: revision === null || revision === '' ? null : revision.slice(0, 128) };
}
