import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DistrictConfig, SearchQuery, ServiceError } from '@lastgood/contracts';
import { DirectoryObjectStore } from '@lastgood/object-store';
import { Districts, LocalFolder, Log, type LogFields, Metrics, Readiness, SystemClock } from '@lastgood/service-runtime';
import { SearchConfig } from '../config.js';
import { Search } from '../search.js';
import { GatedStore } from './gated-store.js';
import { WritingSide } from './writing-side.js';

/** Keeps the lines of a log. */
export class KeptLog extends Log {
  readonly lines: { message: string; fields: LogFields }[] = [];
  debug(): void {}
  info(message: string, fields: LogFields = {}): void {
    this.lines.push({ message, fields });
  }
  warn(message: string, fields: LogFields = {}): void {
    this.lines.push({ message, fields });
  }
  error(message: string, _error?: unknown, fields: LogFields = {}): void {
    this.lines.push({ message, fields });
  }
  with(): Log {
    return this;
  }
}

const source = (id: string) => ({ id, kind: 'oneroster-1.1', baseUrl: 'http://127.0.0.1:9/', auth: { kind: 'none' } });

/** Districts `oak` (one source) and `elm` (two), and as many more as a test wants. */
export const districts = (more = 0): Districts => new Districts([
  DistrictConfig.parse({ id: 'oak', name: 'Oak', sources: [source('sis')] }),
  DistrictConfig.parse({ id: 'elm', name: 'Elm', sources: [source('one'), source('two')] }),
  ...Array.from({ length: more }, (_, index) => DistrictConfig.parse({ id: `d${index}x`, name: 'More', sources: [source('sis')] })),
]);

/** A bucket in a folder of its own, with writing and reading sides on it. */
export class TestBucket {
  readonly #searches: Search[] = [];
  private constructor(readonly folder: string, readonly store: DirectoryObjectStore, readonly gated: GatedStore) {}

  static async open(): Promise<TestBucket> {
    const folder = await mkdtemp(join(tmpdir(), 'lastgood-search-'));
    const store = await DirectoryObjectStore.open({ root: join(folder, 'bucket') });
    return new TestBucket(folder, store, new GatedStore(store));
  }

  writer(district = 'oak', sourceId = 'sis'): WritingSide {
    return new WritingSide(this.store, district, sourceId, this.folder);
  }

  /** A replica of the search service with a local folder of its own, or a named one that outlives it. */
  replica(settings: Record<string, string> = {}, local = `local-${this.#searches.length}`, of = districts()): { search: Search; readiness: Readiness; metrics: Metrics; log: KeptLog; local: string } {
    const [readiness, metrics, log] = [new Readiness(), new Metrics(), new KeptLog()];
    const path = join(this.folder, local);
    const search = new Search({ store: this.gated, districts: of, clock: new SystemClock(), log, metrics, readiness, folder: new LocalFolder(path) }, SearchConfig.parse(settings));
    this.#searches.push(search);
    return { search, readiness, metrics, log, local: join(path, 'indexes') };
  }

  async close(): Promise<void> {
    for (const search of this.#searches) await search.stop();
    await this.store.close();
    await rm(this.folder, { recursive: true });
  }
}

/** A search as the route would ask it, parsed. */
export async function ask(search: Search, district: string, query: Record<string, unknown> = {}): Promise<{ source: string; snapshot: { id: string; createdAt: string; logNumber: number; status: string } | null; names: (string | null)[]; nextCursor: string | null }[]> {
  const { body } = await search.data.search(district, 'students', SearchQuery.parse(query), undefined);
  const answer = JSON.parse(String(body)) as { sources: { source: string; snapshot: { id: string; createdAt: string; logNumber: number; status: string } | null; items: { familyName: string | null }[]; nextCursor: string | null }[] };
  return answer.sources.map(({ source: id, snapshot, items, nextCursor }) => ({ source: id, snapshot, names: items.map(({ familyName }) => familyName), nextCursor }));
}

/** The code of the error a promise ends in. */
export async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(() => 'no error', (error: unknown) => (error instanceof ServiceError ? error.code : String(error)));
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
