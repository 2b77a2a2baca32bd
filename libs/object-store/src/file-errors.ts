import { ObjectStoreError, type ObjectStoreErrorKind } from './object-store.js';

const kinds: Record<string, ObjectStoreErrorKind> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  EISDIR: 'not-found',
  ENAMETOOLONG: 'invalid',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ELOOP: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

/** The `code` of an error of the operating system, or an empty text. */
export function codeOf(error: unknown): string {
  // By shape: errors of Node's own modules are not of the class that code in another realm (a test's) knows.
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** What a failed file operation means for a key. Never names a path. `outcomeUnknown`: the key may already be visible, but not durable. */
export function fileError(error: unknown, key: string, outcomeUnknown = false): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const code = codeOf(error);
  const kind = kinds[code] ?? 'unavailable';
  const words = kind === 'full' ? 'no space is left (disk or quota)' : `the file system answered ${code || 'with an error'}`;
  return new ObjectStoreError(kind, `${key}: ${words}`, { retryable: kind === 'unavailable', outcomeUnknown, cause: error });
}
