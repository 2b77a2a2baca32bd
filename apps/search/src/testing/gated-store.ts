import type { Readable } from 'node:stream';
import { ObjectStore, ObjectStoreError, type ObjectInfo } from '@lastgood/object-store';

/** Another store with switches: keys that wait, or that cannot be reached, and a count of what was asked. */
export class GatedStore extends ObjectStore {
  /** Reads of keys that match wait for this. */
  gate: { keys: RegExp; open: Promise<void> } | null = null;
  /** Reads of keys that match fail as a store that is away. */
  away: RegExp | null = null;
  /** Keys that were asked for, in order. */
  readonly asked: string[] = [];
  /** How often something was created, written or deleted. */
  written = 0;

  constructor(private readonly inner: ObjectStore) {
    super();
  }

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    this.written += 1;
    return this.inner.create(key, bytes);
  }

  async write(key: string, body: Readable): Promise<'created' | 'exists'> {
    this.written += 1;
    return this.inner.write(key, body);
  }

  async read(key: string, maxBytes?: number): Promise<Buffer> {
    await this.#pass(key);
    return this.inner.read(key, maxBytes);
  }

  async stream(key: string, range?: { start?: number; end?: number }): Promise<Readable> {
    await this.#pass(key);
    return this.inner.stream(key, range);
  }

  async stat(key: string): Promise<ObjectInfo | null> {
    await this.#pass(key);
    return this.inner.stat(key);
  }

  async *list(prefix: string, options?: { after?: string }): AsyncIterable<ObjectInfo> {
    await this.#pass(prefix);
    yield* this.inner.list(prefix, options);
  }

  delete(key: string): Promise<void> {
    this.written += 1;
    return this.inner.delete(key);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  async #pass(key: string): Promise<void> {
    this.asked.push(key);
    if (this.away?.test(key)) throw new ObjectStoreError('unavailable', 'the store is away', { retryable: true });
    if (this.gate?.keys.test(key)) await this.gate.open;
  }
}
