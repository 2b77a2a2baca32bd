import { createHash, randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ObjectStore, ObjectStoreError, type ObjectStoreErrorKind } from './object-store.js';

export const mib = 1024 * 1024;

/** Bytes of buffers that are still in use, after a garbage collection. */
export function liveBufferBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().arrayBuffers;
}

export function newFolder(): string {
  return `suite/${randomUUID()}/`;
}

export async function keysOf(store: ObjectStore, prefix: string, after?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix, after === undefined ? {} : { after })) keys.push(key);
  return keys;
}

/** As the contract asks of callers: a retryable failure is tried again, after a look at what is there. */
export async function createWithRetries(store: ObjectStore, key: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await store.create(key, Buffer.from(key));
      return;
    } catch (error) {
      if (tries === 20 || !(error instanceof ObjectStoreError) || !error.retryable) throw error;
      if (await store.stat(key)) return;
    }
  }
}

export async function refused(kind: ObjectStoreErrorKind, operation: () => Promise<unknown>): Promise<void> {
  const error: unknown = await operation().then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ObjectStoreError);
  expect((error as ObjectStoreError).kind).toBe(kind);
}

export async function sizesSeenUntil(store: ObjectStore, key: string, done: Promise<unknown>): Promise<(number | null)[]> {
  const sizes: (number | null)[] = [];
  let finished = false;
  const finish = done.then(() => {
    finished = true;
  });
  while (!finished) sizes.push((await store.stat(key))?.size ?? null);
  await finish;
  return sizes;
}

export function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

export function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4_093) bytes.writeUInt32LE(at, at);
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
