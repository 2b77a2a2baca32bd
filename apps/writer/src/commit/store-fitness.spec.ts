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
  const decision = kit.writer.decisions.approve('north', '1-01jz0000000000000000000000', { asker, previewed: 1 });
  for (const refused of [kit.ask(), decision]) await expect(refused).rejects.toMatchObject({ kind: 'unavailable', code: 'store_unfit', message: expect.stringContaining('If-None-Match') as string });
  await kit.writer.look();
  expect((await kit.readiness.states()).find(({ name }) => name.startsWith('object store'))).toMatchObject({ neededForReads: false, trouble: expect.stringContaining('If-None-Match') as string });
  expect(await kit.writer.reader.list({ limit: 10 })).toEqual({ items: [], nextCursor: null });
  for (let probe = 0; probe < 5; probe += 1) {
    kit.clock.advance(3_600_000);
    await kit.writer.fitness.look();
  }
  expect(kit.log.lines.filter(({ message }) => message.startsWith('The object store is not fit'))).toHaveLength(1);
  const keys: string[] = [];
  for await (const { key } of kit.store.list('')) keys.push(key);
  expect(keys).toEqual([]);
  await kit.close();
});

const refuses = (kind: 'denied' | 'unavailable', when: () => boolean): ((store: ObjectStore) => ObjectStore) => withCreate((store, key, bytes) => (when()
  ? Promise.reject(new ObjectStoreError(kind, kind === 'denied' ? `${key}: the store answered 403 InvalidAccessKeyId` : 'no answer', { retryable: kind !== 'denied' }))
  : store.create(key, bytes)));
const stateOf = async (kit: WriterKit) => (await kit.readiness.states()).find(({ name }) => name.startsWith('object store'))?.trouble ?? null;

test.each(['unavailable', 'denied'] as const)('a store that was %s at the start is probed again after 5 s, then ever more seldom, and the runs under way go on without a restart', async (kind) => {
  let away = false;
  const kit = await WriterKit.open();
  kit.fetcher.plan = { records: sampleDistrict({ students: 3 }), silent: true };
  const run = await kit.ask();
  away = true;
  await kit.pause();
  let probes = 0;
  const later = await kit.beside({ store: refuses(kind, () => {
    probes += 1;
    return away;
  }) });
  await later.writer.start();
  await expect(later.ask()).rejects.toMatchObject({ code: 'store_unfit', options: { retryable: kind === 'unavailable', retryAfterMs: 5_000 } });
  await later.writer.cancel(run, { asker });
  expect((await kit.writer.runs.get(run))?.phase).toBe('stopping');
  const waits: number[] = [];
  for (let second = 1; second <= 300; second += 1) {
    kit.clock.advance(1000);
    const before = probes;
    await later.writer.fitness.look();
    if (probes > before) waits.push(second);
  }
  expect(waits).toEqual([5, 15, 35, 75, 135, 195, 255]);
  away = false;
  kit.clock.advance(60_000);
  await until(async () => ((await kit.writer.runs.get(run))?.phase === 'cancelled' ? true : null));
  expect(await stateOf(later)).toBeNull();
  kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
  expect((await later.refresh()).phase).toBe('published');
  await later.close();
  await kit.close();
});

test('credentials that become wrong while the writer runs are found by the first write, told by readiness in words, and new refreshes are refused until they are right again', async () => {
  let wrong = false;
  const kit = await WriterKit.open({ store: refuses('denied', () => wrong) });
  kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
  expect((await kit.refresh()).phase).toBe('published');
  wrong = true;
  kit.clock.advance(5000);
  const run = await kit.ask();
  await kit.writer.fitness.look();
  expect(await stateOf(kit)).toContain('refuses the credentials');
  await expect(kit.ask()).rejects.toMatchObject({ code: 'store_unfit', message: expect.stringMatching(/refuses the credentials.*403 InvalidAccessKeyId.*access key/) as string });
  expect(await kit.writer.reader.get(run)).toMatchObject({ phase: 'requested' });
  wrong = false;
  kit.clock.advance(61_000);
  await kit.writer.fitness.look();
  await kit.writer.look();
  expect((await kit.ended(run)).phase).toBe('published');
  expect(await stateOf(kit)).toBeNull();
  await kit.close();
});

test('a fit store that is out of reach for a while is told by readiness, and runs wait for it instead of being refused', async () => {
  let away = false;
  const kit = await WriterKit.open({ store: refuses('unavailable', () => away) });
  kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
  away = true;
  kit.clock.advance(5000);
  const run = await kit.ask();
  await kit.writer.fitness.look();
  expect([kit.writer.fitness.isFit, await stateOf(kit)]).toEqual([true, expect.stringContaining('no answer')]);
  expect((await kit.writer.requests.request({ district: 'north', source: 'sis', asker })).runs[0]).toMatchObject({ joined: true, run: { id: run } });
  away = false;
  kit.clock.advance(61_000);
  await kit.writer.fitness.look();
  expect(await stateOf(kit)).toBeNull();
  await kit.writer.look();
  expect((await kit.ended(run)).phase).toBe('published');
  await kit.close();
});

test('a store that stops to keep its promises is found out by the probe of every ten minutes', async () => {
  let overwrites = false;
  const kit = await WriterKit.open({ store: withCreate(async (store, key, bytes) => {
    if (overwrites) await store.delete(key);
    return store.create(key, bytes);
  }) });
  overwrites = true;
  kit.clock.advance(9 * 60_000);
  await kit.writer.fitness.look();
  expect(kit.writer.fitness.isFit).toBe(true);
  kit.clock.advance(2 * 60_000);
  await kit.writer.fitness.look();
  expect([kit.writer.fitness.isFit, await stateOf(kit)]).toEqual([false, expect.stringContaining('If-None-Match')]);
  await kit.close();
});
