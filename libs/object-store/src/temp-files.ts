import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { codeOf } from './file-errors.js';
import type { Medium } from './medium.js';
import { ObjectStoreError } from './object-store.js';

/** No key can name it: `~` is no key character. */
const folderName = '~tmp';
const oldAfterMs = 24 * 3_600_000;
const withoutLink = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV']);

/**
 * The private folder of half-written files, beside the keys on the same file system. A name tells host, process and the start
 * of that process, so that what a dead process left is recognised; everything else goes after 24 hours.
 */
export class TempFiles {
  readonly #host = createHash('sha256').update(hostname()).digest('hex').slice(0, 12);
  readonly #started = Math.round(performance.timeOrigin);

  private constructor(readonly folder: string) {}

  /** Makes the folder, removes leftovers and refuses (`invalid`) a file system that knows no hard links. */
  static async open(root: string, medium: Medium, nowMs: number): Promise<TempFiles> {
    const files = new TempFiles(join(root, folderName));
    await mkdir(files.folder, { recursive: true, mode: 0o700 });
    await files.#removeLeftovers(nowMs);
    await files.#tryLink(medium);
    return files;
  }

  /** A new path that no other process or store uses. */
  newPath(): string {
    return join(this.folder, `${this.#host}.${process.pid}.${this.#started}.${randomUUID()}`);
  }

  async #removeLeftovers(nowMs: number): Promise<void> {
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const info = await stat(path).catch(() => undefined);
      if (info && (this.#isOfDeadProcess(name) || nowMs - info.mtimeMs > oldAfterMs)) await rm(path, { force: true });
    }
  }

  #isOfDeadProcess(name: string): boolean {
    const [host, id, started] = name.split('.');
    const pid = Number(id);
    // Process ids of another host (or container) say nothing here.
    if (host !== this.#host || !Number.isSafeInteger(pid) || pid <= 0) return false;
    if (pid === process.pid) return Number(started) !== this.#started;
    try {
      process.kill(pid, 0);
      return false;
    } catch (error) {
      return codeOf(error) === 'ESRCH';
    }
  }

  async #tryLink(medium: Medium): Promise<void> {
    const [from, to] = [this.newPath(), this.newPath()];
    try {
      await (await medium.open(from, 'wx', 0o600)).close();
      await medium.link(from, to);
    } catch (error) {
      if (!saysNoLinks(error)) throw error;
      throw linkRefused(error);
    } finally {
      await rm(from, { force: true });
      await rm(to, { force: true });
    }
  }
}

/** The error of a file system that cannot link a finished file into place. */
export function linkRefused(cause: unknown): ObjectStoreError {
  return new ObjectStoreError(
    'invalid',
    `the file system of the data folder refuses hard links (${codeOf(cause)}), without which a key could be overwritten: ` +
      'put the whole data folder on one local file system such as ext4, xfs, btrfs or APFS, or configure an S3 endpoint',
    { cause },
  );
}

/** True when a failed link tells that the file system has no links, rather than what it says about one file. */
export function saysNoLinks(error: unknown): boolean {
  return withoutLink.has(codeOf(error));
}
