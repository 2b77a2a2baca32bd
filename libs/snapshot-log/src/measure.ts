import { createHash } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';

/** Size in bytes and SHA-256 (lower-case hex) of what went through. */
export interface Measured {
  size: number;
  sha256: string;
}

/** Passes bytes on unchanged and measures them; `measured` is valid once the stream has ended. */
export class MeasuringStream extends Transform {
  readonly #hash = createHash('sha256');
  #size = 0;
  #sha256: string | null = null;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#hash.update(chunk);
    this.#size += chunk.length;
    done(null, chunk);
  }

  get measured(): Measured {
    this.#sha256 ??= this.#hash.digest('hex');
    return { size: this.#size, sha256: this.#sha256 };
  }
}

/** Reads bytes to their end and measures them; memory: one chunk. */
export async function measure(bytes: AsyncIterable<Uint8Array>): Promise<Measured> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { size, sha256: hash.digest('hex') };
}

/** True when both are of the same bytes. */
export function sameBytes(one: Measured, other: Measured): boolean {
  return one.size === other.size && one.sha256 === other.sha256;
}
