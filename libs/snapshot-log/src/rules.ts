import type { LogRecordKind } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import type { AppendResult } from './append-result.js';
import { type DecisionRules, type EndRules, type Refusal, changedSince, endOfRun, isCurrent, isExpired, isFenced, isHeld, isOnHold } from './conditions.js';
import type { AttemptKey } from './keys.js';
import type { LogState, SnapshotEntry } from './log-state.js';
import { type Measured, sameBytes } from './measure.js';

/** The rules of an attempt that the simulation weakens. */
export interface AttemptRules {
  /** A part counts only once it was read back as it was written. */
  isAsWritten(back: Measured, written: Measured): boolean;
  /** The order of an attempt's last two files: the manifest comes when everything it names is there. */
  lastFiles<T>(status: T, manifest: T): readonly T[];
}

/**
 * The rules of the protocol that the simulation weakens one by one to prove that its judge would notice. The services use
 * `shippedRules`; nothing but the simulation hands in others.
 */
export interface Rules extends EndRules, DecisionRules, AttemptRules {
  /** Every kind of record is committed by being written to the log, none by a note elsewhere. */
  needsRecord(kind: LogRecordKind): boolean;
  /** Conditions are evaluated anew on every state, after a lost slot too. `lostSlots` counts those of this append. */
  evaluate(condition: (state: LogState) => Refusal | null, state: LogState, lostSlots: number): Refusal | null;
  /** A record is created only where no record is. */
  commit(store: ObjectStore, key: string, bytes: Uint8Array): Promise<'created' | 'exists'>;
  /** What to do when the number was taken: read what is there. `next` would go on without reading. */
  afterTaken(): 'read' | 'next';
  /** What a result that is not known is called: never failed. */
  reportUnknown(): 'unknown' | 'failed';
  /** A writer deletes its own attempt only after a definite refusal because of a newer begin. */
  mayDiscard(result: AppendResult): boolean;
  /** What a publish or quarantine names is deleted only after its expire record. */
  mayDelete(entry: SnapshotEntry, state: LogState, expiredLongEnough: boolean): boolean;
  /** What no record names is deleted only below the newest begin; `old` is the extra belt. */
  isOrphan(attempt: AttemptKey, state: LogState, old: boolean): boolean;
  /** Numbers of log records to delete: none, ever. */
  deletableRecords(state: LogState): number[];
}

/** The rules as design and decision records state them. */
export const shippedRules: Rules = {
  endOfRun,
  isFenced,
  isOnHold,
  changedSince,
  isHeld,
  isCurrent,
  isAsWritten: sameBytes,
  lastFiles: (status, manifest) => [status, manifest],
  needsRecord: () => true,
  evaluate: (condition, state) => condition(state),
  commit: (store, key, bytes) => store.create(key, bytes),
  afterTaken: () => 'read',
  reportUnknown: () => 'unknown',
  mayDiscard: (result) => result.outcome === 'refused' && result.refusal.reason === 'fenced',
  mayDelete: (entry, _state, expiredLongEnough) => isExpired(entry) && expiredLongEnough,
  isOrphan: (attempt, state, old) => old && attempt.epoch < (state.newestBegin?.number ?? 0),
  deletableRecords: () => [],
};
