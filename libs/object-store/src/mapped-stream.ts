import { Readable } from 'node:stream';

/** The same bytes, but failing with what `map` makes of the source's error; a source that closes before its end fails as well. */
export function mappedStream(source: Readable, map: (error: unknown) => Error): Readable {
  const mapped = new Readable({
    highWaterMark: 256 * 1024,
    read: () => void source.resume(),
    destroy: (error, done) => {
      source.destroy();
      done(error);
    },
  });
  // A failure before the reader has begun must not end the process; the reader is told as soon as it begins.
  mapped.on('error', () => undefined);
  source.on('data', (chunk: Buffer) => {
    if (!mapped.push(chunk)) source.pause();
  });
  source.on('end', () => mapped.push(null));
  source.on('error', (error) => mapped.destroy(map(error)));
  source.on('close', () => {
    if (!source.readableEnded && !mapped.destroyed) mapped.destroy(map(new Error('closed before its end')));
  });
  return mapped;
}
