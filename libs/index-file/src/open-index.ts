import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** Opens an index file that nobody changes while it is open, for reading. */
export function openIndex(file: string, cacheBytes: number): DatabaseSync {
  const url = pathToFileURL(file);
  url.search = '?immutable=1&mode=ro';
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    database.exec(`PRAGMA cache_size = -${Math.ceil(cacheBytes / 1024)}; PRAGMA mmap_size = 0; PRAGMA query_only = 1`);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}
