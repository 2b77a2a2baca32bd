import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DirectoryObjectStore } from './directory-object-store.js';
import { LateObjectStore } from './late-object-store.js';
import { type ObjectStore, ObjectStoreError } from './object-store.js';
import { probeStore } from './probe-store.js';

const base = await mkdtemp(join(tmpdir(), 'lastgood-late-'));
afterAll(() => rm(base, { recursive: true, force: true }));

describe('a store that is not there yet', () => {
  let openings = 0;
  let refusal: ObjectStoreError | null = null;
  const open = async (): Promise<ObjectStore> => {
    openings += 1;
    if (refusal !== null) throw refusal;
    return DirectoryObjectStore.open({ root: join(base, 'data') });
  };

  test.each(['denied', 'unavailable', 'timeout'] as const)('because it is %s is opened by the first operation that it lets in, once for all of them', async (kind) => {
    refusal = new ObjectStoreError(kind, 'not yet');
    openings = 0;
    const store = await LateObjectStore.start(open);
    const body = Readable.from(['x']);
    for (const refused of [store.create('a', Buffer.of(1)), store.write('b', body), store.read('a'), store.stream('a'), store.stat('a'), store.list('').next(), store.delete('a')]) await expect(refused).rejects.toBe(refusal);
    expect(body.destroyed).toBe(true);
    refusal = null;
    openings = 0;
    expect(await Promise.all([probeStore(store, () => `${kind}-1`), probeStore(store, () => `${kind}-2`)])).toEqual([{ ok: true }, { ok: true }]);
    expect(openings).toBe(1);
    const key = `${kind}/w`;
    await store.write(key, Readable.from(['body']));
    expect([await store.read(key), await buffer(await store.stream(key)), (await store.stat(key))?.size]).toEqual([Buffer.from('body'), Buffer.from('body'), 4]);
    await store.close();
  });

  test('because its address means nothing is refused at the start', async () => {
    refusal = new ObjectStoreError('invalid', 'no such address');
    await expect(LateObjectStore.start(open)).rejects.toBe(refusal);
  });
});
