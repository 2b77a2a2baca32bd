import { UnreadableIndexError } from '@lastgood/index-file/reader';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock } from '@lastgood/service-runtime';
import { type Attempt, attemptName, type AttemptPlace, LocalCopies, nameOf } from './local-copies.js';
import { snapshotDamaged } from './read-errors.js';
import type { IndexInThread } from './reading/index-in-thread.js';
import type { ReadingThread } from './reading/reading-thread.js';

export interface OpenIndexesOptions {
  folder: string;
  maxOpen: number;
  maxDiskBytes: number;
  /** Reads the files. */
  thread: ReadingThread;
}

interface OpenIndex {
  index: IndexInThread;
  path: string;
  users: number;
  /** Grows from lease to lease over all indexes. */
  lastUse: number;
  closing: boolean;
}

/** An open index while a request needs it; `release` exactly once. */
export interface IndexLease {
  index: IndexInThread;
  /** The file it reads: there until `release`, unless its snapshot expires. */
  path: string;
  release(): void;
}

/** Indexes by attempt, opened when they are asked for; the least recently used is closed, but never one that a request is using. */
export class OpenIndexes {
  readonly #open = new Map<string, OpenIndex>();
  #uses = 0;
  /** Indexes that are being opened or deleted: one of both at a time. */
  readonly #busy = new Map<string, Promise<void>>();
  /** Indexes whose file turned out to be broken or changed: whoever still holds one must not be answered from it. */
  readonly #distrusted = new WeakSet<IndexInThread>();
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
    return this.#leaseOf(open);
  }

  /** The attempt's index if it is open. */
  leaseOpen(attempt: Attempt): IndexLease | null {
    const name = attemptName(attempt);
    const open = this.#open.get(name);
    return open ? this.#leaseOf(open) : null;
  }

  /** Whether this index still stands for the local copy of the attempt: the file of one that was let go of may be gone, or another's. */
  isCurrent(attempt: Attempt, index: IndexInThread): boolean {
    return this.#open.get(attemptName(attempt))?.index === index;
  }

  /** Whether the file of this index was found broken or changed, now or before. */
  isDistrusted(index: IndexInThread): boolean {
    return this.#distrusted.has(index);
  }

  /** The local copy turned out to be broken under this index: the next lease fetches it again. */
  async discard(attempt: Attempt, broken: IndexInThread): Promise<void> {
    this.#distrusted.add(broken);
    if (this.isCurrent(attempt, broken)) await this.#remove(attemptName(attempt));
  }

  /** The local copy of an attempt cannot be trusted, whichever index reads it: the next lease fetches it again. */
  async renew(attempt: Attempt): Promise<void> {
    const name = attemptName(attempt);
    await this.#untilFree(name);
    const open = this.#open.get(name);
    if (open) this.#distrusted.add(open.index);
    await this.#remove(name);
  }

  /** Closes an index and deletes its local copy; requests that are using it finish on the file they have open. */
  async forget(place: AttemptPlace): Promise<void> {
    const name = nameOf(place);
    await this.#untilFree(name);
    await this.#remove(name);
  }

  /** Ends the thread with everything it has open. */
  async close(): Promise<void> {
    this.#open.clear();
    await this.options.thread.stop();
  }

  async #untilFree(name: string): Promise<void> {
    for (let busy = this.#busy.get(name); busy; busy = this.#busy.get(name)) await busy.catch(() => undefined);
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
    const { path, mark } = await this.#copies.checked(attempt);
    try {
      this.#open.set(name, { index: await this.options.thread.open(path, mark), path, users: 0, lastUse: 0, closing: false });
    } catch (error) {
      if (!(error instanceof UnreadableIndexError)) throw error;
      await this.#copies.drop(name);
      throw snapshotDamaged(attempt.entry.snapshot, 'The search index', error);
    }
    this.#closeUnused(name);
  }

  /** Closes the least recently used ones of which there are too many, but not `opened`. */
  #closeUnused(opened: string): void {
    const tooMany = this.#open.size - this.options.maxOpen;
    if (tooMany <= 0) return;
    const unused = [...this.#open].filter(([name, { users }]) => users === 0 && name !== opened).sort(([, a], [, b]) => a.lastUse - b.lastUse);
    for (const [name] of unused.slice(0, tooMany)) this.#close(name);
  }

  #leaseOf(open: OpenIndex): IndexLease {
    open.users += 1;
    // Out of the map and in again, for their order, would leave the garbage that `Pending` avoids.
    open.lastUse = ++this.#uses;
    return {
      index: open.index,
      path: open.path,
      release: () => {
        open.users -= 1;
        if (open.closing && open.users === 0) open.index.close();
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
    if (open.users === 0) open.index.close();
  }
}
