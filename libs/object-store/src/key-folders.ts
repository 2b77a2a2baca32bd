import { lstat, mkdir, realpath, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from './file-errors.js';
import type { Medium } from './medium.js';
import { ObjectStoreError } from './object-store.js';

const rememberedFolders = 10_000;

/** The folders between the root and the files: made and removed as keys come and go, durable, and never reached through a symbolic link. */
export class KeyFolders {
  /** Folders whose own entry in their parent is known to be on the disk. */
  readonly #durable = new Set<string>();

  constructor(private readonly root: string, private readonly medium: Medium) {}

  pathOf(segments: readonly string[]): string {
    return join(this.root, ...segments);
  }

  /** Refuses (`denied`) a folder that is reached through a symbolic link; ENOENT or ENOTDIR when it is absent. */
  async check(folder: string): Promise<void> {
    if ((await realpath(folder)) !== folder) throw new ObjectStoreError('denied', 'a symbolic link lies among the folders of the store');
  }

  /** Makes the folder and those above it where they are missing, with mode 0700. */
  async make(folder: string): Promise<void> {
    try {
      await this.check(folder);
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || folder === this.root) throw error;
    }
    await this.make(dirname(folder));
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    await this.check(folder);
  }

  /** Brings the entries of a folder to the disk, and those of the folders that lead to it. */
  async sync(folder: string): Promise<void> {
    await this.#syncOne(folder);
    for (let below = folder; below !== this.root && !this.#durable.has(below); below = dirname(below)) {
      await this.#syncOne(dirname(below));
      if (this.#durable.size >= rememberedFolders) this.#durable.clear();
      this.#durable.add(below);
    }
  }

  /** Removes the folder and those above it as long as they are empty. */
  async prune(folder: string): Promise<void> {
    for (let empty = folder; empty !== this.root; empty = dirname(empty)) {
      this.#durable.delete(empty);
      const removed = await rmdir(empty).then(() => true, () => false);
      // Once more: a writer may have remembered it between the two.
      this.#durable.delete(empty);
      if (!removed) return;
    }
  }

  async #syncOne(folder: string): Promise<void> {
    const handle = await this.medium.open(folder, 'r').catch((error: unknown) => {
      // Removed by the deletion of its last key: nothing is left to be made durable.
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (!handle) return;
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** What lies at a path itself (never what a link points to): a file with size and time, a folder, or nothing. Anything else is `denied`. */
export async function lookAt(path: string): Promise<{ file: true; size: number; modifiedMs: number } | { file: false; folder: boolean }> {
  const info = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!info) return { file: false, folder: false };
  if (info.isFile()) return { file: true, size: info.size, modifiedMs: info.mtimeMs };
  if (info.isDirectory()) return { file: false, folder: true };
  throw new ObjectStoreError('denied', 'something that is neither a file nor a folder lies where a key belongs');
}
