import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PageList, type Collection, type LandedPage, type PageListReference } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { BuildError, failure, type BuildSettings, type BuildThread, type BuiltDatasets, type Ingested, type LinkCounts } from './build-types.js';
import type { CollectionAnswer, IngestAsk } from './ingest-worker.js';
import { LandedAhead } from './landed-ahead.js';
import type { DatasetsAsk } from './write-datasets.js';
import type { BuiltIndex } from './write-index.js';
import type { ThreadRole } from './build-thread.js';

const PAGES_AHEAD = 3;
const MAX_STORED_PAGE_BYTES = 512 * 1024 ** 2;
const MAX_PAGE_LIST_BYTES = 256 * 1024 ** 2;

const NO_LINKS: LinkCounts = { links: 0, unresolved: 0, wrongKind: 0 };

/** Starts somebody who does a role of a build. */
export type OpenThread = (role: ThreadRole) => BuildThread;

/** Where a build works. */
export interface BuildPlace {
  /** Its own folder on the local disk. */
  folder: string;
  /** Folder of its epoch's staging in the store. */
  staging: string;
}

/** Everything a build made; the files lie in the session's folder until `remove`. */
export interface Built extends BuiltDatasets {
  pageLists: PageList[];
  ingested: Ingested;
  index: BuiltIndex;
}

/**
 * One build of one epoch of a run, in a folder of its own on the local disk. Collections may be ingested as soon as they are fetched, and be read
 * ahead while they land; `finish` ingests the rest. Nothing heavy runs in the calling thread. Call `remove` whatever happened.
 */
export class BuildSession {
  #ingest: BuildThread;
  readonly #threads: BuildThread[] = [];
  /** In the order they were ingested. */
  readonly #references = new Map<Collection, PageListReference>();
  readonly #lists = new Map<Collection, PageList>();
  readonly #ahead = new Map<Collection, LandedAhead>();
  readonly #looksAhead = new Set<Collection>();
  /** Until what was read ahead counted for nothing once, or everything is fetched. */
  #mayReadAhead = true;
  readonly #answers = new Map<Collection, CollectionAnswer>();
  readonly #writing: Promise<void>[] = [];
  #datasets: BuildThread | null = null;
  #links: Promise<LinkCounts> | null = null;
  #before: Promise<void> = Promise.resolve();
  #broken: unknown = null;

  private constructor(private readonly store: ObjectStore, private readonly place: BuildPlace, private readonly settings: BuildSettings, private readonly signal: AbortSignal, private readonly openThread: OpenThread) {
    this.#ingest = this.#thread('ingest');
  }

  /** Makes the local folder, which must not exist; leaves none when it rejects. */
  static async open(store: ObjectStore, place: BuildPlace, settings: BuildSettings, signal: AbortSignal, openThread: OpenThread): Promise<BuildSession> {
    await mkdir(place.folder, { recursive: false, mode: 0o700 });
    try {
      return new BuildSession(store, place, settings, signal, openThread);
    } catch (error) {
      await rm(place.folder, { recursive: true, force: true });
      throw error;
    }
  }

  get folder(): string {
    return this.place.folder;
  }

  /** Reads what has landed of a collection that is still fetched, after what was asked for before. Its trouble costs time only: `ingest` reads anew then. */
  readAhead(collection: Collection): void {
    if (this.#looksAhead.has(collection)) return;
    this.#looksAhead.add(collection);
    this.#before = this.#before.then(async () => {
      this.#looksAhead.delete(collection);
      if (this.#broken === null && this.#mayReadAhead && !this.#lists.has(collection)) await this.#readLanded(collection);
    });
  }

