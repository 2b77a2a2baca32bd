import type { Collection } from '../roster.js';
import { Failure } from './failure.js';
import { knowsField } from './fields.js';
import type { JsonRecord, Version } from './records.js';

export type Predicate = (record: JsonRecord) => boolean;

const clausePattern = /^\s*([A-Za-z][\w.]*)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'\s*(?:(AND|OR)\s+([\s\S]+))?$/;

const compare: Readonly<Record<string, (left: string, right: string) => boolean>> = {
  '=': (left, right) => left === right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '~': (left, right) => left.toLowerCase().includes(right.toLowerCase()),
};

/** The scalar values at a dotted path; lists give each of their values. */
function valuesAt(value: unknown, path: readonly string[]): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item) => valuesAt(item, path));
  if (typeof value !== 'object') return path.length === 0 ? [String(value)] : [];
  const [first, ...rest] = path;
  return first === undefined ? [] : valuesAt((value as JsonRecord)[first], rest);
}

function clause(field: string, operator: string, text: string): Predicate {
  const path = field.split('.');
  if (operator === '!=') return (record) => !valuesAt(record, path).includes(text);
  const matches = compare[operator] as (left: string, right: string) => boolean;
  return (record) => valuesAt(record, path).some((value) => matches(value, text));
}

/**
 * The filter of OneRoster: `field op 'value'`, at most two clauses joined by AND or OR; a quote in a
 * value is doubled. Throws a Failure 400 with invalid_filter_field or invaliddata.
 */
export function parseFilter(text: string, collection: Collection, version: Version): Predicate {
  const first = clausePattern.exec(text);
  if (first === null) throw new Failure(400, 'invaliddata', 'The filter cannot be read.');
  const [, field = '', operator = '', value = '', join, rest] = first;
  const readable = (name: string): void => {
    if (!knowsField(collection, version, name)) {
      throw new Failure(400, 'invalid_filter_field', `There is no field ${name.slice(0, 60)} to filter by.`);
    }
  };
  readable(field);
  const left = clause(field, operator, value.replaceAll("''", "'"));
  if (join === undefined || rest === undefined) return left;
  const second = clausePattern.exec(rest);
  if (second === null || second[4] !== undefined) {
    throw new Failure(400, 'invaliddata', 'A filter has at most two clauses.');
  }
  const [, field2 = '', operator2 = '', value2 = ''] = second;
  readable(field2);
  const right = clause(field2, operator2, value2.replaceAll("''", "'"));
  return join === 'AND' ? (record) => left(record) && right(record) : (record) => left(record) || right(record);
}
