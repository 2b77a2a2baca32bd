import { SourceError } from '../source-error.js';

/** One row as an upstream sent it, passwords and configured secrets already dropped. */
export type UpstreamRecord = { readonly sourcedId: string } & Readonly<Record<string, unknown>>;

const LINE = Symbol('line');

/** A record as one line of JSON; throws a SourceError where it is nested too deeply. */
export function lineOf(record: UpstreamRecord & { readonly [LINE]?: string }): string {
  try {
    return record[LINE] ?? JSON.stringify(record);
  } catch (cause) {
    throw new SourceError('answer_too_deep', 'a record is nested too deeply to be written', { retryable: false, cause });
  }
}

/** Id and line of a record in the place of all its parts: a page that waits for its turn takes a fifth of the memory. */
export function asLine(record: UpstreamRecord): UpstreamRecord {
  return { sourcedId: record.sourcedId, [LINE]: lineOf(record) };
}

/** One answer of a list endpoint, checked: every record is an object with a sourcedId. */
export interface UpstreamPage {
  records: readonly UpstreamRecord[];
  /** Total told for the whole collection (`X-Total-Count`), null when none or not a number. */
  toldTotal: number | null;
  /** Revision of the whole batch (`x-perm-rev`), or null. */
  revision: string | null;
}