  /** Reads the pages of a fetched collection, after those asked for before; its trouble shows in `finish`. */
  ingest(reference: PageListReference): void {
    this.#before = this.#before.then(async () => {
      if (this.#broken === null && !this.#lists.has(reference.collection)) await this.#ingestCollection(reference);
    }).catch((error: unknown) => {
      this.#broken ??= error;
    });
  }

  /** Ingests what is missing, then completes datasets and index side by side. Rejects with BuildError, ObjectStoreError or the reason of the signal. */
  async finish(references: readonly PageListReference[], onIngested: () => void): Promise<Built> {
    for (const reference of references) this.ingest(reference);
    this.#before = this.#before.then(async () => {
      this.#mayReadAhead = false;
      if (this.#broken === null && [...this.#ahead.keys()].some((collection) => !this.#lists.has(collection))) await this.#startAnew();
    }).catch((error: unknown) => {
      this.#broken ??= error;
    });
    await this.#before;
    if (this.#broken !== null) throw this.#broken;
    this.signal.throwIfAborted();
    await this.#join();
    await this.#ingest.ask<void>({ do: 'teachers' } satisfies IngestAsk);
    onIngested();
    if (this.#answers.has('classes')) this.#write('classes');
    const [links, datasets, index] = await Promise.all([this.#links, this.#written(), this.#ingest.ask<BuiltIndex>({ do: 'index' } satisfies IngestAsk)]);
    this.signal.throwIfAborted();
    return { ...datasets, index, ingested: this.#ingested(links ?? NO_LINKS), pageLists: references.flatMap(({ collection }) => this.#lists.get(collection) ?? []) };
  }

  /** Ends the threads and removes the folder. */
  async remove(): Promise<void> {
    this.#broken ??= new Error('The build was removed.');
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
    await this.#before;
    await rm(this.folder, { recursive: true, force: true });
  }

  /** All users are known: their links are joined while other collections are read; trouble shows in who waits for it. */
  async #join(): Promise<void> {
    if (this.#links !== null) return;
    await this.#ingest.ask<void>({ do: 'people' } satisfies IngestAsk);
    this.#links = this.#datasetsThread().ask<LinkCounts>({ do: 'join' } satisfies DatasetsAsk);
    this.#links.catch(() => undefined);
  }

  /** Begins to write the datasets of an ingested collection; trouble shows in `#written`. */
  #write(collection: Collection): void {
    const written = this.#datasetsThread().ask<void>({ do: 'write', collection } satisfies DatasetsAsk);
    written.catch(() => undefined);
    this.#writing.push(written);
  }

  async #written(): Promise<BuiltDatasets> {
    await Promise.all(this.#writing);
    return this.#datasetsThread().ask<BuiltDatasets>({ do: 'finish' } satisfies DatasetsAsk);
  }

  #datasetsThread(): BuildThread {
    return (this.#datasets ??= this.#thread('datasets'));
  }

  /** None is started any more once the build is removed or broken. */
  #thread(role: ThreadRole['role']): BuildThread {
    if (this.#broken !== null) throw this.#broken;
    const thread = this.openThread({ role, folder: this.folder, settings: this.settings });
    this.#threads.push(thread);
    return thread;
  }

  #ingested(links: LinkCounts): Ingested {
    const rows: Ingested['rows'] = {};
    let duplicates = 0;
    for (const [collection, answer] of this.#answers) {
      rows[collection] = answer.rows;
      duplicates += answer.duplicates;
    }
    return { rows, duplicates, links };
  }

  async #ingestCollection(reference: PageListReference): Promise<void> {
    const list = await this.#readList(reference);
    // Whoever could not read a page may have harmed what others go into.
    if ([...this.#ahead.values()].some(({ isBroken }) => isBroken) || this.#ahead.get(list.collection)?.isBeginningOf(list.pages) === false) await this.#startAnew();
    this.#lists.set(reference.collection, list);
    this.#references.set(reference.collection, reference);
    if (list.missing !== null) return;
    const { collection } = list;
    const rest = list.pages.slice(this.#ahead.get(collection)?.pages.length ?? 0);
    await this.#takePages(collection, rest, (page, bytes) => this.#ingest.ask<void>({ do: 'page', collection, page, bytes } satisfies IngestAsk));
    if (this.#broken !== null) return;
    const answer = await this.#ingest.ask<CollectionAnswer>({ do: 'finish', collection } satisfies IngestAsk);
    if (answer.rows + answer.duplicates !== list.rows) {
      throw new BuildError(failure('rows_disagree', `The pages of ${collection} hold ${answer.rows + answer.duplicates} rows, their page list says ${list.rows}.`, { collection, retryable: true }));
    }
    this.#answers.set(collection, answer);
    // Datasets are written while later collections still come; users once their links are joined, classes once all teachers are known.
    if (collection === 'users') await this.#join();
    if (collection !== 'classes') this.#write(collection);
  }

  async #readLanded(collection: Collection): Promise<void> {
    const ahead = this.#ahead.get(collection) ?? new LandedAhead(this.store, `${this.place.staging}${collection}/`);
    this.#ahead.set(collection, ahead);
    try {
      await this.#takePages(collection, ahead.since(), async (page, bytes) => {
        ahead.pages.push(await this.#ingest.ask<LandedPage>({ do: 'ahead', collection, page, bytes } satisfies IngestAsk));
      });
    } catch {
      ahead.giveUp();
    }
  }

  /** Hands pages to the ingest thread in their order, a few at once. */
  async #takePages<Page extends Pick<LandedPage, 'key' | 'offset'>>(collection: Collection, pages: Iterable<Page> | AsyncIterable<Page>, take: (page: Page, bytes: Buffer) => Promise<void>): Promise<void> {
    const under = new Set<Promise<void>>();
    for await (const page of pages) {
      this.signal.throwIfAborted();
      if (this.#broken !== null) return;
      const bytes = await this.#readStaged(page.key, MAX_STORED_PAGE_BYTES, collection, page.offset);
      // One that failed stays, so that whoever waits next hears of it.
      const taken = take(page, bytes).then(() => void under.delete(taken));
      taken.catch(() => undefined);
      under.add(taken);
      if (under.size >= PAGES_AHEAD) await Promise.race(under);
    }
    await Promise.all(under);
  }

  /** What was read ahead is not what was fetched: everything is made again, from the page lists that were ingested, and nothing is read ahead any more. */
  async #startAnew(): Promise<void> {
    this.#mayReadAhead = false;
    await Promise.all(this.#threads.splice(0).map((thread) => thread.terminate()));
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { mode: 0o700 });
    this.#ingest = this.#thread('ingest');
    this.#datasets = this.#links = null;
    this.#writing.length = 0;
    const references = [...this.#references.values()];
    for (const made of [this.#references, this.#lists, this.#ahead, this.#answers]) made.clear();
    for (const reference of references) await this.#ingestCollection(reference);
  }

  async #readList(reference: PageListReference): Promise<PageList> {
    const bytes = await this.#readStaged(reference.key, MAX_PAGE_LIST_BYTES, reference.collection, null);
    const matches = bytes.length === reference.size && createHash('sha256').update(bytes).digest('hex') === reference.sha256;
    const list = matches ? PageList.safeParse(JSON.parse(bytes.toString('utf8'))) : null;
    if (list?.success !== true || list.data.collection !== reference.collection) {
      throw new BuildError(failure('staging_damaged', `The page list of ${reference.collection} is damaged. The next run fetches it anew.`, { collection: reference.collection, retryable: true }));
    }
    return list.data;
  }

  async #readStaged(key: string, maxBytes: number, collection: Collection, offset: number | null): Promise<Buffer> {
    try {
      return await this.store.read(key, maxBytes);
    } catch (cause) {
      if (!(cause instanceof ObjectStoreError) || cause.kind !== 'not-found') throw cause;
      throw new BuildError(failure('staging_lost', `A landed file of ${collection} is gone. The next run fetches it anew.`, { collection, offset, retryable: true }), [], { cause });
    }
  }
}

/** Folder of one epoch's build below the service's own folder. */
export function buildFolder(root: string, of: { run: string; epoch: number }): string {
  return join(root, `${of.epoch}-${of.run}`);
}
