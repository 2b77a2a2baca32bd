import type { RowView } from '../oneroster/row-view.js';
import type { JsonRecord } from '../oneroster/records.js';
import type { FiredQuirks } from './quirk-engine.js';
import type { QuirkOf } from './quirk.js';

/** How many rows a moving collection has lost and gained so far, all before one position. */
export interface Movement {
  before: number;
  inserted: number;
  deleted: number;
}

/** Notes what a `movingRows` quirk does to a collection. */
export function move(movement: Movement | undefined, quirk: QuirkOf<'movingRows'>): Movement {
  return {
    before: movement?.before ?? quirk.before,
    inserted: (movement?.inserted ?? 0) + quirk.insert,
    deleted: (movement?.deleted ?? 0) + quirk.delete,
  };
}

/** The view after rows were deleted and inserted; inserted rows are copies with ids that keep the order. */
export function moved(view: RowView, { before, inserted, deleted }: Movement): RowView {
  const place = Math.min(before - 1, view.count);
  const gone = Math.min(deleted, view.count - place);
  const insertedAt = (number: number): JsonRecord => {
    const neighbour = place === 0 ? '!' : String(view.at(place - 1)['sourcedId']);
    const ending = String(number).padStart(6, '0');
    return { ...view.at(Math.min(place, view.count - 1)), sourcedId: `${neighbour}~new${ending}` };
  };
  return {
    count: view.count - gone + inserted,
    at: (position) => {
      if (position < place) return view.at(position);
      if (position < place + inserted) return insertedAt(position - place);
      return view.at(position - inserted + gone);
    },
  };
}

function shrunk(view: RowView, percent: number): RowView {
  const count = Math.floor((view.count * percent) / 100);
  return { count, at: (position) => view.at(Math.floor((position * view.count) / count)) };
}

/** Other content under the same id. */
function altered(record: JsonRecord): JsonRecord {
  const field = ['familyName', 'title', 'name', 'beginDate', 'birthDate', 'dateLastModified'].find((name) => name in record);
  return field === undefined ? record : { ...record, [field]: field.endsWith('Date') ? '2001-01-01' : `${String(record[field])} II` };
}

function withDuplicate(view: RowView, { at, identical }: QuirkOf<'duplicateDifferent'>): RowView {
  const place = Math.min(at, view.count - 1);
  if (place < 0) return view;
  return {
    count: view.count + 1,
    at: (position) => {
      if (position <= place) return view.at(position);
      const record = view.at(position - 1);
      return position === place + 1 && !identical ? altered(record) : record;
    },
  };
}

/** The rows as the quirks that change the collection as a whole leave them. */
export function quirkyRows(view: RowView, quirks: FiredQuirks, movement: Movement | undefined): RowView {
  let rows = view;
  const shrink = quirks.get('shrinkTo');
  if (shrink !== undefined) rows = shrunk(rows, shrink.percent);
  if (movement !== undefined) rows = moved(rows, movement);
  const duplicate = quirks.get('duplicateDifferent');
  if (duplicate !== undefined) rows = withDuplicate(rows, duplicate);
  return rows;
}

/** Which positions a page holds. */
export interface PageRange {
  readonly start: number;
  readonly end: number;
  readonly shuffled: boolean;
}

/** The page's positions after clamps, caps, ignored offsets and overlaps. */
export function pageRange(count: number, offset: number, limit: number, sorted: boolean, quirks: FiredQuirks): PageRange {
  const ignore = quirks.get('ignoreOffset');
  if (ignore?.mode === 'everything') return { start: 0, end: count, shuffled: false };
  const reachable = Math.min(count, quirks.get('hardCap')?.rows ?? count);
  const from = ignore === undefined ? offset : 0;
  const overlap = quirks.get('unsortedOverlap');
  const shuffled = overlap !== undefined && !(overlap.unlessSorted && sorted);
  const start = shuffled ? Math.max(0, from - overlap.rows) : from;
  return { start: Math.min(start, reachable), end: Math.min(start + limit, reachable), shuffled };
}
