import { randomUUID } from 'node:crypto';
import type { ObjectStore } from './object-store.js';
import { probeStore } from './probe-store.js';
import { createTests, keyTests } from './suite-create.js';
import { changingListTests, deleteTests, listTests } from './suite-list.js';
import { readTests, streamTests } from './suite-read.js';
import { keysOf } from './suite-steps.js';
import { failedWriteTests, writeTests } from './suite-write.js';

const parts = {
  create: [createTests],
  write: [writeTests, failedWriteTests],
  'read, stream and stat': [readTests, streamTests],
  list: [listTests, changingListTests],
  delete: [deleteTests],
  keys: [keyTests],
};

/**
 * Declares the behaviour that every ObjectStore must show, as jest tests. `open` gives the store under test; it is closed at the end.
 * Every test works under a folder of its own below `suite/` and needs nothing else of the store.
 */
export function objectStoreSuite(name: string, open: () => Promise<ObjectStore>): void {
  describe(`${name} as an object store`, () => {
    const opened: { store?: ObjectStore } = {};
    const store = () => opened.store ?? fail('the store is not open');
    beforeAll(async () => {
      opened.store = await open();
    });
    afterAll(() => opened.store?.close());

    for (const [part, tests] of Object.entries(parts)) describe(part, () => tests.forEach((declare) => declare(store)));
    test('passes the probe of the writer and leaves nothing of it', async () => {
      const id = randomUUID();
      expect(await probeStore(store(), () => id)).toEqual({ ok: true });
      expect(await keysOf(store(), `probe/${id}/`)).toEqual([]);
    });
  });
}

function fail(why: string): never {
  throw new Error(why);
}
