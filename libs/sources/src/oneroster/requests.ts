import type { Collection } from '@lastgood/contracts';

/** Order in which collections are fetched: what others refer to first. Demographics only where the source asks for them. */
export const COLLECTION_ORDER: readonly Collection[] = ['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments', 'demographics'];

/** Property of the answer that holds the rows of a collection; the same word as the path in 1.1, 1.2 and ClassLink. */
export function envelopeKeyOf(collection: Collection): string {
  return collection;
}

/**
 * Query of one page, in the order it is to be sent (OAuth1 signs it sorted anyway). The sort is the same on each page: without it
 * offsets name other rows from call to call.
 */
export function pageQuery(page: { offset: number; limit: number }): [name: string, value: string][] {
  return [['limit', String(page.limit)], ['offset', String(page.offset)], ['sort', 'sourcedId'], ['orderBy', 'asc']];
}

/** URL of one page. `root` is the rostering root: baseUrl of a OneRoster source, or `classlinkRoot(...)`; what is percent-escaped in it stays as it is. */
export function pageUrl(root: string, collection: Collection, page: { offset: number; limit: number }): string {
  const query = pageQuery(page).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return `${root.replace(/\/+$/, '')}/${collection}?${query}`;
}
