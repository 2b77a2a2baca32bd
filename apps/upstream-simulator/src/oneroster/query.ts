import type { Collection } from '../roster.js';
import { Failure } from './failure.js';
import { knowsField } from './fields.js';
import type { Version } from './records.js';

/** The list parameters of a request, checked. */
export interface ListQuery {
  readonly limit: number;
  readonly offset: number;
  readonly sort?: string;
  readonly descending: boolean;
  readonly filter?: string;
  readonly fields?: readonly string[];
}

function once(parameters: URLSearchParams, name: string): string | undefined {
  const values = parameters.getAll(name);
  if (values.length > 1) throw new Failure(400, 'invaliddata', `The parameter ${name} comes more than once.`);
  return values[0];
}

function integer(parameters: URLSearchParams, name: string, fallback: number, least: number): number {
  const text = once(parameters, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < least) {
    throw new Failure(400, 'invaliddata', `The parameter ${name} must be a whole number of at least ${least}.`);
  }
  return value;
}

function knownFields(text: string, collection: Collection, version: Version): string[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !knowsField(collection, version, name));
  if (unknown !== undefined) {
    throw new Failure(400, 'invalid_selection_field', `There is no field ${unknown.slice(0, 60)} to select.`);
  }
  return names;
}

/**
 * Reads limit (100 unless given, at least 1), offset (0), sort, orderBy, filter and fields.
 * Throws a Failure 400; `orderBy` values other than desc count as asc, as ClassLink does.
 */
export function readListQuery(parameters: URLSearchParams, collection: Collection, version: Version): ListQuery {
  const sort = once(parameters, 'sort');
  if (sort !== undefined && !knowsField(collection, version, sort)) {
    const minor = version === '1.1' ? 'invalid_sort_field' : 'invalid_selection_field';
    throw new Failure(400, minor, `There is no field ${sort.slice(0, 60)} to sort by.`);
  }
  const fields = once(parameters, 'fields');
  return {
    limit: integer(parameters, 'limit', 100, 1),
    offset: integer(parameters, 'offset', 0, 0),
    sort,
    descending: once(parameters, 'orderBy') === 'desc',
    filter: once(parameters, 'filter'),
    fields: fields === undefined ? undefined : knownFields(fields, collection, version),
  };
}
