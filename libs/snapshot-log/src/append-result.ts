import type { LogRecord } from '@lastgood/contracts';
import type { Refusal } from './conditions.js';
import type { UnsealedRecord } from './record-bytes.js';
import type { LogState } from './log-state.js';

/** A record that was sent and may or may not be in the log, now or later. Opaque: hand it to `SnapshotLog.resolve`. */
export interface PendingAppend {
  readonly intent: AppendIntent;
  readonly record: LogRecord;
  readonly bytes: Buffer;
  readonly inFlight: boolean;
}

/** What is to be appended: the condition, and how the record looks on a given state. */
export interface AppendIntent {
  condition(state: LogState): Refusal | null;
  record(state: LogState): RecordDraft;
}

type Draft<T> = T extends unknown ? Omit<T, 'version' | 'number' | 'id' | 'district' | 'source' | 'previousSha256' | 'at'> : never;
/** The members of a record that its kind decides; the log adds the others. */
export type RecordDraft = Draft<UnsealedRecord>;

/**
 * How an append ended. `unknown` is neither: the record may be in the log now or get there later. Never report it as failed, never
 * clean up after it; call `resolve(pending)` until it is one of the other two, or (runs only, after a restart too) end the run again.
 */
export type AppendResult<R extends LogRecord = LogRecord> =
  | { outcome: 'appended'; record: R; state: LogState }
  | { outcome: 'refused'; refusal: Refusal; state: LogState }
  | { outcome: 'unknown'; pending: PendingAppend; cause: unknown };
