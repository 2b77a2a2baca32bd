import type { Readable } from 'node:stream';
import {
  REPLICA_BEHIND, ServiceError, writeLogNumbers, type Manifest, type ManifestFile, type PublishedAnswer, type ReadStatus, type SnapshotDetail, type SnapshotsAnswer, type SnapshotsQuery, type SourceReadStatus,
} from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import type { Clock, Districts } from '@lastgood/service-runtime';
import { heldSnapshots, isExpired, wasPublished, type LogState, type SnapshotEntry } from '@lastgood/snapshot-log';
import { z } from 'zod';
import { ANY_AGE, type AtLeast } from './at-least.js';
import { invalidCursor, jsonOf, questionOf } from './cursors.js';
import { noSnapshotYet } from './data-answers.js';
import { problemOf, readError, snapshotExpired } from './read-errors.js';
import { readManifest } from './read-manifest.js';
import { referenceOf } from './serving-sources.js';
import { type HistoryLine, historyOf } from './snapshot-items.js';
import type { SourceLogs } from './source-logs.js';
import { verifiedContent } from './verified-content.js';

/** A file of a snapshot: its bytes, uncompressed, verified while they stream. */
export interface FileContent {
  file: ManifestFile;
  snapshot: string;
  source: string;
  /** The snapshot was never published. */
  unpublished: boolean;
  open(): Promise<Readable>;
}

/** A place in the history of all sources: everything strictly older follows. */
const Position = z.strictObject({ t: z.string().max(32), s: z.string().max(63), n: z.number().int().min(1), q: z.string().max(22) });

/** What `ETag` and `Lastgood-Snapshot` say of an answer. */
export interface Validators {
  etag: string;
  snapshots: string;
  /** Value of `Lastgood-Log`: the head of each source's log. */
  logNumbers: string;
  /** The answer is about a snapshot that was never published. */
  unpublished?: boolean;
}

interface Broken {
  source: string;
  state?: undefined;
  problem: ServiceError;
}

type Outcome = { source: string; state: LogState; problem?: undefined } | Broken;

const UNKNOWN = { current: null, latest: null, held: [], onHold: false, logNumber: 0 };

interface Line extends HistoryLine {
  state: LogState;
}

/** Status, history and files of a district's snapshots, from log and bucket alone. */
export class SnapshotAnswers {
  constructor(private readonly districts: Districts, private readonly logs: SourceLogs, private readonly store: ObjectStore, private readonly clock: Clock) {}

