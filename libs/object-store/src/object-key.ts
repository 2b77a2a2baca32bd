import { ObjectStoreError } from './object-store.js';

/** Bytes of the largest object that `create` takes, and of one part of a larger one. */
export const partBytes = 8 * 1024 * 1024;

const maxKeyLength = 512;
const segment = /^(?!\.{1,2}$)[A-Za-z0-9._=-]+$/;

/** True for one `/`-separated part of a key: `[A-Za-z0-9._=-]+`, neither `.` nor `..`. */
export function isKeySegment(name: string): boolean {
  return segment.test(name);
}

/** The segments of a key; anything but a well-formed key of at most 512 characters is refused as `invalid`, without repeating it. */
export function keySegments(key: string): string[] {
  const segments = key.length <= maxKeyLength ? key.split('/') : [];
  if (segments.length === 0 || !segments.every(isKeySegment)) {
    throw new ObjectStoreError('invalid', `a key must be at most ${maxKeyLength} characters of segments [A-Za-z0-9._=-], without "." and ".."`);
  }
  return segments;
}

/** The segments of a prefix: empty, or a folder ending in `/`. */
export function prefixSegments(prefix: string): string[] {
  if (prefix === '') return [];
  if (!prefix.endsWith('/')) throw new ObjectStoreError('invalid', 'a prefix must be empty or end in "/"');
  return keySegments(prefix.slice(0, -1));
}

/** Refuses bytes beyond 8 MiB as `invalid`. */
export function checkCreateSize(key: string, bytes: Uint8Array): void {
  if (bytes.length > partBytes) throw new ObjectStoreError('invalid', `${key}: ${bytes.length} bytes are too many for create, at most ${partBytes}`);
}

/** Start and end (exclusive, undefined for the rest) of a range; refuses anything but whole numbers with 0 <= start <= end as `invalid`. */
export function checkRange(range: { start?: number; end?: number } = {}): { start: number; end: number | undefined } {
  const { start = 0, end } = range;
  const whole = Number.isSafeInteger(start) && (end === undefined || Number.isSafeInteger(end));
  if (!whole || start < 0 || (end !== undefined && end < start)) {
    throw new ObjectStoreError('invalid', 'a range needs whole numbers with 0 <= start <= end');
  }
  return { start, end };
}
