import type { EndRecord, LogRecord } from '@lastgood/contracts';
import type { LogState, SnapshotEntry } from './log-state.js';

/**
 * Why the log as it is now does not allow a record. `fenced`: a newer begin took over. `run-ended`: the run has its one
 * publish, quarantine or abort (`record`). `on-hold`: after a rollback, quarantine instead. `conflict`: current changed since the preview.
 * `contended`: too many others wrote at once, ask again.
 */
export type RefusalReason =
  | 'fenced' | 'run-ended' | 'not-begun' | 'on-hold' | 'not-found' | 'not-held' | 'superseded' | 'conflict'
  | 'is-current' | 'not-published' | 'expired' | 'contended';

/** A definite no: nothing was written and nothing is under way. */
export interface Refusal {
  reason: RefusalReason;
  message: string;
  record?: LogRecord;
}

const refuse = (reason: RefusalReason, message: string, record?: LogRecord): Refusal => ({ reason, message, ...(record && { record }) });

/** A run begins, or is taken over, unless it has ended. */
export function mayBegin(state: LogState, run: string): Refusal | null {
  return runEnded(state, run);
}

/** The rule that a run has at most one end: its end record, if the log has one. */
export function endOfRun(state: LogState, run: string): EndRecord | null {
  return state.runs.get(run)?.ended ?? null;
}

/** The fence: true unless the newest begin is this run's, with this epoch. */
export function isFenced(state: LogState, run: string, epoch: number): boolean {
  return state.newestBegin?.run !== run || state.newestBegin.number !== epoch;
}

/** The run has no end yet: at most one publish, quarantine or abort. */
function runEnded(state: LogState, run: string, endOf = endOfRun): Refusal | null {
  const ended = endOf(state, run);
  return ended && refuse('run-ended', `The run has ended with ${ended.kind} (log number ${ended.number}).`, ended);
}

/** After a rollback new snapshots are held. */
export function isOnHold(state: LogState): boolean {
  return state.hold !== null;
}

/** The rules of publish and quarantine that the simulation weakens. */
export interface EndRules {
  endOfRun: typeof endOfRun;
  isFenced: typeof isFenced;
  isOnHold: typeof isOnHold;
}

/** The rules of decisions that the simulation weakens. */
export interface DecisionRules {
  changedSince: typeof changedSince;
  isHeld: typeof isHeld;
  isCurrent: typeof isCurrent;
}

/** A run may publish or quarantine once, while the newest begin is its own; publish only while no rollback holds. */
export function mayEnd(state: LogState, kind: 'publish' | 'quarantine', run: string, epoch: number, rules: EndRules): Refusal | null {
  const ended = runEnded(state, run, rules.endOfRun);
  if (ended) return ended;
  if (!state.runs.has(run)) return refuse('not-begun', 'The run has no begin record.');
  if (rules.isFenced(state, run, epoch)) {
    return refuse('fenced', `Log number ${state.newestBegin?.number ?? 0} began after epoch ${epoch}.`, state.newestBegin ?? undefined);
  }
  if (kind === 'publish' && rules.isOnHold(state)) {
    return refuse('on-hold', `A rollback (log number ${state.hold?.number ?? 0}) holds new snapshots until one is approved.`, state.hold ?? undefined);
  }
  return null;
}

/** A run may be aborted while it has no end; with an epoch, only while that is still the run's newest. */
export function mayAbort(state: LogState, run: string, epoch: number | null, rules: EndRules): Refusal | null {
  const ended = runEnded(state, run, rules.endOfRun);
  if (ended) return ended;
  const entry = state.runs.get(run);
  if (entry === undefined) return refuse('not-begun', 'The run has no begin record.');
  if (epoch !== null && entry.epoch !== epoch) return refuse('fenced', `The run was taken over with epoch ${entry.epoch}.`);
  return null;
}

/** A held snapshot may be approved, and after a rollback current itself, if current has not changed since the previewed log number. */
export function mayApprove(state: LogState, snapshot: string, previewed: number, rules: DecisionRules): Refusal | null {
  const entry = state.snapshots.get(snapshot);
  if (entry === undefined) return refuse('not-found', 'The log has no such snapshot.');
  const changed = rules.changedSince(state, previewed);
  if (changed) return changed;
  if (state.hold && state.current?.snapshot === snapshot || rules.isHeld(entry)) return null;
  switch (entry.state) {
    case 'published': return refuse('not-held', 'The snapshot is published already.');
    case 'held':
    case 'superseded': return refuse('superseded', 'A newer snapshot came after it.');
    case 'expired':
    case 'rejected': return expired();
  }
}

/** A decision holds only if current has not changed since the log number that was looked at; null (nothing was looked at) allows it. */
export function changedSince(state: LogState, previewed: number | null): Refusal | null {
  if (previewed === null || (previewed <= state.head && state.currentSince <= previewed)) return null;
  return refuse('conflict', `What readers get changed at log number ${state.currentSince}, after the preview at ${previewed}. Look again.`);
}

/** A published snapshot that is not current and has not expired may be rolled back to. */
export function mayRollBack(state: LogState, snapshot: string): Refusal | null {
  const entry = state.snapshots.get(snapshot);
  if (entry === undefined) return refuse('not-found', 'The log has no such snapshot.');
  if (entry.state === 'expired' || entry.state === 'rejected') return expired();
  if (entry.state !== 'published') return refuse('not-published', 'The snapshot was never published: approve it instead.');
  if (state.current?.snapshot === snapshot) return refuse('is-current', 'Readers get this snapshot already.');
  return null;
}

/** Anything but current may expire, once. */
export function mayExpire(state: LogState, snapshot: string, rules: DecisionRules): Refusal | null {
  const entry = state.snapshots.get(snapshot);
  if (entry === undefined) return refuse('not-found', 'The log has no such snapshot.');
  if (isExpired(entry)) return expired();
  if (rules.isCurrent(state, snapshot)) return refuse('is-current', 'Readers get this snapshot: it cannot expire.');
  return null;
}

/** Only a snapshot that waits for approval, or would if no newer one had come, may be rejected. */
export function mayReject(state: LogState, snapshot: string, rules: DecisionRules): Refusal | null {
  const entry = state.snapshots.get(snapshot);
  if (entry?.state === 'published') return refuse('not-held', 'The snapshot is published already: roll back instead.');
  return mayExpire(state, snapshot, rules);
}

/** True while it waits for a decision: not once a newer one came. */
export function isHeld(entry: SnapshotEntry): boolean {
  return entry.state === 'held';
}

/** True for the snapshot that readers get. */
export function isCurrent(state: LogState, snapshot: string): boolean {
  return state.current?.snapshot === snapshot;
}

/** True once an expire record names it. */
export function isExpired(entry: SnapshotEntry): boolean {
  return entry.state === 'expired' || entry.state === 'rejected';
}

/** Whether readers ever got it: published at once, or held and then approved. */
export function wasPublished({ history }: SnapshotEntry): boolean {
  return history.some(({ kind }) => kind === 'publish' || kind === 'approve');
}

const expired = (): Refusal => refuse('expired', 'The snapshot has expired.');
