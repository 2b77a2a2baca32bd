import { ServiceError, type SnapshotReference } from '@lastgood/contracts';
import { isExpired, type LogState, type SnapshotEntry, type SnapshotEvent } from '@lastgood/snapshot-log';
import { NoRolesError, UnreadableIndexError } from '@lastgood/index-file/reader';
import type { Clock, Log } from '@lastgood/service-runtime';
import { ANY_AGE, type AtLeast } from './at-least.js';
import { invalidCursor } from './cursors.js';
import type { Attempt, AttemptPlace } from './local-copies.js';
import type { IndexLease, OpenIndexes } from './open-indexes.js';
import { noRoles, readError, snapshotDamaged, snapshotExpired } from './read-errors.js';
import type { IndexInThread, Reading } from './reading/index-in-thread.js';
import type { SourceLogs } from './source-logs.js';
import { within } from './within.js';

const DAMAGED = Symbol('the local copy cannot be trusted');

/** What is asked of the index that answers. */
export type Question = (index: IndexInThread) => Promise<Reading>;

/** One source with the snapshot that answers, held open until `release`. */
export interface Serving {
  source: string;
  attempt: Attempt;
  lease: IndexLease;
}

/**
 * Which attempt of a source answers now: the log's current one. While a new one is fetched the one before goes on answering, so
 * that a swap costs no request anything; it changes only which attempt is served.
 */
export class ServingSources {
  readonly #served = new Map<string, Attempt>();
  #swaps = 0;

  constructor(private readonly logs: SourceLogs, private readonly indexes: OpenIndexes, private readonly clock: Clock, private readonly log: Log) {}

  /** How often a source changed to another attempt. */
  get swaps(): number {
    return this.#swaps;
  }

  /**
   * The served snapshot of a source, opened; null when it has none. It is never older than the log number that was seen: then the attempt before may not
   * go on answering. Throws what clients may see.
   */
  async current(district: string, source: string, { numbers, waitMs }: AtLeast = ANY_AGE): Promise<Serving | null> {
    const seen = numbers.get(source) ?? 0;
    for (;;) {
      const state = await this.logs.stateAt(district, source, seen, waitMs);
      const { current } = state;
      if (!current) return null;
      const wanted: Attempt = { district, source, entry: current };
      const open = this.#servedAs(wanted);
      if (open && this.#mayAnswer(open, wanted) && !becameOld(state, open.entry, seen)) {
        const lease = this.indexes.leaseOpen(open);
        if (lease) return { source, attempt: open, lease };
      }
      const lease = await (open && seen > 0 ? this.#leaseWithin(waitMs, wanted) : this.#lease(wanted));
      if (!lease) continue;
      if (this.logs.known(district, source)?.current?.snapshot === current.snapshot) {
        this.#swapTo(wanted);
        return { source, attempt: wanted, lease };
      }
      lease.release();
    }
  }

  /**
   * A snapshot that a cursor names. Only what readers once got can be named: a cursor is no secret, and a held snapshot must not be
   * read by a forged one. Throws `invalid_cursor` or `snapshot_expired`.
   */
  async pinned(district: string, source: string, snapshot: string, { numbers, waitMs }: AtLeast = ANY_AGE): Promise<Serving> {
    let state = await this.logs.stateAt(district, source, numbers.get(source) ?? 0, waitMs);
    if (!state.snapshots.has(snapshot)) state = await this.logs.poll(district, source);
    const entry = state.snapshots.get(snapshot);
    if (!entry || becameCurrent(entry) === undefined) throw invalidCursor();
    if (isExpired(entry)) throw snapshotExpired(snapshot);
    const attempt = { district, source, entry };
    const lease = await this.#lease(attempt);
    if (!lease) throw snapshotExpired(snapshot);
    return { source, attempt, lease };
  }

  /**
   * A log changed: a source that answers already moves on to the new current attempt in the background, and local copies of what has
   * expired are deleted, since personal data may not outlive its retention here.
   */
  logChanged(state: LogState): void {
    const { district, source, current } = state;
    for (const place of this.indexes.localCopies) {
      if (place.district === district && place.source === source && isGone(state, place.snapshot)) void this.forget(place);
    }
    const served = this.#served.get(`${district}/${source}`);
    if (!served || !current || served.entry.snapshot === current.snapshot) return;
    void this.#moveTo({ district, source, entry: current });
  }

  /** Deletes a local copy; a failure is told to the log and tried again when the source's log changes. */
  async forget(place: AttemptPlace): Promise<void> {
    const { district, source, snapshot } = place;
    try {
      await this.indexes.forget(place);
      this.log.info('the local copy of a snapshot that has expired was deleted', { district, source, snapshot });
    } catch (error) {
      this.log.error('the local copy of a snapshot that has expired could not be deleted', error, { district, source, snapshot });
    }
  }

  /** Runs a question; should the local copy turn out to be damaged, or to have been changed by somebody, it is fetched again and the question asked once more. */
  async answer(serving: Serving, question: Question): Promise<Reading> {
    const { attempt, lease } = serving;
    const { snapshot } = attempt.entry;
    const first = await this.#ask(attempt, lease, question);
    if (first !== DAMAGED) return first;
    if (!this.indexes.isDistrusted(lease.index)) this.log.error('a local index is damaged or was changed; it is fetched again', undefined, { district: attempt.district, source: serving.source, snapshot });
    await this.indexes.discard(attempt, lease.index);
    const again = await this.#lease(attempt);
    if (!again) throw snapshotExpired(snapshot);
    try {
      const second = await this.#ask(attempt, again, question);
      if (second === DAMAGED) throw snapshotDamaged(snapshot, 'The search index');
      return second;
    } finally {
      again.release();
    }
  }

  /** An answer counts only when the file was still the checked one after it was read; that of an index that was merely let go of may be gone. */
  async #ask(attempt: Attempt, { index }: IndexLease, question: Question): Promise<Reading | typeof DAMAGED> {
    try {
      const reading = await question(index);
      return reading.changed && (this.indexes.isCurrent(attempt, index) || this.indexes.isDistrusted(index)) ? DAMAGED : reading;
    } catch (error) {
      if (error instanceof NoRolesError) throw noRoles(attempt.entry.snapshot);
      if (error instanceof UnreadableIndexError) return DAMAGED;
      throw error;
    }
  }

