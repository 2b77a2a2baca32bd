import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { ManifestFile } from '@lastgood/contracts';
import { ServiceError } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock } from '@lastgood/service-runtime';
import type { SnapshotEntry } from '@lastgood/snapshot-log';
import { markOf } from './file-mark.js';
import { readManifest } from './read-manifest.js';
import { snapshotDamaged } from './read-errors.js';
import { verifiedContent } from './verified-content.js';

/** Logical name of the search index in a snapshot. */
export const INDEX_NAME = 'index.sqlite';

interface Copy {
  bytes: number;
  /** What the file looked like when this process had written or checked it, null before. */
  mark: string | null;
}

/** A file that was checked; `mark`: what it looked like then (`markOf`). */
export interface CheckedCopy {
  path: string;
  mark: string;
}

/** An attempt of a district and source. */
export interface Attempt {
  district: string;
  source: string;
  entry: SnapshotEntry;
}

/** Where an index belongs: what the name of its local copy tells. */
export interface AttemptPlace {
  district: string;
  source: string;
  snapshot: string;
}

export const attemptName = ({ district, source, entry }: Attempt): string => nameOf({ district, source, snapshot: entry.snapshot });

/** The name of an open index and its local copy; ids hold no `~`. */
export const nameOf = ({ district, source, snapshot }: AttemptPlace): string => `${district}~${source}~${snapshot}`;

/** Local copies of index files under a limit of bytes: fetched and checked when they are needed, the least recently used deleted once `letGo` allows it. */
export class LocalCopies {
  /** In order of use, the least recent first. */
  readonly #copies = new Map<string, Copy>();
  #fetches = 0;

  constructor(private readonly store: ObjectStore, private readonly clock: Clock, private readonly folder: string, private readonly maxBytes: number, private readonly letGo: (name: string) => boolean) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const found = readdirSync(folder).filter((file) => {
      if (file.endsWith('.sqlite')) return true;
      rmSync(join(folder, file), { force: true, recursive: true });
      return false;
    });
    const known = found.map((file) => ({ name: file.slice(0, -'.sqlite'.length), stat: statSync(join(folder, file)) }));
    for (const { name, stat } of known.sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs)) this.#copies.set(name, { bytes: stat.size, mark: null });
  }

  /** Bytes on the local disk. */
  get bytes(): number {
    let bytes = 0;
    for (const copy of this.#copies.values()) bytes += copy.bytes;
    return bytes;
  }

  /** Every local copy, whether its log still knows it or not. */
  get places(): AttemptPlace[] {
    return [...this.#copies.keys()].map((name) => {
      const [district = '', source = '', snapshot = ''] = name.split('~');
      return { district, source, snapshot };
    });
  }

  /** How often an index was fetched from the store. */
  get fetches(): number {
    return this.#fetches;
  }

  /** A checked copy of an attempt's index; fetches it when there is none or it is not what the manifest says. */
  async checked(attempt: Attempt): Promise<CheckedCopy> {
    const name = attemptName(attempt);
    const path = this.#path(name);
    const copy = this.#copies.get(name);
    if (copy && this.#isUnchanged(name, copy)) return this.#used(name, copy);
    const manifest = await readManifest(this.store, attempt.entry);
    const file = manifest.files.find((candidate) => candidate.name === INDEX_NAME);
    if (!file) throw snapshotDamaged(attempt.entry.snapshot, 'The search index');
    if (copy?.mark !== null || !(await isContent(path, file))) await this.#fetch(attempt, file, path);
    return this.#used(name, { bytes: file.size, mark: null });
  }

  /** Deletes a copy by name. One that cannot be deleted stays known, to be tried again. */
  async drop(name: string): Promise<void> {
    const copy = this.#copies.get(name);
    this.#copies.delete(name);
    try {
      await rm(this.#path(name), { force: true });
    } catch (error) {
      if (copy) this.#copies.set(name, { ...copy, mark: null });
      throw error;
    }
  }

  /** Whether the file is still the one that was checked: nobody wrote to it, cut it or put another in its place. */
  #isUnchanged(name: string, { mark }: Copy): boolean {
    return mark !== null && markOf(this.#path(name)) === mark;
  }

  #path(name: string): string {
    return join(this.folder, `${name}.sqlite`);
  }

  #used(name: string, copy: Copy): CheckedCopy {
    this.#copies.delete(name);
    const path = this.#path(name);
    const seconds = this.clock.now() / 1000;
    utimesSync(path, seconds, seconds);
    const mark = markOf(path);
    this.#copies.set(name, { ...copy, mark });
    return { path, mark: mark ?? '' };
  }

  async #fetch(attempt: Attempt, file: ManifestFile, path: string): Promise<void> {
    await this.drop(attemptName(attempt));
    await this.#makeRoom(file.size);
    this.#fetches += 1;
    const arriving = `${path}.${this.#fetches}.arriving`;
    try {
      await pipeline(await verifiedContent(this.store, attempt.entry, file), createWriteStream(arriving, { mode: 0o400, flags: 'wx' }));
      await rename(arriving, path);
    } catch (error) {
      await rm(arriving, { force: true });
      if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') throw new ServiceError('unavailable', 'local_disk_full', 'The search service has no room on its disk for this index. Give it more, or lower SEARCH_DISK_MEGABYTES.', { retryable: true, retryAfterMs: 30_000, cause: error });
      throw error;
    }
  }

  async #makeRoom(bytes: number): Promise<void> {
    for (const name of [...this.#copies.keys()]) {
      if (this.bytes + bytes <= this.maxBytes) return;
      if (this.letGo(name)) await this.drop(name);
    }
  }
}

function fileSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

async function isContent(path: string, file: ManifestFile): Promise<boolean> {
  if (fileSize(path) !== file.size) return false;
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('hex') === file.sha256;
}
