import { hash } from 'node:crypto';
import { ServiceError, SnapshotId, SourceId } from '@lastgood/contracts';
import { z } from 'zod';

/** Where a page walk goes on: one source, one snapshot, after one row. */
const Position = z.strictObject({ s: SourceId, a: SnapshotId, r: z.number().int().min(1).max(2 ** 40), q: z.string().max(22) });

/** A short name of a question: a cursor of another question is refused. */
export function questionOf(...parts: (string | undefined)[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, 22);
}

export function writeCursor(at: { source: string; snapshot: string; row: number }, question: string): string {
  return Buffer.from(JSON.stringify({ s: at.source, a: at.snapshot, r: at.row, q: question })).toString('base64url');
}

/** Throws `invalid_cursor` when it is none, or of another question. */
export function readCursor(cursor: string, question: string): { source: string; snapshot: string; row: number } {
  const position = Position.safeParse(jsonOf(cursor));
  if (!position.success || position.data.q !== question) throw invalidCursor();
  return { source: position.data.s, snapshot: position.data.a, row: position.data.r };
}

export function invalidCursor(): ServiceError {
  return new ServiceError('invalid', 'invalid_cursor', 'This cursor does not belong to this question. Begin again without a cursor.', { retryable: false, errors: [{ field: 'cursor', message: 'is not a cursor of this question' }] });
}

export function jsonOf(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
