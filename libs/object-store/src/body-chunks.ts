import type { Readable } from 'node:stream';

const firstBytes = 64 * 1024;

/** Wraps what the body of a write threw, so that it is not taken for a failure of the store; the adapter passes on `cause` itself. */
export class BodyFailure extends Error {
  constructor(cause: unknown) {
    super('the body failed', { cause });
  }
}

/** The bytes of a body in the pieces it comes in; what it throws, or ending without an end, comes as `BodyFailure`. */
export async function* bodyChunks(body: Readable): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<unknown>;
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw new BodyFailure(error);
      });
      if (next.done) return;
      yield toBuffer(next.value);
    }
  } finally {
    body.destroy();
  }
}

/** The bytes of a body in parts of exactly `size` bytes, the last one shorter (and empty only for an empty body). Holds one part. */
export async function* bodyParts(body: Readable, size: number): AsyncGenerator<{ bytes: Buffer; last: boolean }> {
  let part: Buffer = Buffer.allocUnsafeSlow(Math.min(size, firstBytes));
  let filled = 0;
  for await (let chunk of bodyChunks(body)) {
    while (filled + chunk.length > size) {
      part = withRoomFor(part, filled, size);
      const taken = chunk.copy(part, filled);
      chunk = chunk.subarray(taken);
      yield { bytes: part, last: false };
      part = Buffer.allocUnsafeSlow(size);
      filled = 0;
    }
    part = withRoomFor(part, filled, filled + chunk.length, size);
    filled += chunk.copy(part, filled);
  }
  yield { bytes: part.subarray(0, filled), last: true };
}

/** The part itself, or a larger one with the same bytes: at least `needed`, twice as large each time, so that small bodies stay small. */
function withRoomFor(part: Buffer, filled: number, needed: number, atMost = needed): Buffer {
  if (needed <= part.length) return part;
  const larger = Buffer.allocUnsafeSlow(Math.min(atMost, Math.max(needed, 2 * part.length)));
  part.copy(larger, 0, 0, filled);
  return larger;
}

function toBuffer(chunk: unknown): Buffer {
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (typeof chunk === 'string') return Buffer.from(chunk);
  throw new BodyFailure(new TypeError('a body must give bytes or strings'));
}
