import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DirectoryObjectStore } from './directory-object-store.js';
import { type ObjectInfo, ObjectStore, ObjectStoreError } from './object-store.js';
import { probeStore } from './probe-store.js';

const base = await mkdtemp(join(tmpdir(), 'lastgood-probe-'));
afterAll(() => rm(base, { recursive: true, force: true }));

/** A real store that lies where a test says so. */
class LyingStore extends ObjectStore {
  constructor(protected readonly honest: ObjectStore) {
    super();
  }
  create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    return this.honest.create(key, bytes);
  }
  write(key: string, body: Readable): Promise<'created' | 'exists'> {
    return this.honest.write(key, body);
  }
  read(key: string, maxBytes?: number): Promise<Buffer> {
    return this.honest.read(key, maxBytes);
  }
  stream(key: string, range?: { start?: number; end?: number }): Promise<Readable> {
    return this.honest.stream(key, range);
  }
  stat(key: string): Promise<ObjectInfo | null> {
    return this.honest.stat(key);
  }
  list(prefix: string, options?: { after?: string }): AsyncIterable<ObjectInfo> {
    return this.honest.list(prefix, options);
  }
  delete(key: string): Promise<void> {
    return this.honest.delete(key);
  }
  close(): Promise<void> {
    return this.honest.close();
  }
}

class AcceptsEveryCreate extends LyingStore {
  override async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    await this.honest.create(key, bytes);
    return 'created';
  }
}

class Overwrites extends LyingStore {
  override async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    await this.honest.delete(key);
    return this.honest.create(key, bytes);
  }
}

class OverwritesAndSaysItExists extends LyingStore {
  override async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    const answer = await this.honest.create(key, bytes);
    if (answer === 'exists' && String(bytes).includes('later')) await new Overwrites(this.honest).create(key, bytes);
    return answer;
  }
}

class RefusesAfterTheFirstRace extends LyingStore {
  override async create(): Promise<'created' | 'exists'> {
    return 'exists';
  }
}

class LagsInLists extends LyingStore {
  override async *list(): AsyncGenerator<ObjectInfo> {}
}

class LagsInStat extends LyingStore {
  override async stat(): Promise<null> {
    return null;
  }
}

class ReadsMissingAsEmpty extends LyingStore {
  override read(key: string): Promise<Buffer> {
    return this.honest.read(key).catch(() => Buffer.alloc(0));
  }
}

class HasASizeForMissing extends LyingStore {
  override async stat(key: string): Promise<ObjectInfo> {
    return (await this.honest.stat(key)) ?? { key, size: 0, modifiedMs: 0 };
  }
}

class ReadsTheOther extends LyingStore {
  override async read(key: string): Promise<Buffer> {
    const bytes = await this.honest.read(key);
    return Buffer.from(String(bytes) === 'first writer' ? 'second' : 'first writer');
  }
}

class ForgetsToDelete extends LyingStore {
  #told = 0;
  override async delete(key: string): Promise<void> {
    if (this.#told++ > 0) await this.honest.delete(key);
  }
}

class IsDown extends LyingStore {
  override stat(): Promise<null> {
    return Promise.reject(new ObjectStoreError('unavailable', 'probe: connection refused', { retryable: true }));
  }
}

test.each([
  [AcceptsEveryCreate, /two creates of one key had two winners/],
  [Overwrites, /two winners|created again/],
  [OverwritesAndSaysItExists, /a later create changed the bytes/],
  [RefusesAfterTheFirstRace, /no winner/],
  [LagsInLists, /list right after a create/],
  [LagsInStat, /has no size/],
  [ReadsMissingAsEmpty, /missing key can be read/],
  [HasASizeForMissing, /missing key has a size/],
  [ReadsTheOther, /does not read as its winner wrote it/],
  [ForgetsToDelete, /after its deletion/],
])('a store that lies (%p) is found out, and nothing is left of the probe', async (Lie, reason) => {
  const root = join(await mkdtemp(join(base, 'root-')), 'data');
  const answer = await probeStore(new Lie(await DirectoryObjectStore.open({ root })), () => 'id');
  expect(answer).toEqual({ ok: false, reason: expect.stringMatching(reason), retryable: false });
  expect(await readdir(root)).toEqual(['~tmp']);
});

class RefusesTheKey extends LyingStore {
  override create(): Promise<'created' | 'exists'> {
    return Promise.reject(new ObjectStoreError('denied', 'probe: the store answered 403 InvalidAccessKeyId'));
  }
}

test('a store that refuses the credentials says so', async () => {
  const root = join(await mkdtemp(join(base, 'root-')), 'data');
  const answer = await probeStore(new RefusesTheKey(await DirectoryObjectStore.open({ root })), () => 'id');
  expect(answer).toEqual({ ok: false, reason: 'the store refuses the credentials, or what they ask for: probe: the store answered 403 InvalidAccessKeyId', retryable: false, denied: true });
});

test('a store that is out of reach is told from one that lies', async () => {
  const root = join(await mkdtemp(join(base, 'root-')), 'data');
  const answer = await probeStore(new IsDown(await DirectoryObjectStore.open({ root })), () => 'id');
  expect(answer).toEqual({ ok: false, reason: 'the store failed while it was probed: probe: connection refused', retryable: true });
});
