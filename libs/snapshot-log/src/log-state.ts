import type { BeginRecord, EndRecord, LogRecord, LogRecordKind, ManifestReference, RecordSummary, RollbackRecord } from '@lastgood/contracts';
import { type LogPlace, logKey } from './keys.js';
import { LogDamagedError } from './log-error.js';

/**
 * What a snapshot is now. `held`: quarantined, may be approved. `superseded`: was held, then a newer publish or quarantine came.
 * `rejected`: expired while it was held. Which published one readers get is `LogState.current`.
 */
export type SnapshotStateName = 'published' | 'held' | 'superseded' | 'expired' | 'rejected';

/** One record that touched a snapshot, for histories. */
export interface SnapshotEvent {
  number: number;
  kind: LogRecordKind;
  actor: string;
  reason: string | null;
  at: string;
}

/** A published or quarantined attempt, as the log tells it. */
export interface SnapshotEntry {
  snapshot: string;
  run: string;
  epoch: number;
  date: string;
  folder: string;
  manifest: ManifestReference;
  /** Number and time of its publish or quarantine. */
  number: number;
  at: string;
  state: SnapshotStateName;
  /** Time of its expire record, null before. */
  expiredAt: string | null;
  summary: RecordSummary | null;
  history: readonly SnapshotEvent[];
}

/** A run, as the log tells it. */
export interface RunEntry {
  run: string;
  /** The district's local date, fixed by the first begin. */
  date: string;
  /** Number of its newest begin. */
  epoch: number;
  /** Time of its first begin. */
  begunAt: string;
  /** Who asked for it, as its first begin says. */
  actor: string;
  begins: readonly number[];
  /** The one record that ended it, null while it is open. */
  ended: EndRecord | null;
}

/** A log read to its end: a pure fold of its records, never changed once handed out. */
export interface LogState extends LogPlace {
  /** Number of the newest record, 0 for an empty log. */
  head: number;
  headSha256: string | null;
  newestBegin: BeginRecord | null;
  runs: ReadonlyMap<string, RunEntry>;
  snapshots: ReadonlyMap<string, SnapshotEntry>;
  /** What readers get, null before the first publish. */
  current: SnapshotEntry | null;
  /** Number of the record that last changed `current`, 0 before the first. */
  currentSince: number;
  /** The rollback whose hold is still on: runs are quarantined until one is approved. */
  hold: RollbackRecord | null;
}

/** The state of a log without records. */
export function emptyLog(place: LogPlace): LogState {
  return {
    district: place.district, source: place.source, head: 0, headSha256: null, newestBegin: null,
    runs: new Map(), snapshots: new Map(), current: null, currentSince: 0, hold: null,
  };
}

/** Held snapshots that may be approved, newest first. */
export function heldSnapshots(state: LogState): SnapshotEntry[] {
  return [...state.snapshots.values()].filter((entry) => entry.state === 'held').sort((a, b) => b.number - a.number);
}

/** A record with the hash of its stored bytes. */
export interface HashedRecord {
  record: LogRecord;
  sha256: string;
}

/**
 * The state after the next records, in order. Throws LogDamagedError where a number, a place, a hash of the record before or a reference
 * does not fit; does not judge whether a record should have been written.
 */
export function foldRecords(state: LogState, records: Iterable<HashedRecord>): LogState {
  const next: Draft = { ...state, runs: new Map(state.runs), snapshots: new Map(state.snapshots) };
  for (const { record, sha256 } of records) {
    checkLink(next, record);
    next.head = record.number;
    apply(next, record);
    next.headSha256 = sha256;
  }
  return next;
}

type Draft = Omit<LogState, 'runs' | 'snapshots'> & { runs: Map<string, RunEntry>; snapshots: Map<string, SnapshotEntry> };

function checkLink(state: Draft, record: LogRecord): void {
  const key = logKey(state, state.head + 1);
  if (record.number !== state.head + 1) throw new LogDamagedError(key, `it carries the number ${record.number}`);
  if (record.district !== state.district || record.source !== state.source) throw new LogDamagedError(key, 'it belongs to another log');
  if (record.previousSha256 !== state.headSha256) {
    throw new LogDamagedError(key, 'it does not carry the hash of the record before: one of the two was changed');
  }
}

function apply(state: Draft, record: LogRecord): void {
  switch (record.kind) {
    case 'begin': return applyBegin(state, record);
    case 'publish':
    case 'quarantine': return applyResult(state, record);
    case 'abort':
      endRun(state, record);
      return;
    case 'approve': {
      const entry = touch(state, record, { state: 'published' });
      if (entry.snapshot !== state.current?.snapshot) makeCurrent(state, entry);
      state.hold = null;
      return;
    }
    case 'rollback':
      makeCurrent(state, touch(state, record, {}));
      state.hold = record;
      return;
    case 'expire': {
      const held = state.snapshots.get(record.snapshot)?.state === 'held';
      touch(state, record, { state: held ? 'rejected' : 'expired', expiredAt: record.at });
    }
  }
}

function applyBegin(state: Draft, record: BeginRecord): void {
  const known = state.runs.get(record.run);
  state.newestBegin = record;
  state.runs.set(record.run, {
    run: record.run,
    date: record.date,
    epoch: record.number,
    begunAt: known?.begunAt ?? record.at,
    actor: known?.actor ?? record.actor,
    begins: [...(known?.begins ?? []), record.number],
    ended: known?.ended ?? null,
  });
}

function applyResult(state: Draft, record: Extract<LogRecord, { kind: 'publish' | 'quarantine' }>): void {
  const run = endRun(state, record);
  for (const entry of state.snapshots.values()) {
    if (entry.state === 'held') state.snapshots.set(entry.snapshot, { ...entry, state: 'superseded' });
  }
  const entry: SnapshotEntry = {
    snapshot: record.snapshot, run: record.run, epoch: record.epoch, date: run.date, folder: record.folder,
    manifest: record.manifest, number: record.number, at: record.at,
    state: record.kind === 'publish' ? 'published' : 'held',
    expiredAt: null, summary: record.summary ?? null, history: [eventOf(record)],
  };
  state.snapshots.set(entry.snapshot, entry);
  if (record.kind === 'publish') makeCurrent(state, entry);
}

function endRun(state: Draft, record: EndRecord): RunEntry {
  const run = state.runs.get(record.run);
  if (run === undefined) throw new LogDamagedError(logKey(state, record.number), 'it ends a run that never began');
  const ended = { ...run, ended: run.ended ?? record };
  state.runs.set(record.run, ended);
  return ended;
}

function touch(state: Draft, record: LogRecord, change: Partial<SnapshotEntry>): SnapshotEntry {
  const entry = state.snapshots.get(record.snapshot);
  if (entry === undefined) throw new LogDamagedError(logKey(state, record.number), 'it names a snapshot that the log does not have');
  const touched = { ...entry, ...change, history: [...entry.history, eventOf(record)] };
  state.snapshots.set(touched.snapshot, touched);
  if (state.current?.snapshot === touched.snapshot) state.current = touched;
  return touched;
}

function makeCurrent(state: Draft, entry: SnapshotEntry): void {
  state.current = entry;
  state.currentSince = state.head;
}

function eventOf({ number, kind, actor, reason, at }: LogRecord): SnapshotEvent {
  return { number, kind, actor, reason, at };
}