  /** Every source in order of configuration; one whose log cannot be read says so, and all of them fail the answer. */
  async status(district: string, atLeast = ANY_AGE): Promise<ReadStatus> {
    const outcomes = await this.#outcomes(district, undefined, atLeast);
    return { district, sources: outcomes.map(({ source, state, problem }) => (state ? this.#statusOf(state) : { ...UNKNOWN, source, problem: problemOf(problem) })) };
  }

  /** Whether a source ever published, by its log as it is in the bucket now. Throws what clients may see when it cannot be read. */
  async published(district: string, source: string): Promise<PublishedAnswer> {
    const { id } = this.districts.source(district, source);
    // A read that was under way may have begun before a record that was there when this was asked.
    await this.logs.poll(district, id);
    const { current } = await this.logs.poll(district, id);
    return { district, source: id, published: current !== null };
  }

  /** Validators of a list: they change whenever its answer does. Ask before the answer, so that the answer is never older. */
  async listValidators(district: string, query: SnapshotsQuery, atLeast = ANY_AGE): Promise<Validators> {
    return validatorsOf(await this.#outcomes(district, query.source, atLeast), 'list', JSON.stringify(query));
  }

  /** Validators of a detail, as of a list; throws as `detail` when there is no such snapshot. */
  async detailValidators(district: string, which: string, source: string | undefined, atLeast = ANY_AGE): Promise<Validators> {
    const { item, state, entry } = await this.#find(district, which, source, atLeast);
    const validators = validatorsOf([{ source: item.source, state }], 'detail', item.snapshot_id);
    return { ...validators, snapshots: `${item.source}=${item.snapshot_id}`, unpublished: entry !== null && !wasPublished(entry) };
  }

  /** History over all sources, newest first, filtered exactly. */
  async list(district: string, query: SnapshotsQuery): Promise<SnapshotsAnswer> {
    const question = questionOf(district, query.source, query.status, query.from, query.to, query.schema_version, query.calculation_version);
    const { lines: all, problems } = await this.#history(district, query.source);
    const lines = all.filter(({ item }) =>
      (query.status === undefined || item.status === query.status) &&
      (query.from === undefined || item.snapshot_date >= query.from) &&
      (query.to === undefined || item.snapshot_date <= query.to) &&
      (query.schema_version === undefined || item.schema_version === query.schema_version) &&
      (query.calculation_version === undefined || item.calculation_version === query.calculation_version));
    const rest = query.cursor === undefined ? lines : after(lines, query.cursor, question);
    const items = rest.slice(0, query.limit);
    const last = items.at(-1);
    const nextCursor = last && rest.length > items.length ? Buffer.from(JSON.stringify({ t: last.at, s: last.item.source, n: last.item.log_number, q: question })).toString('base64url') : null;
    return { district, items: items.map(({ item }) => item), nextCursor, ...(problems.length > 0 && { problems: problems.map(({ source, problem }) => ({ source, ...problemOf(problem) })) }) };
  }

  /** One snapshot by id, or `latest` (of any status), or `latest-good` (what readers get). */
  async detail(district: string, which: string, source: string | undefined): Promise<SnapshotDetail> {
    const line = await this.#find(district, which, source);
    const files = line.entry ? await this.#filesOf(line.entry) : [];
    return { ...line.item, log_head: line.state.head, files: files.map(({ name, rows, size, sha256 }) => ({ name, rows, size_bytes: size, sha256 })) };
  }

  /** A snapshot whose files are there, with the log it stands in. Throws `unknown_snapshot`, for failed runs too, and `snapshot_expired`. */
  async entry(district: string, snapshot: string, atLeast = ANY_AGE): Promise<{ source: string; entry: SnapshotEntry; state: LogState }> {
    const { entry, item, state } = await this.#find(district, snapshot, undefined, atLeast);
    if (!entry) throw unknownSnapshot();
    if (isExpired(entry)) throw snapshotExpired(entry.snapshot);
    return { source: item.source, entry, state };
  }

  /** A file by its logical name. */
  async file(district: string, which: string, name: string, source: string | undefined, atLeast = ANY_AGE): Promise<FileContent> {
    const { entry, item } = await this.#find(district, which, source, atLeast);
    if (!entry) throw unknownFile();
    if (isExpired(entry)) throw snapshotExpired(entry.snapshot);
    const { files } = await this.#manifest(entry);
    const file = files.find((candidate) => candidate.name === name);
    if (!file) throw unknownFile();
    const open = async (): Promise<Readable> => {
      try {
        return await verifiedContent(this.store, entry, file);
      } catch (error) {
        throw readError(error);
      }
    };
    return { file, snapshot: entry.snapshot, source: item.source, unpublished: !wasPublished(entry), open };
  }

  async #filesOf(entry: SnapshotEntry): Promise<ManifestFile[]> {
    if (!isExpired(entry)) return (await this.#manifest(entry)).files;
    // What has expired may be deleted at any time.
    return this.#manifest(entry).then(({ files }) => files, () => []);
  }

  async #manifest(entry: SnapshotEntry): Promise<Manifest> {
    try {
      return await readManifest(this.store, entry);
    } catch (error) {
      throw error instanceof ObjectStoreError ? readError(error) : error;
    }
  }

  async #find(district: string, which: string, source: string | undefined, atLeast = ANY_AGE): Promise<Line> {
    const { lines, problems } = await this.#history(district, source, atLeast);
    const newest = which === 'latest' || which === 'latest-good';
    // The newest of all sources is not known while one of them cannot be read.
    if (newest && problems[0]) throw problems[0].problem;
    const good = (line: Line): boolean => line.item.state === 'current';
    const line = which === 'latest' ? lines[0] : which === 'latest-good' ? newestCurrent(lines.filter(good)) : lines.find(({ item }) => item.snapshot_id === which);
    if (line) return line;
    if (newest) throw noSnapshotYet();
    throw problems[0]?.problem ?? unknownSnapshot();
  }

  async #history(district: string, source: string | undefined, atLeast = ANY_AGE): Promise<{ lines: Line[]; problems: Broken[] }> {
    const outcomes = await this.#outcomes(district, source, atLeast);
    const lines = outcomes.flatMap(({ state }) => (state ? historyOf(state).map((line) => ({ ...line, state })) : []));
    lines.sort((a, b) => compare(b.at, a.at) || compare(a.item.source, b.item.source) || b.item.log_number - a.item.log_number);
    return { lines, problems: outcomes.filter((outcome) => outcome.state === undefined) };
  }

  /** The log of every source asked, or why it cannot be read; throws when none can. */
  async #outcomes(district: string, source: string | undefined, { numbers, waitMs, whole }: AtLeast): Promise<Outcome[]> {
    const config = this.districts.get(district);
    const sources = source === undefined ? config.sources : [this.districts.source(district, source)];
    const outcomes = await Promise.all(sources.map(async ({ id }): Promise<Outcome> => {
      try {
        return { source: id, state: await this.logs.stateAt(district, id, numbers.get(id) ?? 0, waitMs) };
      } catch (error) {
        if (!(error instanceof ServiceError) || (whole && error.code === REPLICA_BEHIND)) throw error;
        return { source: id, problem: error };
      }
    }));
    if (outcomes.every((outcome) => outcome.state === undefined) && outcomes[0]?.problem) throw outcomes[0].problem;
    return outcomes;
  }

