import { IndexReader, QueryWords, UnreadableIndexError } from '@lastgood/index-file';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock } from '@lastgood/service-runtime';
import { type Attempt, attemptName, type AttemptPlace, LocalCopies, nameOf } from './local-copies.js';
import { snapshotDamaged } from './read-errors.js';

export interface OpenIndexesOptions {
  folder: string;
  maxOpen: number;
  maxDiskBytes: number;
  cacheBytesEach: number;
}

interface OpenIndex {
  reader: IndexReader;
  path: string;
  users: number;
  closing: boolean;
}

/** An open index while a request needs it; `release` exactly once. */
export interface IndexLease {
  reader: IndexReader;
  /** The file it reads: there until `release`, unless its snapshot expires. */
  path: string;
  release(): void;
}

/** Indexes by attempt, opened when they are asked for; the least recently used is closed, but never one that a request is using. */
export class OpenIndexes {
  readonly #words = new QueryWords();
  /** In order of use, the least recent first. */
  readonly #open = new Map<string, OpenIndex>();
  /** Indexes that are being opened or deleted: one of both at a time. */
  readonly #busy = new Map<string, Promise<void>>();
  readonly #copies: LocalCopies;

  constructor(store: ObjectStore, clock: Clock, private readonly options: OpenIndexesOptions) {
    this.#copies = new LocalCopies(store, clock, options.folder, options.maxDiskBytes, (name) => this.#letGo(name));
  }

  get size(): number {
    return this.#open.size;
  }

  get bytesOnDisk(): number {
    return this.#copies.bytes;
  }

  get fetches(): number {
    return this.#copies.fetches;
  }

  /** Every index that this replica keeps on its disk. */
  get localCopies(): AttemptPlace[] {
    return this.#copies.places;
  }

  isOpen(attempt: Attempt): boolean {
    return this.#open.has(attemptName(attempt));
  }

  /** The attempt's index, fetched and opened when need be. Throws `snapshot_damaged`, or the store's error. */
  async lease(attempt: Attempt): Promise<IndexLease> {
    const name = attemptName(attempt);
    let open = this.#open.get(name);
    while (!open) {
      await (this.#busy.get(name) ?? this.#alone(name, () => this.#openNow(name, attempt)));
      open = this.#open.get(name);
    }
    return this.#leaseOf(name, open);
  }

  /** The attempt's index if it is open. */
  leaseOpen(attempt: Attempt): IndexLease | null {
    const name = attemptName(attempt);
    const open = this.#open.get(name);
    return open ? this.#leaseOf(name, open) : null;
  }

  /** Whether somebody wrote to the local copy that this reader has open, or put another in its place. One that was let go of is out of reach. */
  wasChanged(attempt: Attempt, reader: IndexReader): boolean {
    const name = attemptName(attempt);
    return this.#open.get(name)?.reader === reader && !this.#copies.isUnchanged(name);
  }

  /** The local copy turned out to be broken under this reader: the next lease fetches it again. */
  async discard(attempt: Attempt, broken: IndexReader): Promise<void> {
    const name = attemptName(attempt);
    if (this.#open.get(name)?.reader === broken) await this.#remove(name);
  }

  /** Closes an index and deletes its local copy; requests that are using it finish on the file they have open. */
  async forget(place: AttemptPlace): Promise<void> {
    const name = nameOf(place);
    for (let busy = this.#busy.get(name); busy; busy = this.#busy.get(name)) await busy.catch(() => undefined);
    await this.#remove(name);
  }

  close(): void {
    for (const name of [...this.#open.keys()]) this.#close(name);
    this.#words.close();
  }

  #remove(name: string): Promise<void> {
    this.#close(name);
    return this.#alone(name, () => this.#copies.drop(name));
  }

  #alone(name: string, work: () => Promise<void>): Promise<void> {
    const busy = work().finally(() => this.#busy.delete(name));
    this.#busy.set(name, busy);
    return busy;
  }

  async #openNow(name: string, attempt: Attempt): Promise<void> {
    const path = await this.#copies.pathOf(attempt);
    try {
      this.#open.set(name, { reader: new IndexReader(path, { words: this.#words, cacheBytes: this.options.cacheBytesEach }), path, users: 0, closing: false });
    } catch (error) {
      if (!(error instanceof UnreadableIndexError)) throw error;
      await this.#copies.drop(name);
      throw snapshotDamaged(attempt.entry.snapshot, 'The search index', error);
    }
    for (const [other, { users }] of [...this.#open]) {
      if (this.#open.size <= this.options.maxOpen) break;
      if (users === 0 && other !== name) this.#close(other);
    }
  }

  #leaseOf(name: string, open: OpenIndex): IndexLease {
    open.users += 1;
    this.#open.delete(name);
    this.#open.set(name, open);
    return {
      reader: open.reader,
      path: open.path,
      release: () => {
        open.users -= 1;
        if (open.closing && open.users === 0) open.reader.close();
      },
    };
  }

  #letGo(name: string): boolean {
    if (this.#busy.has(name) || (this.#open.get(name)?.users ?? 0) > 0) return false;
    this.#close(name);
    return true;
  }

  #close(name: string): void {
    const open = this.#open.get(name);
    if (!open) return;
    this.#open.delete(name);
    open.closing = true;
    if (open.users === 0) open.reader.close();
  }
}
