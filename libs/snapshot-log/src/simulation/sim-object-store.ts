import { Readable } from 'node:stream';
import { ObjectStore, ObjectStoreError, type ObjectInfo } from '@lastgood/object-store';
import type { Process, World } from './world.js';

const PAGE = 50;

/** The bucket: what has been applied, and nothing else. The judge sees every change, and every record that was sent. */
export class Bucket {
  readonly objects = new Map<string, { bytes: Buffer; modifiedMs: number }>();
  #sorted: string[] | null = null;

  constructor(private readonly world: World) {}

  put(key: string, bytes: Buffer): void {
    const before = this.objects.get(key)?.bytes ?? null;
    this.objects.set(key, { bytes, modifiedMs: this.world.nowMs });
    if (before === null) this.#sorted = null;
    this.world.judge.written(this, key, bytes, before);
  }

  create(key: string, bytes: Buffer): 'created' | 'exists' {
    const there = this.objects.get(key)?.bytes;
    if (key.startsWith('log/')) this.world.judge.sent(key, bytes, there ?? null);
    if (there !== undefined) return 'exists';
    this.put(key, bytes);
    return 'created';
  }

  delete(key: string): void {
    if (!this.objects.delete(key)) return;
    this.#sorted = null;
    this.world.judge.deleted(key);
  }

  keys(): string[] {
    this.#sorted ??= [...this.objects.keys()].sort();
    return this.#sorted;
  }
}

/** The port as one process sees it: every call waits for the scheduler. Listings are not atomic. */
export class SimObjectStore extends ObjectStore {
  constructor(private readonly world: World, private readonly process: Process, readonly bucket: Bucket) {
    super();
  }

  create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    const copy = Buffer.from(bytes);
    if (key.endsWith('/manifest.json')) this.world.judge.askedForManifest(this.bucket, key, copy);
    return this.world.perform(this.process, 'write', key, () => this.bucket.create(key, copy));
  }

  /** What a store without conditional writes would do; only a mutant calls it. */
  overwrite(key: string, bytes: Uint8Array): Promise<'created'> {
    const copy = Buffer.from(bytes);
    return this.world.perform(this.process, 'write', key, () => {
      this.bucket.put(key, copy);
      return 'created';
    });
  }

  async write(key: string, body: Readable): Promise<'created' | 'exists'> {
    const chunks: Buffer[] = [];
    for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    return this.create(key, this.world.tears(key) ? bytes.subarray(1) : bytes);
  }

  read(key: string): Promise<Buffer> {
    return this.world.perform(this.process, 'read', key, () => {
      const found = this.bucket.objects.get(key);
      if (found === undefined) throw new ObjectStoreError('not-found', 'absent');
      return found.bytes;
    });
  }

  async stream(key: string): Promise<Readable> {
    return Readable.from([await this.read(key)]);
  }

  stat(key: string): Promise<ObjectInfo | null> {
    return this.world.perform(this.process, 'read', key, () => {
      const found = this.bucket.objects.get(key);
      return found ? { key, size: found.bytes.length, modifiedMs: found.modifiedMs } : null;
    });
  }

  async *list(prefix: string, options: { after?: string } = {}): AsyncIterable<ObjectInfo> {
    let after = options.after ?? '';
    for (;;) {
      const page = await this.world.perform(this.process, 'read', prefix, () => this.#page(prefix, after));
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)?.key ?? after;
    }
  }

  delete(key: string): Promise<void> {
    return this.world.perform(this.process, 'write', key, () => {
      this.bucket.delete(key);
    });
  }

  async close(): Promise<void> {}

  #page(prefix: string, after: string): ObjectInfo[] {
    const page: ObjectInfo[] = [];
    for (const key of this.bucket.keys()) {
      const found = this.bucket.objects.get(key);
      if (found === undefined || key <= after || !key.startsWith(prefix)) continue;
      page.push({ key, size: found.bytes.length, modifiedMs: found.modifiedMs });
      if (page.length === PAGE) break;
    }
    return page;
  }
}