  #statusOf(state: LogState): SourceReadStatus {
    const { current } = state;
    const reference = current && referenceOf(current);
    return {
      source: state.source,
      current: reference && { ...reference, ageSeconds: Math.max(0, Math.floor((this.clock.now() - Date.parse(reference.createdAt)) / 1000)), counts: current.summary?.counts ?? {} },
      latest: historyOf(state)[0]?.item ?? null,
      held: heldSnapshots(state).slice(0, 100).map(({ snapshot }) => snapshot),
      onHold: state.hold !== null,
      logNumber: state.head,
    };
  }
}

function validatorsOf(outcomes: readonly Outcome[], ...question: string[]): Validators {
  const heads = outcomes.map(({ source, state, problem }) => (state ? `${source}@${state.head}:${state.headSha256}` : `${source}!${problem.code}`));
  const snapshots = outcomes.flatMap(({ source, state }) => (state?.current ? [`${source}=${state.current.snapshot}`] : [])).join(', ');
  const logNumbers = writeLogNumbers(outcomes.flatMap(({ source, state }): [string, number][] => (state ? [[source, state.head]] : [])));
  return { etag: `"${questionOf(...question, ...heads)}"`, snapshots, logNumbers };
}

function unknownSnapshot(): ServiceError {
  return new ServiceError('not-found', 'unknown_snapshot', 'This district has no such snapshot.', { retryable: false });
}

function newestCurrent(lines: readonly Line[]): Line | undefined {
  return lines.toSorted((a, b) => compare(b.item.created_at, a.item.created_at))[0];
}

function after(lines: Line[], cursor: string, question: string): Line[] {
  const position = Position.safeParse(jsonOf(cursor));
  if (!position.success || position.data.q !== question) throw invalidCursor();
  const { t, s, n } = position.data;
  return lines.filter(({ at, item }) => (compare(t, at) || compare(item.source, s) || n - item.log_number) > 0);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function unknownFile(): ServiceError {
  return new ServiceError('not-found', 'unknown_file', 'The snapshot has no file of this name; its detail lists them.', { retryable: false });
}
