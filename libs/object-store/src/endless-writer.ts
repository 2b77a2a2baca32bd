import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { DirectoryObjectStore } from './directory-object-store.js';

/** Bytes that tell whether they are whole: content of a length and value given by `name`, then the SHA-256 of it. */
export function wholeBytes(name: string): Buffer {
  const seed = createHash('sha256').update(name).digest();
  const content = Buffer.alloc(seed.readUInt32LE() % 400_000, seed);
  return Buffer.concat([content, createHash('sha256').update(content).digest()]);
}

/** The program that the kill test kills: writes keys without end, small and large at once, and prints each key that is done. */
export async function writeWithoutEnd(root: string, run: string): Promise<void> {
  const store = await DirectoryObjectStore.open({ root });
  const writeOne = async (name: string, large: boolean) => {
    const bytes = wholeBytes(name);
    if (large) await store.write(name, Readable.from(slices(bytes)));
    else await store.create(name, bytes);
    process.stdout.write(`${name}\n`);
  };
  const loop = async (large: boolean) => {
    for (let number = 0; ; number++) await writeOne(`${large ? 'large' : 'small'}/${run}/${number % 7}/${number}`, large);
  };
  await Promise.all([loop(true), loop(false)]);
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += 20_000) yield bytes.subarray(from, from + 20_000);
}
