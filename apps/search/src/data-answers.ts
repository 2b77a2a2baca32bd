import { REPLICA_BEHIND, ServiceError, type DistrictConfig, type SearchQuery } from '@lastgood/contracts';
import type { SearchedDataset } from '@lastgood/index-file/reader';
import type { Districts } from '@lastgood/service-runtime';
import type { SnapshotEntry } from '@lastgood/snapshot-log';
import { joined, type Piece } from './answer-bytes.js';
import { ANY_AGE, type AtLeast } from './at-least.js';
import { invalidCursor, questionOf, readCursor, writeCursor } from './cursors.js';
import { problemOf } from './read-errors.js';
import type { Reading } from './reading/index-in-thread.js';
import { referenceOf, type Question, type Serving, type ServingSources } from './serving-sources.js';

/** An answer ready to send. `body`: JSON as UTF-8, null when the client has it already. */
export interface DataAnswer {
  body: Buffer | null;
  etag: string;
  /** Value of `Lastgood-Snapshot`: `source=snapshot`, separated by commas. */
  snapshots: string;
  /** Value of `Lastgood-Log`: the log number that each source answers from; empty for a page of a cursor, which keeps its snapshot. */
  logNumbers: string;
  /** Value of `Lastgood-Count`: the people or classes in the body. */
  count: number;
}

interface Asked {
  sources: readonly string[];
  serve: (source: string) => Promise<Serving | null>;
  /** A tag from what each source would answer from. */
  etag: (states: readonly (string | undefined)[]) => string;
  /** `If-None-Match`. */
  has: string | undefined;
  atLeast: AtLeast;
  /** A cursor's snapshot answers, whatever is current. */
  pinned: boolean;
}

/** What one source adds to an answer. */
interface Part {
  source: string;
  /** JSON of the snapshot reference, null without a snapshot. */
  reference: string | null;
  /** Its share of the body, null when there is none. */
  share: readonly Piece[] | null;
  /** How many people or classes that share holds. */
  rows: number;
  problem: ServiceError | null;
}

type Share = Pick<Part, 'share' | 'rows'>;

/** What answers say of a snapshot, as JSON, and its log number. */
interface Said {
  text: string;
  logNumber: number;
}

const NO_FACETS = '"schools":[],"grades":[],"roles":[]';
const NOTHING_FOUND = '"count":{"value":0,"capped":false},"items":[],"nextCursor":null';

/** Times one question to one index, seconds. */
export type QueryTimer = (dataset: SearchedDataset, seconds: number) => void;

/** Search and detail over the sources of a district, side by side; bodies are put together from bytes that the reading thread gives. */
export class DataAnswers {
  /** Entries of a log are never changed. */
  readonly #references = new WeakMap<SnapshotEntry, Said>();

  constructor(private readonly districts: Districts, private readonly serving: ServingSources, private readonly timed: QueryTimer) {}

