import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { LineWriter } from './line-files.js';

/**
 * Puts the lines of a file in ascending order of their ids, by the bytes of their UTF-8. Ids and positions go
 * through a temporary SQLite file, so that memory does not grow with the number of lines.
 */
export class LineSorter {
  readonly #db: DatabaseSync;
  readonly #insert: StatementSync;

  constructor(readonly path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16384; PRAGMA temp_store = FILE; CREATE TABLE lines (id BLOB, at INTEGER, length INTEGER); BEGIN');
    this.#insert = this.#db.prepare('INSERT INTO lines VALUES (?, ?, ?)');
  }

  /** `id`: UTF-8 bytes. */
  add(id: Uint8Array, at: number, length: number): void {
    this.#insert.run(id, at, length);
  }

  /** Writes the lines of `from` into `to` in order; of identical lines one. Gives how many were dropped, or the number of ids that have differing lines. */
  sort(from: string, to: LineWriter): { duplicates: number; conflicts: number } {
    this.#db.exec('COMMIT');
    const file = openSync(from, 'r');
    let duplicates = 0;
    let conflicts = 0;
    let last: { id: Buffer; line: Buffer } | null = null;
    try {
      for (const row of this.#db.prepare('SELECT id, at, length FROM lines ORDER BY id, at').iterate()) {
        const line = Buffer.allocUnsafe(Number(row['length']));
        readSync(file, line, 0, line.length, Number(row['at']));
        const id = Buffer.from(row['id'] as Uint8Array);
        if (last?.id.equals(id)) {
          if (last.line.equals(line)) duplicates += 1;
          else conflicts += 1;
          continue;
        }
        to.add(line);
        last = { id, line };
      }
    } finally {
      closeSync(file);
    }
    return { duplicates, conflicts };
  }

  /** Closes and removes the temporary file. */
  remove(): void {
    if (this.#db.isOpen) this.#db.close();
    rmSync(this.path, { force: true });
  }
}