  /** The index of any snapshot, current or not, that has not expired. Throws `snapshot_expired`, or what clients may see. */
  async lease(attempt: Attempt): Promise<IndexLease> {
    const lease = await this.#lease(attempt);
    if (!lease) throw snapshotExpired(attempt.entry.snapshot);
    return lease;
  }

  /** Fetches the local copy of a snapshot again, at the next lease: it cannot be trusted. */
  async renew(attempt: Attempt): Promise<void> {
    const { district, source, entry: { snapshot } } = attempt;
    this.log.error('a local index is damaged or was changed; it is fetched again', undefined, { district, source, snapshot });
    await this.indexes.renew(attempt);
  }

  /** The attempt that answers; the same snapshot may have become current anew, and its entry then has a newer number. */
  #servedAs(wanted: Attempt): Attempt | undefined {
    const key = `${wanted.district}/${wanted.source}`;
    const open = this.#served.get(key);
    if (!open || open.entry === wanted.entry || open.entry.snapshot !== wanted.entry.snapshot) return open;
    this.#served.set(key, wanted);
    return wanted;
  }

  /** The lease of an attempt that other answers wait for too; throws `replica_behind` when it takes longer. */
  async #leaseWithin(waitMs: number, attempt: Attempt): Promise<IndexLease | null> {
    let late = false;
    const leased = this.#lease(attempt).then((lease) => {
      if (late) lease?.release();
      return lease;
    });
    return within(this.clock, waitMs, leased).catch((error: unknown) => {
      late = true;
      throw error;
    });
  }

  /** The attempt before may answer while the new one is on its way, unless that is open already or the old one has expired. */
  #mayAnswer(open: Attempt, wanted: Attempt): boolean {
    if (open.entry.snapshot === wanted.entry.snapshot) return true;
    if (this.indexes.isOpen(wanted)) return false;
    const entry = this.logs.known(open.district, open.source)?.snapshots.get(open.entry.snapshot);
    return entry !== undefined && !isExpired(entry);
  }

  async #moveTo(attempt: Attempt): Promise<void> {
    try {
      const lease = await this.#lease(attempt);
      lease?.release();
      if (lease && this.logs.known(attempt.district, attempt.source)?.current?.snapshot === attempt.entry.snapshot) this.#swapTo(attempt);
    } catch (error) {
      this.log.error('a new snapshot could not be opened', error, { district: attempt.district, source: attempt.source, snapshot: attempt.entry.snapshot });
      // Damage in the bucket must show: without the old attempt the next question meets it and says so.
      if (error instanceof ServiceError && !error.toProblem().retryable) this.#served.delete(`${attempt.district}/${attempt.source}`);
    }
  }

  /** Null when the attempt expired while its index was fetched: nothing of it stays here. */
  async #lease(attempt: Attempt): Promise<IndexLease | null> {
    const { district, source, entry: { snapshot } } = attempt;
    let lease: IndexLease;
    try {
      lease = await this.indexes.lease(attempt);
    } catch (error) {
      throw readError(error);
    }
    const state = this.logs.known(district, source);
    if (!state || !isGone(state, snapshot)) return lease;
    lease.release();
    await this.forget({ district, source, snapshot });
    return null;
  }

  #swapTo(attempt: Attempt): void {
    const key = `${attempt.district}/${attempt.source}`;
    const before = this.#served.get(key)?.entry.snapshot;
    this.#served.set(key, attempt);
    if (before === attempt.entry.snapshot) return;
    this.#swaps += 1;
    this.log.info('a snapshot answers now', { district: attempt.district, source: attempt.source, snapshot: attempt.entry.snapshot });
  }
}

/** True when the log has expired a snapshot, or does not have it. */
function isGone(state: LogState, snapshot: string): boolean {
  const entry = state.snapshots.get(snapshot);
  return entry === undefined || isExpired(entry);
}

/** True when another record than this entry's has become current since, up to the number that was seen. */
function becameOld({ snapshots }: LogState, entry: SnapshotEntry, seen: number): boolean {
  const answered = numberOf(entry);
  if (answered >= seen) return false;
  return [...snapshots.values()].some(({ history }) => history.some((event) => event.number > answered && event.number <= seen && madeCurrent(event)));
}

const madeCurrent = ({ kind }: SnapshotEvent): boolean => kind === 'publish' || kind === 'approve' || kind === 'rollback';

/** The record that last made a snapshot current; undefined when readers never got it. */
function becameCurrent(entry: SnapshotEntry): SnapshotEvent | undefined {
  return entry.history.findLast(madeCurrent);
}

/** The log number of the record that last made a snapshot current, which its answers carry. */
export function numberOf(entry: SnapshotEntry): number {
  return becameCurrent(entry)?.number ?? entry.number;
}

/** What answers say of a snapshot. */
export function referenceOf(entry: SnapshotEntry): SnapshotReference {
  const missing = entry.summary?.missing ?? [];
  return { id: entry.snapshot, createdAt: entry.summary?.createdAt ?? entry.at, status: missing.length > 0 || entry.summary?.status === 'partial' ? 'partial' : 'complete', missing, logNumber: numberOf(entry) };
}
