import { buffer } from 'node:stream/consumers';
import type { ObjectStore } from './object-store.js';
import { keysOf, mib, newFolder, refused } from './suite-steps.js';

/** Reading: missing keys, limits, ranges, streams given up. */
export function readTests(store: () => ObjectStore): void {
  test('a missing key is not found, whichever way it is asked for', async () => {
    const key = `${newFolder()}a/b/missing`;
    await refused('not-found', () => store().read(key));
    await refused('not-found', () => store().stream(key));
    await refused('not-found', () => store().stream(key, { start: 5, end: 5 }));
    expect(await store().stat(key)).toBeNull();
  });

  test('a folder of keys is not a key', async () => {
    const folder = newFolder();
    await store().create(`${folder}a/b`, Buffer.from('x'));
    await refused('not-found', () => store().read(`${folder}a`));
    await refused('not-found', () => store().stream(`${folder}a`));
    expect(await store().stat(`${folder}a`)).toBeNull();
    await store().delete(`${folder}a`);
    expect(await keysOf(store(), folder)).toEqual([`${folder}a/b`]);
  });

  test('a read larger than the caller allows is refused', async () => {
    const key = `${newFolder()}ten`;
    await store().create(key, Buffer.from('0123456789'));
    await refused('invalid', () => store().read(key, 9));
    expect(String(await store().read(key, 10))).toBe('0123456789');
  });
}

/** Ranges and streams. */
export function streamTests(store: () => ObjectStore): void {
  test.each([
    [{}, '0123456789'],
    [{ start: 3 }, '3456789'],
    [{ end: 4 }, '0123'],
    [{ start: 2, end: 3 }, '2'],
    [{ start: 4, end: 4 }, ''],
    [{ start: 8, end: 99 }, '89'],
    [{ start: 10 }, ''],
    [{ start: 50, end: 60 }, ''],
  ])('the range %j of ten bytes is "%s"', async (range, expected) => {
    const key = `${newFolder()}ten`;
    await store().create(key, Buffer.from('0123456789'));
    expect(String(await buffer(await store().stream(key, range)))).toBe(expected);
  });

  test.each([{ start: -1 }, { start: 5, end: 4 }, { start: 0.5 }, { end: Number.NaN }])('the range %j is refused', async (range) => {
    await refused('invalid', () => store().stream(`${newFolder()}any`, range));
  });

  test('a stream that its reader gives up does no harm', async () => {
    const key = `${newFolder()}long`;
    await store().create(key, Buffer.alloc(6 * mib, 'y'));
    for (let round = 0; round < 5; round++) {
      for await (const chunk of await store().stream(key)) {
        expect((chunk as Buffer).length).toBeGreaterThan(0);
        break;
      }
    }
    expect(await store().read(key)).toHaveLength(6 * mib);
  });

  test('size and time are told', async () => {
    const key = `${newFolder()}told`;
    const before = Date.now();
    await store().create(key, Buffer.from('12345'));
    const info = await store().stat(key);
    expect(info).toMatchObject({ key, size: 5 });
    expect(Math.abs((info?.modifiedMs ?? 0) - before)).toBeLessThan(60_000);
  });
}
