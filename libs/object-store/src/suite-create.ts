import { Readable } from 'node:stream';
import type { ObjectStore } from './object-store.js';
import { keysOf, mib, newFolder, refused, sha256, sizesSeenUntil } from './suite-steps.js';

/** Creation: one winner, nothing changed, all or nothing. */
export function createTests(store: () => ObjectStore): void {
  test('of 20 concurrent creators of one key exactly one wins, and its bytes stay', async () => {
    const key = `${newFolder()}contested`;
    const bodies = Array.from({ length: 20 }, (_, writer) => Buffer.from(`writer ${writer} `.repeat(writer + 1)));
    const answers = await Promise.all(bodies.map((bytes) => store().create(key, bytes)));
    expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'exists')).toHaveLength(19);
    expect(await store().read(key)).toEqual(bodies[answers.indexOf('created')]);
  });

  test('an existing key is never changed', async () => {
    const key = `${newFolder()}kept`;
    expect(await store().create(key, Buffer.from('first'))).toBe('created');
    expect(await store().create(key, Buffer.from('second'))).toBe('exists');
    expect(await store().write(key, Readable.from([Buffer.from('third')]))).toBe('exists');
    expect(String(await store().read(key))).toBe('first');
  });

  test('takes nothing, and 8 MiB, but not a byte more', async () => {
    const folder = newFolder();
    expect(await store().create(`${folder}empty`, Buffer.alloc(0))).toBe('created');
    expect(await store().read(`${folder}empty`)).toHaveLength(0);
    const largest = Buffer.alloc(8 * mib, 7);
    expect(await store().create(`${folder}largest`, largest)).toBe('created');
    expect(sha256(await store().read(`${folder}largest`))).toBe(sha256(largest));
    await refused('invalid', () => store().create(`${folder}larger`, Buffer.alloc(8 * mib + 1)));
    expect(await store().stat(`${folder}larger`)).toBeNull();
  });

  test('readers see all bytes of a key or none', async () => {
    const folder = newFolder();
    const bytes = Buffer.alloc(4 * mib, 'x');
    for (let round = 0; round < 5; round++) {
      const key = `${folder}${round}`;
      const writing = store().create(key, bytes);
      const sizes = await sizesSeenUntil(store(), key, writing);
      expect(sizes.filter((size) => size !== null && size !== bytes.length)).toEqual([]);
    }
  });
}

/** Which keys are refused and which are not. */
export function keyTests(store: () => ObjectStore): void {
  const bad = ['', '/', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'a/..', './a', 'a/./b', 'a b', 'a\\b', 'a\0', 'a\nb', 'ä', 'a%2e', '~tmp/x', 'a:b', 'x'.repeat(513)];

  test.each(bad)('the key %j is refused by every operation', async (key) => {
    await refused('invalid', () => store().create(key, Buffer.from('x')));
    await refused('invalid', () => store().write(key, Readable.from([Buffer.from('x')])));
    await refused('invalid', () => store().read(key));
    await refused('invalid', () => store().stream(key));
    await refused('invalid', () => store().stat(key));
    await refused('invalid', () => store().delete(key));
    if (key !== '') await refused('invalid', () => keysOf(store(), '', key));
  });

  test('keys may be deep, long and start with a dot', async () => {
    const folder = newFolder();
    const deep = `${folder}${Array.from({ length: 40 }, (_, level) => `l${level}`).join('/')}`;
    const long = `${folder}${'n'.repeat(200)}/${'m'.repeat(200)}`;
    for (const key of [deep, long, `${folder}.hidden/...`]) {
      expect(await store().create(key, Buffer.from(key))).toBe('created');
      expect(String(await store().read(key))).toBe(key);
    }
  });
}
