import { ServiceError, type DistrictConfig, type SearchQuery } from '@lastgood/contracts';
import type { SearchedDataset } from '@lastgood/index-file';
import type { Districts } from '@lastgood/service-runtime';
import { invalidCursor, questionOf, readCursor, writeCursor } from './cursors.js';
import { referenceOf, type Serving, type ServingSources } from './serving-sources.js';

/** An answer ready to send. `body` is null when the client has it already. */
export interface DataAnswer {
  body: string | null;
  etag: string;
  /** Value of `Lastgood-Snapshot`: `source=snapshot`, separated by commas. */
  snapshots: string;
}

/** Times one question to one index, seconds. */
export type QueryTimer = (dataset: SearchedDataset, seconds: number) => void;

/** Search and detail over the sources of a district, side by side; bodies are put together from texts the index holds. */
export class DataAnswers {
  constructor(private readonly districts: Districts, private readonly serving: ServingSources, private readonly timed: QueryTimer) {}

  /** A page per source. Throws `no_snapshot_yet` when none of the sources asked has a snapshot. */
  async search(district: string, dataset: SearchedDataset, query: SearchQuery, has: string | undefined): Promise<DataAnswer> {
    const config = this.districts.get(district);
    const question = questionOf(district, dataset, query.q, query.school, query.grade);
    const cursor = query.cursor === undefined ? null : readCursor(query.cursor, question);
    if (cursor && query.source !== undefined && query.source !== cursor.source) throw invalidCursor();
    const sources = this.#asked(config, query.source ?? cursor?.source);
    const etag = (servings: readonly (Serving | null)[]): string => etagOf(servings, question, String(query.limit), String(cursor?.row ?? 0));
    return this.#withServings(sources, (source) => (cursor ? this.serving.pinned(district, source, cursor.snapshot) : this.serving.current(district, source)), async (servings) => {
      if (clientHas(has, etag(servings))) return null;
      const parts: string[] = [];
      for (const [index, serving] of servings.entries()) {
        const source = JSON.stringify(sources[index]);
        if (!serving) {
          parts.push(`{"source":${source},"snapshot":null,"count":{"value":0,"capped":false},"items":[],"nextCursor":null}`);
          continue;
        }
        const page = await this.#timed(dataset, serving, (reader) => reader.search(dataset, { q: query.q, school: query.school, grade: query.grade, limit: query.limit, after: cursor?.row ?? 0 }));
        const next = page.next === null ? 'null' : `"${writeCursor({ source: serving.source, snapshot: serving.attempt.entry.snapshot, row: page.next }, question)}"`;
        parts.push(`{"source":${source},"snapshot":${JSON.stringify(referenceOf(serving.attempt.entry))},"count":{"value":${page.count.value},"capped":${page.count.capped}},"items":[${page.items}],"nextCursor":${next}}`);
      }
      return `{"district":${JSON.stringify(district)},"sources":[${parts.join(',')}]}`;
    }, etag);
  }

  /** The record of a sourcedId in every source that knows it; `not_found` when none does. */
  async detail(district: string, dataset: SearchedDataset, sourcedId: string, source: string | undefined, has: string | undefined): Promise<DataAnswer> {
    const sources = this.#asked(this.districts.get(district), source);
    const etag = (servings: readonly (Serving | null)[]): string => etagOf(servings, district, dataset, sourcedId, 'detail');
    return this.#withServings(sources, (each) => this.serving.current(district, each), async (servings) => {
      if (clientHas(has, etag(servings))) return null;
      const parts: string[] = [];
      for (const serving of servings) {
        if (!serving) continue;
        const item = await this.#timed(dataset, serving, (reader) => (dataset === 'classes' ? reader.class(sourcedId) : reader.person(dataset, sourcedId)));
        if (item !== null) parts.push(`{"source":${JSON.stringify(serving.source)},"snapshot":${JSON.stringify(referenceOf(serving.attempt.entry))},"item":${item}}`);
      }
      if (parts.length === 0) throw new ServiceError('not-found', 'not_found', 'The current snapshots hold no such record.', { retryable: false });
      return `{"district":${JSON.stringify(district)},"sources":[${parts.join(',')}]}`;
    }, etag);
  }

  #asked(config: DistrictConfig, source: string | undefined): string[] {
    return source === undefined ? config.sources.map(({ id }) => id) : [this.districts.source(config.id, source).id];
  }

  async #withServings(
    sources: readonly string[], serve: (source: string) => Promise<Serving | null>, body: (servings: readonly (Serving | null)[]) => Promise<string | null>,
    etag: (servings: readonly (Serving | null)[]) => string,
  ): Promise<DataAnswer> {
    const settled = await Promise.allSettled(sources.map(serve));
    const servings = settled.map((one) => (one.status === 'fulfilled' ? one.value : null));
    try {
      for (const one of settled) if (one.status === 'rejected') throw one.reason;
      const there = servings.filter((serving) => serving !== null);
      if (there.length === 0) throw noSnapshotYet();
      const snapshots = there.map(({ source, attempt }) => `${source}=${attempt.entry.snapshot}`).join(', ');
      return { body: await body(servings), etag: etag(servings), snapshots };
    } finally {
      for (const serving of servings) serving?.lease.release();
    }
  }

  async #timed<T>(dataset: SearchedDataset, serving: Serving, question: (reader: Serving['lease']['reader']) => T): Promise<T> {
    const start = process.hrtime.bigint();
    const answer = await this.serving.answer(serving, question);
    this.timed(dataset, Number(process.hrtime.bigint() - start) / 1e9);
    return answer;
  }
}

export function noSnapshotYet(): ServiceError {
  return new ServiceError('unavailable', 'no_snapshot_yet', 'Nothing was published here yet. Start a refresh, or wait for the one that runs.', { retryable: true, retryAfterMs: 10_000 });
}

function etagOf(servings: readonly (Serving | null)[], ...question: string[]): string {
  return `"${questionOf(...question, ...servings.map((serving) => (serving ? `${serving.source}=${serving.attempt.entry.snapshot}@${referenceOf(serving.attempt.entry).logNumber}` : undefined)))}"`;
}

/** Whether `If-None-Match` names this tag (RFC 9110, weak comparison). */
export function clientHas(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
