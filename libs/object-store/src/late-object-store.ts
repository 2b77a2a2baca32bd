import type { Readable } from 'node:stream';
import { type ObjectInfo, ObjectStore, ObjectStoreError } from './object-store.js';

/**
 * A store that need not be there yet: every operation opens it first, until that has worked once, and rejects as the opening did. For processes that
 * start beside a store that is away, or that refuses them until its rights are mended.
 */
export class LateObjectStore extends ObjectStore {
  #opened: Promise<ObjectStore> | null = null;

  constructor(private readonly open: () => Promise<ObjectStore>) {
    super();
  }

  /** Tries to open at once; a store that is away or denies is opened later. Rejects for what no waiting mends: a bad address or name. */
  static async start(open: () => Promise<ObjectStore>): Promise<LateObjectStore> {
    const store = new LateObjectStore(open);
    try {
      await store.#ready();
    } catch (error) {
      if (!(error instanceof ObjectStoreError) || error.kind === 'invalid') throw error;
    }
    return store;
  }

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    return (await this.#ready()).create(key, bytes);
  }

  async write(key: string, body: Readable): Promise<'created' | 'exists'> {
    let store: ObjectStore;
    try {
      store = await this.#ready();
    } catch (error) {
      body.destroy();
      throw error;
    }
    return store.write(key, body);
  }

  async read(key: string, maxBytes?: number): Promise<Buffer> {
    return (await this.#ready()).read(key, maxBytes);
  }

  async stream(key: string, range?: { start?: number; end?: number }): Promise<Readable> {
    return (await this.#ready()).stream(key, range);
  }

  async stat(key: string): Promise<ObjectInfo | null> {
    return (await this.#ready()).stat(key);
  }

  async *list(prefix: string, options?: { after?: string }): AsyncGenerator<ObjectInfo> {
    yield* (await this.#ready()).list(prefix, options);
  }

  async delete(key: string): Promise<void> {
    return (await this.#ready()).delete(key);
  }

  async close(): Promise<void> {
    const store = await this.#opened?.catch(() => null);
    await store?.close();
  }

  /** One opening at a time, for all who wait for it. */
  #ready(): Promise<ObjectStore> {
    this.#opened ??= this.open().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }
}
