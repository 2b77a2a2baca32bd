import { spawnSync } from 'node:child_process';
import { chmod, link, mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DirectoryObjectStore } from './directory-object-store.js';
import type { Medium } from './medium.js';
import type { ObjectStoreError } from './object-store.js';

const base = await mkdtemp(join(tmpdir(), 'lastgood-store-'));
afterAll(() => rm(base, { recursive: true, force: true }));
const newRoot = async () => join(await mkdtemp(join(base, 'root-')), 'data');
const failing = (code: string) => Object.assign(new Error(`${code} by the test`), { code });
const caught = (work: Promise<unknown>) => work.then(() => expect('no error').toBe('an error'), (error: unknown) => error as ObjectStoreError) as Promise<ObjectStoreError>;

describe('what lies on the disk', () => {
  test('folders are for their owner alone (0700), files as well (0600)', async () => {
    const root = await newRoot();
    const store = await DirectoryObjectStore.open({ root });
    await store.create('a/b/c', Buffer.from('x'));
    await store.write('a/b/d', Readable.from(['y']));
    const modes = await Promise.all(['', 'a', 'a/b', 'a/b/c', 'a/b/d', '~tmp'].map(async (path) => (await stat(join(root, path))).mode & 0o777));
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o600, 0o600, 0o700]);
  });

  test('a key is a plain file at its path, no temporary file stays, and empty folders go with their last key', async () => {
    const root = await newRoot();
    const store = await DirectoryObjectStore.open({ root });
    await store.create('a/b/c', Buffer.from('x'));
    expect(await readFile(join(root, 'a/b/c'), 'utf8')).toBe('x');
    expect(await readdir(join(root, '~tmp'))).toEqual([]);
    await store.delete('a/b/c');
    expect(await readdir(root)).toEqual(['~tmp']);
  });

  test('a key cannot be a file and a folder at once', async () => {
    const store = await DirectoryObjectStore.open({ root: await newRoot() });
    await store.create('a/b', Buffer.from('x'));
    expect(await caught(store.create('a', Buffer.from('y')))).toMatchObject({ kind: 'invalid', retryable: false });
    expect(await caught(store.create('a/b/c', Buffer.from('y')))).toMatchObject({ kind: 'invalid', retryable: false });
    expect(String(await store.read('a/b'))).toBe('x');
  });
});

describe('symbolic links', () => {
  test('a linked folder leads nowhere, inside or outside of the store', async () => {
    const root = await newRoot();
    const outside = await mkdtemp(join(base, 'outside-'));
    await writeFile(join(outside, 'secret'), 'secret');
    const store = await DirectoryObjectStore.open({ root });
    await store.create('real/key', Buffer.from('x'));
    await symlink(outside, join(root, 'out'));
    await symlink(join(root, 'real'), join(root, 'in'));
    for (const key of ['out/secret', 'out/new', 'out/new/deeper', 'in/key']) {
      for (const change of [() => store.create(key, Buffer.from('y')), () => store.write(key, Readable.from(['y']))]) {
        expect((await caught(change())).kind).toBe('denied');
      }
    }
    for (const key of ['out/secret', 'out/new', 'in/key']) {
      for (const look of [() => store.read(key), () => store.stream(key), () => store.stat(key), () => store.delete(key)]) {
        expect((await caught(look())).kind).toBe('denied');
      }
    }
    expect(await readdir(outside)).toEqual(['secret']);
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual(['real/key']);
    await expect(store.list('out/').next()).rejects.toMatchObject({ kind: 'denied' });
  });

  test('a linked file is neither read nor written through nor deleted', async () => {
    const root = await newRoot();
    const outside = join(await mkdtemp(join(base, 'outside-')), 'secret');
    await writeFile(outside, 'secret');
    const store = await DirectoryObjectStore.open({ root });
    await symlink(outside, join(root, 'link'));
    const create = () => store.create('link', Buffer.from('y'));
    for (const work of [() => store.read('link'), () => store.stream('link'), () => store.stat('link'), create, () => store.delete('link')]) {
      expect((await caught(work())).kind).toBe('denied');
    }
    expect(await readFile(outside, 'utf8')).toBe('secret');
  });

  test('a root that is itself reached through a link works', async () => {
    const root = await newRoot();
    await mkdir(root);
    await symlink(root, `${root}-link`);
    const store = await DirectoryObjectStore.open({ root: `${root}-link` });
    expect(await store.create('a/b', Buffer.from('x'))).toBe('created');
    expect(await readFile(join(root, 'a/b'), 'utf8')).toBe('x');
  });
});

