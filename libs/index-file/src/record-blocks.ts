import type { StatementSync } from 'node:sqlite';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { RECORDS_PER_BLOCK } from './format.js';

const MAX_BLOCK_BYTES = 256 * 1024 * 1024;

/** Gathers upstream records, one JSON text each, and writes them in compressed blocks of 256. */
export class RecordBlocks {
  #lines: string[] = [];
  #block = 0;

  /** `insert` takes the block's number and its bytes. */
  constructor(private readonly insert: StatementSync) {}

  add(line: string): void {
    if (this.#lines.push(line) === RECORDS_PER_BLOCK) this.flush();
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    this.insert.run(this.#block++, zstdCompressSync(this.#lines.join('\n'), { params: { [constants.ZSTD_c_compressionLevel]: 3 } }));
    this.#lines = [];
  }
}

/** The JSON text of record `n` from the bytes of its block; throws when the block is damaged. */
export function recordInBlock(bytes: Uint8Array, n: number): string {
  const line = zstdDecompressSync(bytes, { maxOutputLength: MAX_BLOCK_BYTES }).toString('utf8').split('\n')[n % RECORDS_PER_BLOCK];
  if (line === undefined) throw new Error('the block of upstream records is damaged');
  return line;
}
