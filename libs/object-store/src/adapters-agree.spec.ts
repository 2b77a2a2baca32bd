import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DirectoryObjectStore } from './directory-object-store.js';
import { firstDifference, operations } from './suite-model.js';

const base = await mkdtemp(join(tmpdir(), 'lastgood-store-'));
afterAll(() => rm(base, { recursive: true, force: true }));

test('P17 every ObjectStore passes the same suite: a directory answers any operations as a plain map would, from two openers at once', async () => {
  const root = join(base, 'data');
  const stores = [await DirectoryObjectStore.open({ root }), await DirectoryObjectStore.open({ root })] as const;
  let cases = 0;
  await fc.assert(
    fc.asyncProperty(operations, async (list) => {
      expect(await firstDifference(stores, `case-${cases += 1}/`, list, { keysUnderKeys: 'refused' })).toBeNull();
    }),
    { numRuns: 200 },
  );
  await Promise.all(stores.map((store) => store.close()));
}, 300_000);
