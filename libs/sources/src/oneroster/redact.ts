import { SourceError } from '../source-error.js';

const DEEPEST = 64;
const MOST_JUDGED = 1000;
const PASSWORD = /passw(?:or)?d|passphrase/;

/** Drops secrets from records in place. */
export interface Redaction {
  /** Whether a body can hold anything to drop at all; false saves the search through every record. */
  concerns(body: string): boolean;
  /** Drops every named property at any depth; throws a SourceError below 64 levels. */
  apply(value: unknown): void;
}

/** Drops properties whose name contains `password` (or `passwd`, `passphrase`), and those of the given names; letter case does not matter. */
export function redactionOf(names: readonly string[]): Redaction {
  const dropped = new Set(names.map((name) => name.toLowerCase()));
  const alternatives = [PASSWORD.source, ...[...dropped].map((name) => `"${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}"`)];
  // A name may be spelt with \u escapes, and then only the parsed record shows it.
  const suspicious = new RegExp(`${alternatives.join('|')}|\\\\u00`, 'i');
  const plainNames = names.every((name) => /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(name));

  // Records of one collection have the same few names: each is judged once.
  const judged = new Map<string, boolean>();
  const isDropped = (key: string): boolean => {
    let verdict = judged.get(key);
    if (verdict === undefined) {
      const name = key.toLowerCase();
      verdict = PASSWORD.test(name) || dropped.has(name);
      if (judged.size < MOST_JUDGED) judged.set(key, verdict);
    }
    return verdict;
  };

  const apply = (value: unknown, depth: number): void => {
    if (value === null || typeof value !== 'object') return;
    if (depth > DEEPEST) throw new SourceError('answer_too_deep', `a record is nested deeper than ${DEEPEST} levels`, { retryable: false });
    if (Array.isArray(value)) {
      for (const item of value) apply(item, depth + 1);
      return;
    }
    const record = value as Record<string, unknown>;
    for (const key of Object.keys(record)) {
      if (isDropped(key)) delete record[key];
      else if (typeof record[key] === 'object') apply(record[key], depth + 1);
    }
  };
  return { concerns: (body) => !plainNames || suspicious.test(body), apply: (value) => apply(value, 0) };
}
