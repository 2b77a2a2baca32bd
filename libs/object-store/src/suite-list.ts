import type { ObjectStore } from './object-store.js';
import { createWithRetries, keysOf, newFolder, refused } from './suite-steps.js';

/** Order, marks, pages and changes meanwhile. */
export function listTests(store: () => ObjectStore): void {
  const names = ['a-b/1', 'a.b', 'a/1', 'a/2/x', 'a=b/1', 'a0', 'aA/z', 'a_', 'b', 'B/c', 'c/d/e/f', 'c/d/e.f', 'c/d.e', '0', '-', '.x', '_'];

  test('keys come in the order of their bytes, whatever folders they form', async () => {
    const folder = newFolder();
    await Promise.all(names.map((name) => store().create(folder + name, Buffer.from(name))));
    const sorted = names.map((name) => folder + name).sort();
    expect(await keysOf(store(), folder)).toEqual(sorted);
    expect(await keysOf(store(), `${folder}a/`)).toEqual([`${folder}a/1`, `${folder}a/2/x`]);
  });

  test('after any key the later ones come, whether it exists or not', async () => {
    const folder = newFolder();
    await Promise.all(names.map((name) => store().create(folder + name, Buffer.from(name))));
    const sorted = names.map((name) => folder + name).sort();
    for (const after of [...sorted, `${folder}a`, `${folder}a/2`, `${folder}a-b/0`, `${folder}zzz`, `${folder}c/d/e/f/g`, 'a', 'zzz']) {
      expect(await keysOf(store(), folder, after)).toEqual(sorted.filter((key) => key > after));
    }
  });

  test('a key is listed with its size as soon as it was created', async () => {
    const folder = newFolder();
    const listed: unknown[] = [];
    await store().create(`${folder}now`, Buffer.from('12345'));
    for await (const info of store().list(folder)) listed.push(info);
    expect(listed).toEqual([{ key: `${folder}now`, size: 5, modifiedMs: expect.any(Number) }]);
  });

  test('an empty or absent folder lists nothing', async () => {
    expect(await keysOf(store(), newFolder())).toEqual([]);
  });
}

/** Many keys, and keys that come and go meanwhile. */
export function changingListTests(store: () => ObjectStore): void {
  test('more keys than fit on one page of S3 are listed in order', async () => {
    const folder = newFolder();
    const numbers = Array.from({ length: 1_050 }, (_, number) => String(number).padStart(20, '0'));
    for (let from = 0; from < numbers.length; from += 50) {
      await Promise.all(numbers.slice(from, from + 50).map((number) => store().create(`${folder}${number}.json`, Buffer.from(number))));
    }
    expect(await keysOf(store(), folder)).toEqual(numbers.map((number) => `${folder}${number}.json`));
    expect(await keysOf(store(), folder, `${folder}${numbers[1_047]}.json`)).toHaveLength(2);
  });

  test('a list goes on while keys are deleted and created under it', async () => {
    const folder = newFolder();
    const all = Array.from({ length: 40 }, (_, number) => `${folder}${String(number % 8)}/${String(number).padStart(3, '0')}`);
    await Promise.all(all.map((key) => store().create(key, Buffer.from(key))));
    const stays = new Set(all.filter((_, index) => index % 2 === 0));
    const listed: string[] = [];
    let changes = Promise.resolve();
    for await (const { key } of store().list(folder)) {
      listed.push(key);
      if (listed.length === 3) {
        changes = Promise.all(all.filter((other) => !stays.has(other)).map((other) => store().delete(other))).then(() => undefined);
        await store().create(`${folder}9/new`, Buffer.from('new'));
      }
    }
    await changes;
    expect(listed).toEqual([...listed].sort());
    expect([...stays].filter((key) => !listed.includes(key))).toEqual([]);
  });

  test.each(['no-slash', '/', 'a//', '../', 'a/../', './', 'ä/'])('the prefix %j is refused', async (prefix) => {
    await refused('invalid', () => keysOf(store(), prefix));
  });
}

/** Deletion, also beside creation. */
export function deleteTests(store: () => ObjectStore): void {
  test('a deleted key is gone, and deleting it again succeeds', async () => {
    const folder = newFolder();
    await store().create(`${folder}a/b/gone`, Buffer.from('x'));
    await store().create(`${folder}a/stays`, Buffer.from('y'));
    await store().delete(`${folder}a/b/gone`);
    await store().delete(`${folder}a/b/gone`);
    await store().delete(`${folder}never/there`);
    expect(await store().stat(`${folder}a/b/gone`)).toBeNull();
    expect(await keysOf(store(), folder)).toEqual([`${folder}a/stays`]);
    expect(await store().create(`${folder}a/b/gone`, Buffer.from('z'))).toBe('created');
  });

  test('keys can be created in a folder while its last key is deleted', async () => {
    const folder = newFolder();
    for (let round = 0; round < 20; round++) {
      await store().create(`${folder}a/b/old${round}`, Buffer.from('x'));
      await Promise.all([store().delete(`${folder}a/b/old${round}`), createWithRetries(store(), `${folder}a/b/new${round}`)]);
      expect(await keysOf(store(), folder)).toEqual([`${folder}a/b/new${round}`]);
      await store().delete(`${folder}a/b/new${round}`);
    }
  });
}
