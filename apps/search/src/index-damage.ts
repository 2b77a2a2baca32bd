import { UnreadableIndexError } from '@lastgood/index-file/reader';

/** SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_CANTOPEN and SQLITE_NOTADB (sqlite.org/rescode.html): the file is at fault, not the question. */
const FILE_AT_FAULT = [10, 11, 14, 26];

/** True when an error says that an index file is damaged or unreadable. */
export function isIndexDamage(error: unknown): boolean {
  if (error instanceof UnreadableIndexError) return true;
  if (typeof error !== 'object' || error === null || !('errcode' in error) || typeof error.errcode !== 'number') return false;
  return FILE_AT_FAULT.includes(error.errcode & 0xff);
}