describe('failing disks', () => {
  test.each(['EPERM', 'ENOTSUP', 'EXDEV', 'EOPNOTSUPP'])('a file system that answers link with %s is refused with what to do', async (code) => {
    const medium: Medium = { open, link: () => Promise.reject(failing(code)) };
    const error = await caught(DirectoryObjectStore.open({ root: await newRoot(), medium }));
    expect(error).toMatchObject({ kind: 'invalid', retryable: false });
    expect(error.message).toMatch(/refuses hard links .*put the whole data folder on one local file system.*or configure an S3 endpoint/);
  });

  test.each(['ENOSPC', 'EDQUOT'])('a disk that is full (%s) is told as full, with no key and no leftover', async (code) => {
    const root = await newRoot();
    const full: Medium = { open, link };
    const store = await DirectoryObjectStore.open({ root, medium: full });
    await store.create('kept', Buffer.from('x'));
    full.link = () => Promise.reject(failing(code));
    expect(await caught(store.create('a/b', Buffer.from('x')))).toMatchObject({ kind: 'full', outcomeUnknown: false });
    full.open = () => Promise.reject(failing(code));
    expect(await caught(store.write('a/c', Readable.from(['x'])))).toMatchObject({ kind: 'full', outcomeUnknown: false });
    full.open = open;
    expect(await readdir(join(root, '~tmp'))).toEqual([]);
    expect(await store.stat('a/b')).toBeNull();
    expect(String(await store.read('kept'))).toBe('x');
  });

  test('a link that was made but could not be made durable has an unknown outcome', async () => {
    const root = await newRoot();
    const medium: Medium = { open, link };
    const store = await DirectoryObjectStore.open({ root, medium });
    await store.create('a/first', Buffer.from('x'));
    medium.open = (path, ...rest) => (String(path).endsWith('/a') ? Promise.reject(failing('EIO')) : open(path, ...rest));
    expect(await caught(store.create('a/second', Buffer.from('x')))).toMatchObject({ kind: 'unavailable', outcomeUnknown: true, retryable: true });
    expect(await caught(store.create('a/first', Buffer.from('y')))).toMatchObject({ kind: 'unavailable', outcomeUnknown: true, retryable: true });
  });

  test('what may not be read is denied', async () => {
    const root = await newRoot();
    const denying: Medium = { open, link };
    const store = await DirectoryObjectStore.open({ root, medium: denying });
    await store.create('a', Buffer.from('x'));
    await chmod(join(root, 'a'), 0);
    denying.open = () => Promise.reject(failing('EACCES'));
    expect(await caught(store.read('a'))).toMatchObject({ kind: 'denied', retryable: false });
  });
});

describe('what a killed process left half-written', () => {
  const leftovers = async (root: string, names: string[]) => {
    await mkdir(join(root, '~tmp'), { recursive: true });
    for (const name of names) await writeFile(join(root, '~tmp', name), 'half');
  };
  const nameOfThisProcess = async (root: string) => {
    const names: string[] = [];
    const medium: Medium = { link, open: (path, ...rest) => (names.push(String(path)), open(path, ...rest)) };
    await DirectoryObjectStore.open({ root, medium });
    return (names.find((path) => path.includes('~tmp')) ?? '').split('/').at(-1) ?? '';
  };

  test('is removed at open when its process is dead; what a living one writes stays', async () => {
    const root = await newRoot();
    const [host, pid, started] = (await nameOfThisProcess(root)).split('.');
    const dead = spawnSync('true').pid;
    const mine = `${host}.${pid}.${started}.x`;
    const stays = [mine, `${host}.${process.ppid}.1.x`, `anotherhost.${dead}.1.x`];
    await leftovers(root, [...stays, `${host}.${dead}.1.x`, `${host}.${pid}.1.before-this-process-had-the-id`]);
    await DirectoryObjectStore.open({ root });
    expect((await readdir(join(root, '~tmp'))).sort()).toEqual(stays.sort());
  });

  test('is removed at open when it is older than a day, whoever wrote it', async () => {
    const root = await newRoot();
    await leftovers(root, ['anotherhost.1.1.old', 'anotherhost.1.1.new']);
    const old = new Date(Date.now() - 25 * 3_600_000);
    await utimes(join(root, '~tmp', 'anotherhost.1.1.old'), old, old);
    await DirectoryObjectStore.open({ root });
    expect(await readdir(join(root, '~tmp'))).toEqual(['anotherhost.1.1.new']);
  });
});
