import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { sampleDistrict } from '../testing/sample-district.js';
import { until, WriterKit } from '../testing/writer-kit.js';

const asker = { actor: 'key-1', via: 'http' as const };

/** A store whose create does something else; everything else is as it was. */
function withCreate(create: (store: ObjectStore, key: string, bytes: Uint8Array) => Promise<'created' | 'exists'>): (store: ObjectStore) => ObjectStore {
  return (store) => new Proxy(store, {
    get: (of, name) => {
      const member: unknown = Reflect.get(of, name, of);
      if (name === 'create') return (key: string, bytes: Uint8Array) => create(of, key, bytes);
      return typeof member === 'function' ? (...values: unknown[]): unknown => Reflect.apply(member, of, values) : member;
    },
  });
}

const overwriting = withCreate(async (store, key, bytes) => {
  await store.delete(key);
  return store.create(key, bytes);
});
const winnerTwice = withCreate(async (store, key, bytes) => {
  await store.create(key, bytes);
  return 'created';
});

test.each([['overwrites', overwriting], ['says created twice', winnerTwice]])('a store whose create %s is not written to; runs can still be read, and readiness says why', async (_, store) => {
  const kit = await WriterKit.open({ store });
  await kit.writer.start();
  const decision = kit.writer.decisions.decide('approve', 'north', '1-01jz0000000000000000000000', { asker });
  for (const refused of [kit.ask(), decision]) await expect(refused).rejects.toMatchObject({ kind: 'unavailable', code: 'store_unfit', message: expect.stringContaining('If-None-Match') as string });
  await kit.writer.look();
  expect((await kit.readiness.states()).find(({ name }) => name.startsWith('object store'))).toMatchObject({ neededForReads: false, trouble: expect.stringContaining('If-None-Match') as string });
  expect(await kit.writer.reader.list({ limit: 10 })).toEqual({ items: [], nextCursor: null });
  kit.clock.advance(3_600_000);
  await kit.writer.fitness.look();
  expect(kit.log.lines.filter(({ message }) => message.startsWith('The object store is not fit'))).toHaveLength(1);
  const keys: string[] = [];
  for await (const { key } of kit.store.list('')) keys.push(key);
  expect(keys).toEqual([]);
  await kit.close();
});

test('a store that was out of reach at the start is probed again after 30 s, and the runs under way go on then', async () => {
  let away = false;
  const kit = await WriterKit.open();
  kit.fetcher.plan = { records: sampleDistrict({ students: 3 }), silent: true };
  const run = await kit.ask();
  away = true;
  await kit.pause();
  const later = await kit.beside({ store: withCreate((store, key, bytes) => (away ? Promise.reject(new ObjectStoreError('unavailable', 'no answer', { retryable: true })) : store.create(key, bytes))) });
  await later.writer.start();
  await expect(later.ask()).rejects.toMatchObject({ code: 'store_unfit', options: { retryable: true, retryAfterMs: 30_000 } });
  await later.writer.cancel(run, { asker });
  expect((await kit.writer.runs.get(run))?.phase).toBe('stopping');
  away = false;
  kit.clock.advance(20_000);
  await later.writer.fitness.look();
  expect(later.writer.fitness.isFit).toBe(false);
  kit.clock.advance(11_000);
  await until(async () => ((await kit.writer.runs.get(run))?.phase === 'cancelled' ? true : null));
  kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
  expect((await later.refresh()).phase).toBe('published');
  await later.close();
  await kit.close();
});
