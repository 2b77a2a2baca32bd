import type {
  AbortRecord, ApproveRecord, BeginRecord, ExpireRecord, LogRecord, ManifestReference, PublishRecord, QuarantineRecord,
  RecordSummary, RollbackRecord,
} from '@lastgood/contracts';
import { LOG_RECORD_VERSION, snapshotIdOf } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import type { AppendIntent, AppendResult, PendingAppend, RecordDraft } from './append-result.js';
import { checkNumbers } from './check-numbers.js';
import { mayAbort, mayApprove, mayBegin, mayEnd, mayExpire, mayReject, mayRollBack, type Refusal } from './conditions.js';
import { type LogPlace, attemptFolder, logKey } from './keys.js';
import { LogReader } from './log-reader.js';
import type { LogState } from './log-state.js';
import { sealRecord, sha256 } from './record-bytes.js';
import { shippedRules, type Rules } from './rules.js';

/** Time, as `Clock` of service-runtime gives it. */
export interface LogClock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

/** What a log needs from outside, so that a test can replay it. */
export interface LogContext {
  clock: LogClock;
  /** A new random id, 26 characters, ULID style in lower case. */
  newId(): string;
}

/** Who appends, and why (at most 500 characters, no personal data). */
export interface By {
  actor: string;
  reason?: string;
}

const MAX_LOST_SLOTS = 100;
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 100;

/**
 * The log of one district and source for those who write it: every method reads to the end, evaluates all conditions on what it read, and
 * creates the next number only if that is absent. Throws ObjectStoreError only while nothing of this call is under way, LogDamagedError when the log
 * is broken. Any number of processes may do this at once.
 */
export class SnapshotLog {
  readonly #reader: LogReader;

  constructor(
    readonly store: ObjectStore,
    readonly place: LogPlace,
    readonly context: LogContext,
    readonly rules: Rules = shippedRules,
  ) {
    this.#reader = new LogReader(store, place);
  }

  /** Reads to the end of the log. */
  read(): Promise<LogState> {
    return this.#reader.poll();
  }

  /** Lists the log: LogDamagedError when a record that was there is missing. */
  check(): Promise<void> {
    return checkNumbers(this.store, this.place, this.state.head);
  }

  /** The newest state known, without asking the store. */
  get state(): LogState {
    return this.#reader.state;
  }

