import type { FiredQuirks } from '../quirks/quirk-engine.js';

export interface ListPosition {
  /** Address of the request without its query. */
  readonly address: string;
  readonly parameters: URLSearchParams;
  readonly offset: number;
  readonly limit: number;
  readonly rows: number;
  readonly total: number;
}

/** The total that the headers tell; undefined when they tell none. */
export function toldTotal(total: number, answers: number, quirks: FiredQuirks): number | undefined {
  const quirk = quirks.get('totals');
  switch (quirk?.mode) {
    case undefined:
      return total;
    case 'absent':
      return undefined;
    case 'zero':
      return 0;
    case 'larger':
      return total + quirk.by;
    case 'changing':
      return total + (answers % 1_000_000) * quirk.by;
  }
}

function addressAt({ address, parameters }: ListPosition, offset: number, limit: number): string {
  const query = new URLSearchParams(parameters);
  query.set('limit', String(limit));
  query.set('offset', String(offset));
  return `${address}?${query}`;
}

/** The Link header of RFC 8288 with first, prev, next and last; undefined when a quirk leaves it out. */
export function linkHeader(position: ListPosition, quirks: FiredQuirks): string | undefined {
  const mode = quirks.get('links')?.mode;
  if (mode === 'absent') return undefined;
  const { offset, limit, rows, total } = position;
  const links: [string, number][] = [['first', 0]];
  if (offset > 0) links.push(['prev', Math.max(0, offset - limit)]);
  if (offset + rows < total || mode === 'overrun') links.push(['next', offset + limit]);
  links.push(['last', Math.max(0, Math.ceil(total / limit) - 1) * limit]);
  return links
    .map(([relation, target]) => {
      const address = addressAt(position, target, limit);
      return mode === 'bare' ? `${address}; rel="${relation}"` : `<${address}>; rel="${relation}"`;
    })
    .join(', ');
}

/** The paging headers of providers that answer with a bare array. */
export function bareArrayHeaders(position: ListPosition): Record<string, string> {
  const { offset, limit, rows } = position;
  return {
    limit: String(limit),
    offset: String(offset),
    next: addressAt(position, offset + limit, limit),
    previous: addressAt(position, Math.max(0, offset - limit), limit),
    'result-count': String(rows),
  };
}
