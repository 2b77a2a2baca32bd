import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ObjectStore } from './object-store.js';
import { keysOf, liveBufferBytes, mib, newFolder, pattern, piecesOf, sha256 } from './suite-steps.js';

const bigBytes = 64 * mib;
// Freed buffers are counted a little while longer, hence the room above the two parts that are allowed.
const liveBytesAllowed = 40 * mib;

/** Streams: byte for byte, little memory, nothing left of a failed one. */
export function writeTests(store: () => ObjectStore): void {
  test.each([0, 1, 8 * mib - 1, 8 * mib, 8 * mib + 1, 16 * mib])('a stream of %i bytes is stored byte for byte', async (size) => {
    const key = `${newFolder()}body`;
    const body = pattern(size);
    expect(await store().write(key, Readable.from(piecesOf(body, 300_001)))).toBe('created');
    expect(sha256(await store().read(key, size))).toBe(sha256(body));
  });

  test('a large stream needs little memory and is invisible until it is complete', async () => {
    const key = `${newFolder()}big`;
    const hash = createHash('sha256');
    const before = liveBufferBytes();
    let peak = 0;
    let seenEarly = 0;
    async function* body(): AsyncGenerator<Buffer> {
      for (let sent = 0; sent < bigBytes; sent += mib) {
        const piece = Buffer.alloc(mib, sent / mib);
        hash.update(piece);
        yield piece;
        if (sent % (8 * mib) !== 0) continue;
        peak = Math.max(peak, liveBufferBytes() - before);
        if (await store().stat(key)) seenEarly++;
      }
    }
    expect(await store().write(key, Readable.from(body(), { highWaterMark: 1 }))).toBe('created');
    expect(seenEarly).toBe(0);
    expect(peak).toBeLessThan(liveBytesAllowed);
    const readBack = createHash('sha256');
    for await (const chunk of await store().stream(key)) readBack.update(chunk as Buffer);
    expect(readBack.digest('hex')).toBe(hash.digest('hex'));
  });
}

/** Streams that fail or meet another one: no key, or the one that was first. */
export function failedWriteTests(store: () => ObjectStore): void {
  test.each([100, 3 * mib, 20 * mib])('a body that fails after %i bytes leaves no key, and its error is passed on', async (size) => {
    const folder = newFolder();
    const failure = new Error('the source broke');
    async function* body(): AsyncGenerator<Buffer> {
      yield* piecesOf(pattern(size), 500_000);
      throw failure;
    }
    await expect(store().write(`${folder}broken`, Readable.from(body()))).rejects.toBe(failure);
    expect(await store().stat(`${folder}broken`)).toBeNull();
    expect(await keysOf(store(), folder)).toEqual([]);
    expect(await store().write(`${folder}broken`, Readable.from([Buffer.from('again')]))).toBe('created');
    expect(String(await store().read(`${folder}broken`))).toBe('again');
  });

  test('a body that is torn off without an end leaves no key', async () => {
    const folder = newFolder();
    const body = new Readable({ read: () => {} });
    body.push(Buffer.alloc(100_000));
    const writing = store().write(`${folder}torn`, body);
    body.once('resume', () => {});
    setImmediate(() => body.destroy());
    await expect(writing).rejects.toThrow();
    expect(await keysOf(store(), folder)).toEqual([]);
  });

  test('of two streams to one key, the one that completes second does not overwrite', async () => {
    const key = `${newFolder()}twice`;
    const bodies = [Buffer.alloc(9 * mib, 'a'), Buffer.alloc(10 * mib, 'b')];
    const answers = await Promise.all(bodies.map((body) => store().write(key, Readable.from(piecesOf(body, mib)))));
    expect([...answers].sort()).toEqual(['created', 'exists']);
    expect(sha256(await store().read(key, 16 * mib))).toBe(sha256(bodies[answers.indexOf('created')] ?? Buffer.alloc(0)));
  });
}
