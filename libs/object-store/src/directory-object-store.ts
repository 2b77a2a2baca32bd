import { constants } from 'node:fs';
import { mkdir, realpath, rm, unlink, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { BodyFailure, bodyChunks } from './body-chunks.js';
import { codeOf, fileError } from './file-errors.js';
import { KeyFolders, lookAt } from './key-folders.js';
import { listFolder } from './list-folder.js';
import { mappedStream } from './mapped-stream.js';
import { fileSystem, type Medium } from './medium.js';
import { checkCreateSize, checkRange, keySegments, partBytes, prefixSegments } from './object-key.js';
import { type ObjectInfo, ObjectStore, ObjectStoreError } from './object-store.js';
import { linkRefused, saysNoLinks, TempFiles } from './temp-files.js';

export interface DirectoryStoreOptions {
  /** The folder that holds the keys, one file each; made with mode 0700 when missing. */
  root: string;
  /** Milliseconds since the epoch, for the age of leftover files; the machine's clock by default. */
  now?: () => number;
  /** Replaced in tests of failing disks. */
  medium?: Medium;
}

const maxPlacingTries = 100;
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * ObjectStore on a folder of one local file system: a finished and synced temporary file is linked into place, which never overwrites.
 * A key cannot be a file and a folder at once (`a` and `a/b`): the second is refused as `invalid`, unlike on S3.
 */
export class DirectoryObjectStore extends ObjectStore {
  private constructor(
    private readonly folders: KeyFolders,
    private readonly temp: TempFiles,
    private readonly medium: Medium,
  ) {
    super();
  }

  /** Opens the folder, removes what killed processes left half-written, and refuses (`invalid`) a file system without hard links. */
  static async open({ root, now = Date.now, medium = fileSystem }: DirectoryStoreOptions): Promise<DirectoryObjectStore> {
    try {
      await mkdir(root, { recursive: true, mode: 0o700 });
      const realRoot = await realpath(root);
      const temp = await TempFiles.open(realRoot, medium, now());
      return new DirectoryObjectStore(new KeyFolders(realRoot, medium), temp, medium);
    } catch (error) {
      throw fileError(error, 'the data folder');
    }
  }

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    const path = this.#pathOf(key);
    checkCreateSize(key, bytes);
    return this.#place(key, path, (file) => file.writeFile(bytes));
  }

  async write(key: string, body: Readable): Promise<'created' | 'exists'> {
    try {
      const path = this.#pathOf(key);
      if ((await this.#look(key, path)).file) return 'exists';
      return await this.#place(key, path, async (file) => {
        for await (const chunk of bodyChunks(body)) await file.writeFile(chunk);
      });
    } catch (error) {
      throw error instanceof BodyFailure ? error.cause : error;
    } finally {
      body.destroy();
    }
  }

  async read(key: string, maxBytes = partBytes): Promise<Buffer> {
    const { file, size } = await this.#open(key);
    try {
      if (size > maxBytes) throw new ObjectStoreError('invalid', `${key}: ${size} bytes are more than the ${maxBytes} asked for`);
      return await file.readFile();
    } catch (error) {
      throw fileError(error, key);
    } finally {
      await file.close();
    }
  }

  async stream(key: string, range?: { start?: number; end?: number }): Promise<Readable> {
    const { start, end: wantedEnd } = checkRange(range);
    const { file, size } = await this.#open(key);
    const end = Math.min(wantedEnd ?? size, size);
    if (start >= end) {
      await file.close();
      return Readable.from([]);
    }
    return mappedStream(file.createReadStream({ start, end: end - 1, highWaterMark: 256 * 1024 }), (error) => fileError(error, key));
  }

  async stat(key: string): Promise<ObjectInfo | null> {
    const seen = await this.#look(key, this.#pathOf(key));
    return seen.file ? { key, size: seen.size, modifiedMs: seen.modifiedMs } : null;
  }

  async *list(prefix: string, { after = '' }: { after?: string } = {}): AsyncGenerator<ObjectInfo> {
    const folder = this.folders.pathOf(prefixSegments(prefix));
    if (after !== '') keySegments(after);
    try {
      await this.folders.check(folder);
      yield* listFolder(folder, prefix, after);
    } catch (error) {
      const failure = fileError(error, prefix);
      if (failure.kind !== 'not-found') throw failure;
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    const folder = dirname(path);
    if (!(await this.#look(key, path)).file) return;
    try {
      await unlink(path);
      await this.folders.sync(folder);
      await this.folders.prune(folder);
    } catch (error) {
      const failure = fileError(error, key, true);
      if (failure.kind !== 'not-found') throw failure;
    }
  }

  async close(): Promise<void> {}

  #pathOf(key: string): string {
    return this.folders.pathOf(keySegments(key));
  }

  async #look(key: string, path: string): ReturnType<typeof lookAt> {
    try {
      await this.folders.check(dirname(path));
      return await lookAt(path);
    } catch (error) {
      const failure = fileError(error, key);
      if (failure.kind === 'not-found') return { file: false, folder: false };
      throw failure;
    }
  }

  async #open(key: string): Promise<{ file: FileHandle; size: number }> {
    const path = this.#pathOf(key);
    try {
      await this.folders.check(dirname(path));
      const file = await this.medium.open(path, readOnly);
      const info = await file.stat();
      if (info.isFile()) return { file, size: info.size };
      await file.close();
    } catch (error) {
      const failure = fileError(error, key);
      if (failure.kind !== 'not-found') throw failure;
    }
    throw new ObjectStoreError('not-found', `${key}: no such key`);
  }

  async #place(key: string, path: string, fill: (file: FileHandle) => Promise<void>): Promise<'created' | 'exists'> {
    const temp = this.temp.newPath();
    try {
      const file = await this.medium.open(temp, 'wx', 0o600);
      try {
        await fill(file);
        await file.sync();
      } finally {
        await file.close();
      }
      return await this.#linkIntoPlace(key, temp, path);
    } catch (error) {
      throw error instanceof BodyFailure ? error : writeError(error, key);
    } finally {
      await rm(temp, { force: true });
    }
  }

  async #linkIntoPlace(key: string, temp: string, path: string): Promise<'created' | 'exists'> {
    const folder = dirname(path);
    for (let tries = 1; tries <= maxPlacingTries; tries++) {
      try {
        await this.folders.make(folder);
        await this.medium.link(temp, path);
      } catch (error) {
        // The folder was removed as empty between the two calls.
        if (codeOf(error) === 'ENOENT') continue;
        if (codeOf(error) !== 'EEXIST') throw saysNoLinks(error) ? linkRefused(error) : error;
        return await this.#alreadyThere(key, path);
      }
      await this.#makeDurable(key, folder);
      return 'created';
    }
    throw new ObjectStoreError('unavailable', `${key}: its folder kept disappearing`, { retryable: true });
  }

  /** Who is told `exists` may act on it, so what is there must be as durable as if it were his own. */
  async #alreadyThere(key: string, path: string): Promise<'exists'> {
    const seen = await lookAt(path);
    if (!seen.file && seen.folder) throw new ObjectStoreError('invalid', `${key}: keys below it exist, so it cannot be a key on a file system`);
    await this.#makeDurable(key, dirname(path));
    return 'exists';
  }

  async #makeDurable(key: string, folder: string): Promise<void> {
    try {
      await this.folders.sync(folder);
    } catch (error) {
      throw fileError(error, key, true);
    }
  }
}

function writeError(error: unknown, key: string): ObjectStoreError {
  const failure = fileError(error, key);
  if (failure.kind !== 'not-found') return failure;
  if (codeOf(error) === 'ENOTDIR') return new ObjectStoreError('invalid', `${key}: a part of it is a key already, so it cannot be a folder`, { cause: error });
  return new ObjectStoreError('unavailable', `${key}: the folder of half-written files is gone`, { retryable: false, cause: error });
}
