import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { Collection, pageListKey, stagingPageKey, type EventData, type LandedPage, type PageList, type PageListReference, type RunFailure } from '@lastgood/contracts';
import type { EventBus, Subscription } from '@lastgood/event-bus';
import type { ObjectStore } from '@lastgood/object-store';
import type { UpstreamRecords } from './sample-district.js';

type Request = EventData<'refresh.requested'>;

/** What the fetcher does with the next request. */
export interface FetchPlan {
  records: UpstreamRecords;
  pageSize?: number;
  /** Gives another order of the records before they are paged. */
  arrange?<T>(records: T[], collection: Collection): T[];
  missing?: Collection[];
  /** The round that the walk of every collection ended with, 0 when absent. */
  round?: number;
  /** Waited for after every page, with the rows of its collection that lie in staging by then. */
  landed?(request: Request, collection: Collection, rows: number): Promise<void>;
  failure?: RunFailure;
  /** Never answers. */
  silent?: boolean;
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const time = '2026-09-01T00:00:00.000Z';

/** Stands for the fetcher in tests of the writer: lands the planned records as pages and says so on the bus. */
export class FakeFetcher {
  readonly requests: Request[] = [];
  readonly cancelled: EventData<'refresh.cancelled'>[] = [];
  plan: FetchPlan = { records: {} };
  #subscription: Subscription | null = null;

  constructor(private readonly bus: EventBus, private readonly store: ObjectStore) {}

  async start(): Promise<void> {
    this.#subscription = await this.bus.subscribe('fetcher', async (event) => {
      if (event.type === 'refresh.cancelled') this.cancelled.push(event.data as EventData<'refresh.cancelled'>);
      if (event.type === 'refresh.requested') await this.#take(event.data as Request);
    });
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop();
  }

  /** Lands everything a plan says for a request; the references in order of collection. */
  async land(request: Request, plan: FetchPlan): Promise<PageListReference[]> {
    const references: PageListReference[] = [];
    for (const collection of Collection.options) {
      const records = plan.records[collection];
      const missing = plan.missing?.includes(collection) ?? false;
      if (records === undefined && !missing) continue;
      references.push(await this.#landCollection(request, collection, missing ? null : records ?? [], plan));
    }
    return references;
  }

  /** The data of `refresh.fetched` for landed references. */
  fetched(request: Request, pageLists: PageListReference[]): EventData<'refresh.fetched'> {
    const { district, source, run, epoch } = request;
    const records = pageLists.reduce((sum, { rows }) => sum + rows, 0);
    return { district, source, run, epoch, pageLists, stats: { calls: pageLists.length, records, retries: 0, durationMs: 5 } };
  }

  async #take(request: Request): Promise<void> {
    this.requests.push(request);
    const { district, source, run, epoch } = request;
    if (this.plan.silent) return;
    if (this.plan.failure) {
      await this.bus.publish('fetch.failed', { district, source, run, epoch, failure: this.plan.failure, calls: 1, retries: 0 });
      return;
    }
    const references = await this.land(request, this.plan);
    await this.bus.publish('fetch.progress', {
      district, source, run, epoch, collection: null,
      collections: references.map(({ collection, rows }) => ({ collection, state: 'fetched', pages: 1, records: rows, toldTotal: rows, duplicates: 0, calls: 1, retries: 0, restarts: 0, evidence: 'total' })),
    });
    for (const pageList of references) await this.bus.publish('collection.fetched', { district, source, run, epoch, pageList });
    await this.bus.publish('refresh.fetched', this.fetched(request, references));
  }

  /** Lands one page; what a page list says of it. */
  async landPage({ district, source, run, epoch }: Request, at: { collection: Collection; offset: number; round: number }, rows: readonly Record<string, unknown>[]): Promise<LandedPage> {
    const bytes = zstdCompressSync(Buffer.from(rows.map((record) => `${JSON.stringify(record)}\n`).join('')));
    const key = stagingPageKey({ district, source, run, epoch, ...at });
    await this.store.create(key, bytes);
    return { key, offset: at.offset, rows: rows.length, sha256: sha256(bytes), size: bytes.length };
  }

  async #landCollection(request: Request, collection: Collection, records: Record<string, unknown>[] | null, plan: FetchPlan): Promise<PageListReference> {
    const { district, source, run, epoch } = request;
    const of = { district, source, run, epoch, collection };
    const pages: LandedPage[] = [];
    const arranged = records === null ? [] : plan.arrange?.([...records], collection) ?? records;
    const pageSize = plan.pageSize ?? 100;
    for (let offset = 0; offset < arranged.length; offset += pageSize) {
      const rows = arranged.slice(offset, offset + pageSize);
      pages.push(await this.landPage(request, { collection, offset, round: plan.round ?? 0 }, rows));
      await plan.landed?.(request, collection, offset + rows.length);
    }
    const list: PageList = {
      version: 1, ...of, pages, rows: arranged.length, duplicates: 0, toldTotal: arranged.length, revision: null, evidence: 'total',
      missing: records === null ? { code: 'scope_refused', message: 'The upstream answered 403.' } : null,
      calls: pages.length, retries: 0, restarts: 0, adopted: 0, startedAt: time, finishedAt: time,
    };
    const bytes = Buffer.from(JSON.stringify(list));
    await this.store.create(pageListKey(of), bytes);
    return { collection, key: pageListKey(of), sha256: sha256(bytes), size: bytes.length, rows: arranged.length };
  }
}