  /** A page per source. Throws `no_snapshot_yet` when none of the sources asked has a snapshot, and a source's problem when no other can be answered. */
  async search(district: string, dataset: SearchedDataset, query: SearchQuery, has: string | undefined, atLeast = ANY_AGE): Promise<DataAnswer> {
    const config = this.districts.get(district);
    const question = [district, dataset, query.q, query.school, query.grade, query.role];
    const cursor = query.cursor === undefined ? null : readCursor(query.cursor, questionOf(...question));
    if (cursor && query.source !== undefined && query.source !== cursor.source) throw invalidCursor();
    const after = cursor?.row ?? 0;
    const asked: Asked = {
      sources: this.#asked(config, query.source ?? cursor?.source),
      serve: (source) => (cursor ? this.serving.pinned(district, source, cursor.snapshot, atLeast) : this.serving.current(district, source, atLeast)),
      etag: (states) => questionOf(...question, query.similar, String(query.limit), String(after), ...states),
      has, atLeast, pinned: cursor !== null,
    };
    return this.#answer(asked, async (serving) => {
      const { q, school, grade, role, similar, limit } = query;
      const page = await this.#timed(dataset, serving, (index) => index.page(dataset, { q, school, grade, role, similar, limit, after }));
      const next = page.next === null ? 'null' : `"${writeCursor({ source: serving.source, snapshot: serving.attempt.entry.snapshot, row: page.next }, questionOf(...question))}"`;
      return { share: [`"count":{"value":${page.value},"capped":${page.capped}},"items":[`, page.text ?? '', `],"nextCursor":${next}`], rows: page.rows + page.similar };
    }, (parts) => sideBySide(district, parts, NOTHING_FOUND));
  }

  /** What searches of every source can be filtered by. */
  async filters(district: string, source: string | undefined, has: string | undefined, atLeast = ANY_AGE): Promise<DataAnswer> {
    const asked: Asked = {
      sources: this.#asked(this.districts.get(district), source),
      serve: (each) => this.serving.current(district, each, atLeast),
      etag: (states) => questionOf(district, 'filters', source, ...states),
      has, atLeast, pinned: false,
    };
    return this.#answer(asked, async (serving) => ({ share: [(await this.serving.answer(serving, (index) => index.facets())).text ?? ''], rows: 0 }), (parts) => sideBySide(district, parts, NO_FACETS));
  }

  /** The record of a sourcedId in every source that knows it, with its upstream record or without; `not_found` when none does, unless one that cannot be read might. */
  async detail(district: string, dataset: SearchedDataset, sourcedId: string, source: string | undefined, has: string | undefined, atLeast = ANY_AGE, withRecord = true): Promise<DataAnswer> {
    const asked: Asked = {
      sources: this.#asked(this.districts.get(district), source),
      serve: (each) => this.serving.current(district, each, atLeast),
      etag: (states) => questionOf(district, dataset, sourcedId, withRecord ? 'detail' : 'detail without record', ...states),
      has, atLeast, pinned: false,
    };
    return this.#answer(asked, async (serving) => {
      const { text } = await this.#timed(dataset, serving, (index) => index.record(dataset, sourcedId, withRecord));
      return text === null ? { share: null, rows: 0 } : { share: [text], rows: 1 };
    }, (parts) => {
      const known = parts.filter(({ share }) => share !== null);
      const broken = parts.flatMap(({ source: id, problem }) => (problem ? [{ source: id, problem }] : []));
      if (known.length === 0) throw broken[0]?.problem ?? new ServiceError('not-found', 'not_found', 'The current snapshots hold no such record.', { retryable: false });
      const entries = known.flatMap(({ source: id, reference, share }, at): Piece[] => [`${at === 0 ? '' : ','}{"source":"${id}","snapshot":${reference},"item":`, ...(share ?? []), '}']);
      const problems = broken.length === 0 ? '' : `,"problems":${JSON.stringify(broken.map((each) => ({ source: each.source, ...problemOf(each.problem) })))}`;
      return [`{"district":"${district}","sources":[`, ...entries, `]${problems}}`];
    });
  }

  #asked(config: DistrictConfig, source: string | undefined): string[] {
    return source === undefined ? config.sources.map(({ id }) => id) : [this.districts.source(config.id, source).id];
  }

  /**
   * Asks every source on its own, so that one which cannot be read leaves the others theirs: `share` gives a source's part of the body, `whole` the
   * body. A problem that leaves nothing to answer is thrown.
   */
  async #answer(asked: Asked, share: (serving: Serving) => Promise<Share>, whole: (parts: readonly Part[]) => Piece[]): Promise<DataAnswer> {
    const settled = await Promise.allSettled(asked.sources.map(asked.serve));
    const servings = settled.map((one) => (one.status === 'fulfilled' ? one.value : null));
    try {
      const parts = settled.map((one, index): Part => {
        const source = asked.sources[index] ?? '';
        if (one.status === 'rejected') return { ...emptyPart(source), problem: asProblem(one.reason) };
        return one.value ? { ...emptyPart(source), reference: this.#referenceOf(one.value.attempt.entry) } : emptyPart(source);
      });
      refuseEmpty(parts);
      if (asked.atLeast.whole) refuseBehind(parts);
      const known = tagOf(asked, parts);
      if (clientHas(asked.has, known)) return { body: null, etag: known, count: 0, ...this.#namesOf(asked, servings) };
      for (const [index, serving] of servings.entries()) if (serving) parts[index] = await read(parts[index] as Part, serving, share);
      refuseEmpty(parts);
      const tag = parts.some(({ problem }) => problem) ? tagOf(asked, parts) : known;
      return { body: joined(whole(parts)), etag: tag, count: parts.reduce((sum, { rows }) => sum + rows, 0), ...this.#namesOf(asked, servings.filter((_, index) => parts[index]?.problem === null)) };
    } finally {
      for (const serving of servings) serving?.lease.release();
    }
  }

  #referenceOf(entry: SnapshotEntry): string {
    return this.#said(entry).text;
  }

  #namesOf({ pinned }: Asked, servings: readonly (Serving | null)[]): Pick<DataAnswer, 'snapshots' | 'logNumbers'> {
    const answered = servings.filter((serving) => serving !== null);
    const names = (name: (entry: SnapshotEntry) => string | number): string => answered.map(({ source, attempt }) => `${source}=${name(attempt.entry)}`).join(', ');
    return { snapshots: names(({ snapshot }) => snapshot), logNumbers: pinned ? '' : names((entry) => this.#said(entry).logNumber) };
  }

  #said(entry: SnapshotEntry): Said {
    let said = this.#references.get(entry);
    if (said === undefined) {
      const reference = referenceOf(entry);
      this.#references.set(entry, (said = { text: JSON.stringify(reference), logNumber: reference.logNumber }));
    }
    return said;
  }

  async #timed(dataset: SearchedDataset, serving: Serving, question: Question): Promise<Reading> {
    const reading = await this.serving.answer(serving, question);
    this.timed(dataset, reading.seconds);
    return reading;
  }
}

