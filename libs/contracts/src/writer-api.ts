import { z } from 'zod';
import { TimeZone } from './district-config.js';
import { DistrictId, Instant, SnapshotId, SourceId } from './ids.js';
import { Asker, Run, RunPhase } from './runs.js';
import { Cursor } from './search-api.js';
import { StatusFile } from './status-file.js';

/** Body of a refresh; without `source` every source of the district. */
export const RefreshBody = z.strictObject({ source: SourceId.optional() });
export type RefreshBody = z.infer<typeof RefreshBody>;

/** What the gateway sends the writer. `idempotencyKey` gives the same answer for 24 h. */
export const RefreshCommand = RefreshBody.extend({ asker: Asker, idempotencyKey: z.string().min(1).max(255).optional() });
export type RefreshCommand = z.infer<typeof RefreshCommand>;

/** The runs that were started or joined, one per source. */
export const RefreshAnswer = z.strictObject({
  district: DistrictId,
  runs: z.array(z.strictObject({ run: Run, joined: z.boolean() })).min(1).max(32),
}).meta({ id: 'RefreshAnswer' });
export type RefreshAnswer = z.infer<typeof RefreshAnswer>;

export const RunsQuery = z.strictObject({
  district: DistrictId.optional(),
  source: SourceId.optional(),
  phase: RunPhase.optional(),
  active: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor.optional(),
});
export type RunsQuery = z.infer<typeof RunsQuery>;
export const RunsAnswer = z.strictObject({ items: z.array(Run).max(200), nextCursor: Cursor.nullable() }).meta({ id: 'RunsAnswer' });
export type RunsAnswer = z.infer<typeof RunsAnswer>;

export const ReasonBody = z.strictObject({ reason: z.string().min(1).max(500).optional() });
export type ReasonBody = z.infer<typeof ReasonBody>;
export const CancelCommand = ReasonBody.extend({ asker: Asker });
export type CancelCommand = z.infer<typeof CancelCommand>;

const Previewed = z.number('the log head that you looked at: `log_head` of the snapshot').int().min(1);

/** `previewed`: the log head that was looked at; 409 `current_changed` when the current snapshot changed since. */
export const DecisionBody = ReasonBody.extend({ previewed: Previewed.optional() });
export type DecisionBody = z.infer<typeof DecisionBody>;
export const DecisionCommand = DecisionBody.extend({ asker: Asker });
export type DecisionCommand = z.infer<typeof DecisionCommand>;
/** As a decision; nothing is published that nobody looked at, so `previewed` is required. */
export const ApprovalBody = ReasonBody.extend({ previewed: Previewed });
export type ApprovalBody = z.infer<typeof ApprovalBody>;
export const ApprovalCommand = ApprovalBody.extend({ asker: Asker });
export type ApprovalCommand = z.infer<typeof ApprovalCommand>;
/** The record that was appended. */
export const DecisionAnswer = z.strictObject({ district: DistrictId, source: SourceId, snapshot: SnapshotId, kind: z.enum(['approve', 'expire', 'rollback']), logNumber: z.number().int().min(1) }).meta({ id: 'DecisionAnswer' });
export type DecisionAnswer = z.infer<typeof DecisionAnswer>;

/** When a source is to be refreshed instead of when the file says: cron of five fields, or `off`; without a time zone in the district's. Null goes back to the file. */
export const ScheduleBody = z.strictObject({ cron: z.string().min(1).max(128), timeZone: TimeZone.nullable().default(null) }).nullable();
export type ScheduleBody = z.infer<typeof ScheduleBody>;
export const ScheduleCommand = z.strictObject({ schedule: ScheduleBody, asker: Asker });
export type ScheduleCommand = z.infer<typeof ScheduleCommand>;
/** `from` says where the schedule was set: `default` is every day at 03:00. `next` is null for `off`. */
export const ScheduleAnswer = z.strictObject({
  cron: z.string().max(128),
  timeZone: z.string().max(64).nullable(),
  from: z.enum(['file', 'default', 'override']),
  next: Instant.nullable(),
}).meta({ id: 'ScheduleAnswer' });
export type ScheduleAnswer = z.infer<typeof ScheduleAnswer>;

/** What the writer knows of one source. */
export const SourceRunStatus = z.strictObject({
  source: SourceId,
  activeRun: Run.nullable(),
  lastRun: Run.nullable(),
  /** The active run, else the last one where it failed or was cancelled, in the shape of status.json; null when the last run left a snapshot, whose file `status.json` says it. */
  attempt: StatusFile.nullable(),
  nextRunAt: Instant.nullable(),
  /** Median duration of the last successful runs, seconds. */
  usualSeconds: z.number().min(0).nullable(),
});
export type SourceRunStatus = z.infer<typeof SourceRunStatus>;
export const RunStatus = z.strictObject({ district: DistrictId, sources: z.array(SourceRunStatus).max(32) });
export type RunStatus = z.infer<typeof RunStatus>;
