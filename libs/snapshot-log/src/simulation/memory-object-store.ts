import { Readable } from 'node:stream';
import { ObjectStore, ObjectStoreError, type ObjectInfo } from '@lastgood/object-store';

/** The port in memory, without faults: for tests that look at or change the bytes of a bucket. */
export class MemoryObjectStore extends ObjectStore {
  readonly objects = new Map<string, Buffer>();
  nowMs = Date.UTC(2026, 0, 5);
  readonly #modified = new Map<string, number>();

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    if (this.objects.has(key)) return 'exists';
    this.objects.set(key, Buffer.from(bytes));
    this.#modified.set(key, this.nowMs);
    return 'created';
  }

  async write(key: string, body: Readable): Promise<'created' | 'exists'> {
    const chunks: Buffer[] = [];
    for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
    return this.create(key, Buffer.concat(chunks));
  }

  async read(key: string): Promise<Buffer> {
    const bytes = this.objects.get(key);
    if (bytes === undefined) throw new ObjectStoreError('not-found', 'absent');
    return bytes;
  }

  async stream(key: string): Promise<Readable> {
    return Readable.from([await this.read(key)]);
  }

  async stat(key: string): Promise<ObjectInfo | null> {
    return this.objects.has(key) ? this.#info(key) : null;
  }

  async *list(prefix: string, options: { after?: string } = {}): AsyncIterable<ObjectInfo> {
    for (const key of [...this.objects.keys()].sort()) {
      if (key.startsWith(prefix) && key > (options.after ?? '') && this.objects.has(key)) yield this.#info(key);
    }
  }

  async delete(key: string): Promise<void> {
    this.objects.delete(key);
  }

  async close(): Promise<void> {}

  #info(key: string): ObjectInfo {
    return { key, size: this.objects.get(key)?.length ?? 0, modifiedMs: this.#modified.get(key) ?? 0 };
  }
}
