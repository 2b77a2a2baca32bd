import { Readable } from 'node:stream';
import fc from 'fast-check';
import { bodyParts } from './body-chunks.js';

test('parts are exactly as large as asked, the last one aside, and together they are the body', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }), fc.integer({ min: 1, max: 30 }), async (pieces, size) => {
      const parts: { bytes: Buffer; last: boolean }[] = [];
      for await (const part of bodyParts(Readable.from(pieces.map((piece) => Buffer.from(piece))), size)) parts.push(part);
      expect(Buffer.concat(parts.map(({ bytes }) => bytes))).toEqual(Buffer.concat(pieces));
      expect(parts.slice(0, -1).filter(({ bytes, last }) => bytes.length !== size || last)).toEqual([]);
      const final = parts.at(-1);
      expect(final?.last).toBe(true);
      expect(final?.bytes.length).toBeLessThanOrEqual(size);
      expect(parts.length === 1 || (final?.bytes.length ?? 0) > 0).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('a body of something else than bytes or text is refused', async () => {
  await expect(bodyParts(Readable.from([{ no: 'bytes' }]), 10).next()).rejects.toMatchObject({ cause: { message: 'a body must give bytes or strings' } });
});
