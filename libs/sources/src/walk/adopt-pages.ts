import type { UpstreamRecord } from '../oneroster/upstream-page.js';
import type { RowChecks } from './row-checks.js';
import type { WalkOptions } from './walk-types.js';

const recordOf = (line: string): UpstreamRecord | null => {
  try {
    const record = JSON.parse(line) as { sourcedId?: unknown } | null;
    return typeof record?.sourcedId === 'string' ? (record as UpstreamRecord) : null;
  } catch {
    return null;
  }
};

/**
 * Takes over pages that an earlier epoch landed, as long as each begins where the one before ended; the first that does not, and all after it, are
 * left. Whether the upstream still goes on from the last row is for the next page to show.
 */
export async function adoptPages(adopt: NonNullable<WalkOptions['adopt']>, checks: RowChecks): Promise<{ frontier: number; adopted: number }> {
  let frontier = -1;
  let adopted = 0;
  for await (const page of adopt.pages) {
    // A first page of one row joins nothing: a page of one row behind it would prove no end.
    if (page.lines.length < (page.offset === 0 ? 2 : 1) || page.offset !== Math.max(frontier, 0)) break;
    const records = page.lines.map(recordOf);
    if (!records.every((record) => record !== null)) break;
    checks.follow(records, page.offset);
    frontier = page.offset + page.lines.length - (page.offset === 0 ? 1 : 0);
    adopted += 1;
  }
  if (adopted > 0) {
    checks.revision = adopt.revision;
    checks.toldTotal = adopt.toldTotal;
  }
  return { frontier, adopted };
}