export function noSnapshotYet(): ServiceError {
  return new ServiceError('unavailable', 'no_snapshot_yet', 'Nothing was published here yet. Start a refresh, or wait for the one that runs.', { retryable: true, retryAfterMs: 10_000 });
}

const emptyPart = (source: string): Part => ({ source, reference: null, share: null, rows: 0, problem: null });

/** The body of an answer that names every source; `nothing`: the share of those that have none. */
function sideBySide(district: string, parts: readonly Part[], nothing: string): Piece[] {
  const entries = parts.flatMap(({ source, reference, share, problem }, at): Piece[] =>
    [`${at === 0 ? '' : ','}{"source":"${source}","snapshot":${reference ?? 'null'},`, ...(share ?? [nothing]), problem ? `,"problem":${JSON.stringify(problemOf(problem))}}` : '}']);
  return [`{"district":"${district}","sources":[`, ...entries, ']}'];
}

async function read(part: Part, serving: Serving, share: (serving: Serving) => Promise<Share>): Promise<Part> {
  try {
    return { ...part, ...(await share(serving)) };
  } catch (error) {
    return { ...emptyPart(part.source), problem: asProblem(error) };
  }
}

/** Only what clients may see may stand in an answer; anything else is a fault of the program and fails it. */
function asProblem(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  throw error;
}

function refuseEmpty(parts: readonly Part[]): void {
  if (parts.some(({ reference }) => reference !== null)) return;
  throw parts.find(({ problem }) => problem)?.problem ?? noSnapshotYet();
}

/** A source that lags behind what the client saw: another replica may have all of them. */
function refuseBehind(parts: readonly Part[]): void {
  const behind = parts.find(({ problem }) => problem?.code === REPLICA_BEHIND);
  if (behind?.problem) throw behind.problem;
}

function tagOf({ etag }: Asked, parts: readonly Part[]): string {
  return `"${etag(parts.map(({ source, reference, problem }) => (problem ? `${source}!${problem.code}` : reference === null ? undefined : `${source}=${reference}`)))}"`;
}

/** Whether `If-None-Match` names this tag (RFC 9110, weak comparison). */
export function clientHas(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
