import type { Readable } from 'node:stream';
import { ObjectStore, ObjectStoreError, type ObjectInfo } from '@lastgood/object-store';

/** The same store, which tells when it refused or did not answer: the caller gets the error as it is. */
export class WatchedObjectStore extends ObjectStore {
  constructor(private readonly watched: ObjectStore, private readonly refused: () => void) {
    super();
  }

  create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    return this.#watch(this.watched.create(key, bytes));
  }

  write(key: string, body: Readable): Promise<'created' | 'exists'> {
    return this.#watch(this.watched.write(key, body));
  }

  read(key: string, maxBytes?: number): Promise<Buffer> {
    return this.#watch(this.watched.read(key, maxBytes));
  }

  stream(key: string, range?: { start?: number; end?: number }): Promise<Readable> {
    return this.#watch(this.watched.stream(key, range));
  }

  stat(key: string): Promise<ObjectInfo | null> {
    return this.#watch(this.watched.stat(key));
  }

  async *list(prefix: string, options?: { after?: string }): AsyncGenerator<ObjectInfo> {
    try {
      yield* this.watched.list(prefix, options);
    } catch (error) {
      this.#look(error);
      throw error;
    }
  }

  delete(key: string): Promise<void> {
    return this.#watch(this.watched.delete(key));
  }

  close(): Promise<void> {
    return this.watched.close();
  }

  async #watch<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#look(error);
      throw error;
    }
  }

  #look(error: unknown): void {
    if (error instanceof ObjectStoreError && (error.kind === 'denied' || error.kind === 'unavailable' || error.kind === 'timeout')) this.refused();
  }
}
