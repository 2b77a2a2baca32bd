import { filterText, type LiveFilter } from './live-filter.js';

/** Percent-encoding of RFC 3986: quotes and parentheses too, which some servers and every OAuth 1 signature want. */
const encoded = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
const below = (root: string, path: string): string => `${root.replace(/\/+$/, '')}/${path}`;

/** URL of the rows of an endpoint (`students`, `users`, `classes`) that a filter lets through. `root` as for `pageUrl`. */
export function filteredUrl(root: string, endpoint: 'students' | 'users' | 'classes', filter: LiveFilter, limit: number): string {
  return `${below(root, endpoint)}?limit=${limit}&offset=0&filter=${encoded(filterText(filter))}`;
}

/** URL of one record, or null for an id that no URL can name: `.` and `..` mean another place in it. */
export function recordUrl(root: string, endpoint: 'users' | 'classes', sourcedId: string): string | null {
  if (sourcedId === '.' || sourcedId === '..' || !sourcedId.isWellFormed()) return null;
  return below(root, `${endpoint}/${encoded(sourcedId)}`);
}