  /** Begins a run or takes it over: the record's number is the epoch. `date` counts for the first begin only. Refused: run-ended. */
  begin(run: { run: string; date: string } & By): Promise<AppendResult<BeginRecord>> {
    return this.#append<BeginRecord>({
      condition: (state) => mayBegin(state, run.run),
      record: (state) => {
        const date = state.runs.get(run.run)?.date ?? run.date;
        const epoch = state.head + 1;
        return { kind: 'begin', date, ...this.#attempt(run.run, epoch, date), ...by(run) };
      },
    });
  }

  /** Makes the attempt the snapshot that readers get. Refused: run-ended, not-begun, fenced, on-hold. */
  publish(end: EndOfRun & By): Promise<AppendResult<PublishRecord>> {
    return this.#append<PublishRecord>(this.#end('publish', end));
  }

  /** Records the attempt as a held snapshot. Refused: run-ended, not-begun, fenced. */
  quarantine(end: EndOfRun & By): Promise<AppendResult<QuarantineRecord>> {
    return this.#append<QuarantineRecord>(this.#end('quarantine', end));
  }

  /** Ends a run without a snapshot. With `epoch`: refused as fenced when the run was taken over since. Refused: run-ended, not-begun. */
  abort(end: { run: string; epoch?: number; outcome: 'failed' | 'cancelled'; summary?: RecordSummary } & By): Promise<AppendResult<AbortRecord>> {
    return this.#append<AbortRecord>({
      condition: (state) => mayAbort(state, end.run, end.epoch ?? null, this.rules),
      record: (state) => {
        const { epoch, date } = runIn(state, end.run);
        return { kind: 'abort', outcome: end.outcome, ...optional(end.summary), ...this.#attempt(end.run, epoch, date), ...by(end) };
      },
    });
  }

  /**
   * Publishes a held snapshot, or lifts the hold of a rollback when it names current. `previewed` is the head that the approver looked at.
   * Refused: not-found, conflict, not-held, superseded, expired.
   */
  approve(target: { snapshot: string; previewed: number } & By): Promise<AppendResult<ApproveRecord>> {
    return this.#append<ApproveRecord>({
      condition: (state) => mayApprove(state, target.snapshot, target.previewed, this.rules),
      record: (state) => ({ kind: 'approve', previewed: target.previewed, ...targetIn(state, target.snapshot), ...by(target) }),
    });
  }

  /** Makes another published snapshot current and holds later ones; `previewed` as for `approve`, if given. Refused: conflict, not-found, not-published, is-current, expired. */
  rollback(target: { snapshot: string; previewed?: number } & By): Promise<AppendResult<RollbackRecord>> {
    return this.#append<RollbackRecord>({
      condition: (state) => this.rules.changedSince(state, target.previewed ?? null) ?? mayRollBack(state, target.snapshot),
      record: (state) => ({ kind: 'rollback', ...targetIn(state, target.snapshot), ...by(target) }),
    });
  }

  /** Ends the life of a snapshot; its files go after a grace period. Refused: not-found, is-current, expired. */
  expire(target: { snapshot: string } & By): Promise<AppendResult<ExpireRecord>> {
    return this.#expire(target, mayExpire);
  }

  /** As `expire`, for one that was never published; `previewed` as for `approve`, if given. Refused: also not-held, conflict. */
  reject(target: { snapshot: string; previewed?: number } & By): Promise<AppendResult<ExpireRecord>> {
    return this.#expire(target, (state, snapshot, rules) => rules.changedSince(state, target.previewed ?? null) ?? mayReject(state, snapshot, rules));
  }

  /** Goes on with an append whose outcome is unknown: the same number with the same bytes, then all conditions anew if that was lost. */
  resolve(pending: PendingAppend): Promise<AppendResult> {
    return this.#append(pending.intent, pending);
  }

  #expire(target: { snapshot: string } & By, may: typeof mayExpire): Promise<AppendResult<ExpireRecord>> {
    return this.#append<ExpireRecord>({
      condition: (state) => may(state, target.snapshot, this.rules),
      record: (state) => ({ kind: 'expire', ...targetIn(state, target.snapshot), ...by(target) }),
    });
  }

  #end(kind: 'publish' | 'quarantine', end: EndOfRun & By): AppendIntent {
    return {
      condition: (state) => mayEnd(state, kind, end.run, end.epoch, this.rules),
      record: (state) => ({
        kind, manifest: end.manifest, ...optional(end.summary),
        ...this.#attempt(end.run, end.epoch, runIn(state, end.run).date), ...by(end),
      }),
    };
  }

  #attempt(run: string, epoch: number, date: string): { run: string; epoch: number; snapshot: string; folder: string } {
    return { run, epoch, snapshot: snapshotIdOf({ run, epoch }), folder: attemptFolder({ ...this.place, date, run, epoch }) };
  }

  async #append<R extends LogRecord>(intent: AppendIntent, earlier?: PendingAppend): Promise<AppendResult<R>> {
    let sent = earlier;
    for (let lostSlots = 0; lostSlots < MAX_LOST_SLOTS; lostSlots += 1) {
      if (sent === undefined) {
        const state = await this.#readPatiently();
        const refusal = this.rules.evaluate(intent.condition, state, lostSlots);
        if (refusal) return { outcome: 'refused', refusal, state };
        sent = { intent, ...this.#seal(intent.record(state), state), inFlight: false };
        if (!this.rules.needsRecord(sent.record.kind)) return { outcome: 'appended', record: sent.record as R, state };
      }
      const slot = await this.#send(sent);
      if (slot.is === 'unknown') return { outcome: 'unknown', pending: { ...sent, inFlight: true }, cause: slot.cause };
      if (slot.is === 'mine') return { outcome: 'appended', record: sent.record as R, state: this.#took(sent) };
      sent = this.rules.afterTaken() === 'next' ? { intent, ...this.#renumber(sent.record), inFlight: false } : undefined;
    }
    const refusal: Refusal = { reason: 'contended', message: `Lost ${MAX_LOST_SLOTS} slots in a row to other writers. Ask again.` };
    return { outcome: 'refused', refusal, state: this.state };
  }

  /** Creates the record until it is known whose the number is. Only a definite absence lets the same bytes be sent again. */
  async #send({ record, bytes, inFlight: before }: PendingAppend): Promise<Slot> {
    const key = logKey(this.place, record.number);
    let inFlight = before;
    let cause: unknown = new ObjectStoreError('unavailable', `${key}: refused as taken, but absent when read`, { retryable: true });
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      if (tries > 0) await this.context.clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1));
      try {
        if (await this.rules.commit(this.store, key, bytes) === 'created') return { is: 'mine' };
        if (this.rules.afterTaken() === 'next') return { is: 'taken' };
      } catch (error) {
        const known = storeError(error);
        cause = error;
        inFlight ||= known.outcomeUnknown;
        if (!inFlight && !known.retryable) throw error;
      }
      try {
        return (await this.store.read(key)).equals(bytes) ? { is: 'mine' } : { is: 'taken' };
      } catch (error) {
        if (storeError(error).kind !== 'not-found') cause = error;
      }
    }
    if (!inFlight) throw cause;
    return { is: 'unknown', cause };
  }

  async #readPatiently(): Promise<LogState> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.read();
      } catch (error) {
        if (!(error instanceof ObjectStoreError && error.retryable) || tries >= MAX_TRIES) throw error;
        await this.context.clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1));
      }
    }
  }

  #took({ record, bytes }: PendingAppend): LogState {
    return this.#reader.accept({ record, sha256: sha256(bytes) });
  }

  #seal(draft: RecordDraft, state: LogState): { record: LogRecord; bytes: Buffer } {
    return sealRecord({
      version: LOG_RECORD_VERSION,
      number: state.head + 1,
      id: this.context.newId(),
      district: this.place.district,
      source: this.place.source,
      previousSha256: state.headSha256,
      at: new Date(this.context.clock.now()).toISOString(),
      ...draft,
    });
  }

  #renumber({ checksum: _, ...record }: LogRecord): { record: LogRecord; bytes: Buffer } {
    return sealRecord({ ...record, number: record.number + 1 });
  }
}

/** What a run leaves: the attempt of this epoch, and what its manifest hashed to when it was read back. */
export interface EndOfRun {
  run: string;
  epoch: number;
  manifest: ManifestReference;
  summary?: RecordSummary;
}

type Slot = { is: 'mine' } | { is: 'taken' } | { is: 'unknown'; cause: unknown };

function storeError(error: unknown): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  throw error;
}

function by({ actor, reason }: By): { actor: string; reason: string | null } {
  return { actor, reason: reason ?? null };
}

function optional(summary: RecordSummary | undefined): { summary?: RecordSummary } {
  return summary === undefined ? {} : { summary };
}

function runIn(state: LogState, run: string): { epoch: number; date: string } {
  const entry = state.runs.get(run);
  if (entry === undefined) throw new Error('The conditions let a run pass that never began.');
  return entry;
}

function targetIn(state: LogState, snapshot: string): { run: string; epoch: number; snapshot: string; folder: string; manifest: ManifestReference } {
  const entry = state.snapshots.get(snapshot);
  if (entry === undefined) throw new Error('The conditions let a snapshot pass that the log does not have.');
  return { run: entry.run, epoch: entry.epoch, snapshot, folder: entry.folder, manifest: entry.manifest };
}
