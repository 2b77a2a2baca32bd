import type { Collection, Roster } from '../roster.js';
import type { ListQuery } from './query.js';
import { parseFilter } from './filter.js';
import type { JsonRecord, RecordWriter } from './records.js';

/** Records in an order, readable by position from 0 to count - 1. */
export interface RowView {
  readonly count: number;
  at(position: number): JsonRecord;
}

/** All rows of a collection by sourcedId. */
export function wholeCollection(roster: Roster, collection: Collection, writer: RecordWriter): RowView {
  return {
    count: roster.count(collection),
    at: (position) => writer.write(collection, roster.at(collection, position)),
  };
}

const rememberedSelections = 6;

/** Remembers the positions that filters and sorts select, so that the pages of one pull cost one scan. */
export class Selections {
  readonly #known = new Map<string, Uint32Array>();

  /** The view with the query's filter and sort applied; only sourcedId ascending without a filter costs nothing. */
  select(view: RowView, query: ListQuery, writer: RecordWriter, collection: Collection, key: string): RowView {
    const byId = query.sort === undefined || query.sort === 'sourcedId';
    if (query.filter === undefined && byId) return query.sort !== undefined && query.descending ? reversed(view) : view;
    const name = JSON.stringify([key, collection, writer.version, query.filter, query.sort, query.descending]);
    let positions = this.#known.get(name);
    if (positions === undefined) {
      positions = matching(view, query, writer, collection);
      if (!byId) positions = sorted(view, positions, query.sort as string);
      if (query.sort !== undefined && query.descending) positions.reverse();
      this.#remember(name, positions);
    }
    const chosen = positions;
    return { count: chosen.length, at: (position) => view.at(chosen[position] as number) };
  }

  clear(): void {
    this.#known.clear();
  }

  #remember(name: string, positions: Uint32Array): void {
    this.#known.set(name, positions);
    const oldest = this.#known.keys().next().value;
    if (this.#known.size > rememberedSelections && oldest !== undefined) this.#known.delete(oldest);
  }
}

function reversed(view: RowView): RowView {
  return { count: view.count, at: (position) => view.at(view.count - 1 - position) };
}

function matching(view: RowView, query: ListQuery, writer: RecordWriter, collection: Collection): Uint32Array {
  const positions = new Uint32Array(view.count);
  const accepts = query.filter === undefined ? () => true : parseFilter(query.filter, collection, writer.version);
  let count = 0;
  for (let position = 0; position < view.count; position += 1) {
    if (accepts(view.at(position))) positions[count++] = position;
  }
  return positions.slice(0, count);
}

/** Ties keep the order of sourcedId; values that are not scalars sort as empty. */
function sorted(view: RowView, positions: Uint32Array, field: string): Uint32Array {
  const path = field.split('.');
  const keys = new Map<number, string>();
  for (const position of positions) {
    let value: unknown = view.at(position);
    for (const part of path) value = (value as JsonRecord | undefined)?.[part];
    keys.set(position, typeof value === 'object' || value === undefined ? '' : String(value));
  }
  return positions.sort((left, right) => {
    const a = keys.get(left) as string;
    const b = keys.get(right) as string;
    return a < b ? -1 : a > b ? 1 : left - right;
  });
}
