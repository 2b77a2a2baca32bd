import { createHash } from 'node:crypto';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const zstd = { params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 } };

/** Lines of JSON as a page lies in staging: one record a line, Zstandard level 3 with a checksum. Equal lines give equal bytes. */
export function packLines(lines: readonly string[]): { bytes: Uint8Array<ArrayBuffer>; sha256: string } {
  const packed = zstdCompressSync(Buffer.from(`${lines.join('\n')}\n`), zstd);
  const bytes = new Uint8Array(packed);
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The lines of a page read back, or null when its bytes are damaged or unpack to more than `maxBytes`. */
export function unpackLines(bytes: Uint8Array, maxBytes: number): { lines: string[]; sha256: string } | null {
  try {
    const text = zstdDecompressSync(bytes, { maxOutputLength: maxBytes }).toString('utf8');
    if (!text.endsWith('\n')) return null;
    return { lines: text.slice(0, -1).split('\n'), sha256: createHash('sha256').update(bytes).digest('hex') };
  } catch {
    return null;
  }
}
