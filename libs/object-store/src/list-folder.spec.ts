import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { DirectoryObjectStore } from './directory-object-store.js';

const base = await mkdtemp(join(tmpdir(), 'lastgood-list-'));
afterAll(() => rm(base, { recursive: true, force: true }));

const key = fc.array(fc.stringMatching(/^[.\-=_0aAz]{1,3}$/).filter((name) => name !== '.' && name !== '..'), { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const isFolderOfAnother = (candidate: string, keys: string[]) => keys.some((other) => other.startsWith(`${candidate}/`));

test('whatever the keys, a list is all that lie after the mark, in the order of their bytes', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(key, { maxLength: 12 }), key, async (candidates, after) => {
      const keys = candidates.filter((candidate) => !isFolderOfAnother(candidate, candidates));
      const store = await DirectoryObjectStore.open({ root: join(base, String(run++)) });
      for (const name of keys) await store.create(name, Buffer.from(name));
      const listed: string[] = [];
      for await (const info of store.list('', { after })) listed.push(info.key);
      const inBytes = [...keys].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
      expect(listed).toEqual(inBytes.filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0));
    }),
    { numRuns: 60 },
  );
}, 300_000);
