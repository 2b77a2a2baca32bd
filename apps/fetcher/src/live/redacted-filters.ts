import { SourceError, type LiveFilter } from '@lastgood/sources';

/**
 * The filters without the clauses on redacted properties, whose matches would tell what the source keeps back; letter case does not matter. What is left may match more.
 * Throws `live_query_impossible` when nothing is left.
 */
export function withoutRedacted(filters: readonly LiveFilter[], redact: readonly string[]): LiveFilter[] {
  const redacted = new Set(redact.map((name) => name.toLowerCase()));
  const left = filters.flatMap(({ clauses, join }): LiveFilter[] => {
    const [first, second] = clauses.filter(({ field }) => !redacted.has(field.toLowerCase()));
    if (first === undefined) return [];
    return [{ clauses: second === undefined ? [first] : [first, second], join }];
  });
  if (left.length > 0) return left;
  const fields = [...new Set(filters.flatMap(({ clauses }) => clauses.map(({ field }) => field)))].join(', ');
  throw new SourceError('live_query_impossible', `A live look-up cannot ask for this: it would be searched for in ${fields}, which this source redacts.`, { retryable: false });
}
