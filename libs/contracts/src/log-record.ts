import { z } from 'zod';
import { Finding } from './failure.js';
import { CalendarDate, DistrictId, Epoch, Instant, RunId, Sha256, SnapshotId, SourceId } from './ids.js';

/** Version of the log record format that this code writes. A committed sample of every version stays readable. */
export const LOG_RECORD_VERSION = 1;

/** Number of a log record: 1 is the first, no gaps; the number of a `begin` is the run's epoch. */
export const LogNumber = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** What the bytes of `manifest.json` were when they were committed. `size` in bytes. */
export const ManifestReference = z.strictObject({ sha256: Sha256, size: count });
export type ManifestReference = z.infer<typeof ManifestReference>;

/** What a list of snapshots and failed runs shows without another read. Bounded, without personal data. */
export const RecordSummary = z.strictObject({
  status: z.enum(['complete', 'partial', 'quarantined', 'failed', 'cancelled']),
  schemaVersion: z.string().max(16),
  calculationVersion: z.string().max(16),
  /** Kind of the source, as `oneroster-1.1`. */
  sourceType: z.string().max(64),
  createdAt: Instant,
  startedAt: Instant,
  completedAt: Instant.nullable(),
  /** Sum of the uncompressed sizes of the files, bytes. */
  sizeBytes: count,
  errorCount: count,
  warningCount: count,
  /** The first errors: collection, page, cause. */
  errors: z.array(Finding).max(20),
  /** Why the gate held it. */
  findings: z.array(Finding).max(20),
  /** Rows per dataset, and other counts as status.json has them. */
  counts: z.record(z.string().max(64), count).refine((counts) => Object.keys(counts).length <= 64, 'at most 64 counts'),
  /** Collections that a partial snapshot lacks. */
  missing: z.array(z.string().max(32)).max(16),
});
export type RecordSummary = z.infer<typeof RecordSummary>;

const common = {
  version: z.literal(LOG_RECORD_VERSION),
  number: LogNumber,
  /** Random, one per intended record: tells two records of equal content apart. */
  id: RunId,
  district: DistrictId,
  source: SourceId,
  run: RunId,
  epoch: Epoch,
  snapshot: SnapshotId,
  /** `snapshots/{district}/{date}/{source}/{snapshot}/` */
  folder: z.string().min(1).max(400),
  /** SHA-256 of the bytes of the record before; null for number 1. */
  previousSha256: Sha256.nullable(),
  /** Who did it: the id of a key, `schedule`, `retention`; never a person. */
  actor: z.string().min(1).max(128),
  reason: z.string().max(500).nullable(),
  at: Instant,
};
/** SHA-256 of the record's bytes without this member: makes damage of the newest record visible, which no successor vouches for yet. */
const checksum = { checksum: Sha256 };
const result = { manifest: ManifestReference, summary: RecordSummary.optional() };
const target = { manifest: ManifestReference };

export const BeginRecord = z.strictObject({ ...common, kind: z.literal('begin'), date: CalendarDate, ...checksum });
export type BeginRecord = z.infer<typeof BeginRecord>;
export const PublishRecord = z.strictObject({ ...common, kind: z.literal('publish'), ...result, ...checksum });
export type PublishRecord = z.infer<typeof PublishRecord>;
export const QuarantineRecord = z.strictObject({ ...common, kind: z.literal('quarantine'), ...result, ...checksum });
export type QuarantineRecord = z.infer<typeof QuarantineRecord>;
/** `previewed`: the log number the approver saw; the approval holds only if current is still what it was then. */
export const ApproveRecord = z.strictObject({ ...common, kind: z.literal('approve'), ...target, previewed: LogNumber, ...checksum });
export type ApproveRecord = z.infer<typeof ApproveRecord>;
export const RollbackRecord = z.strictObject({ ...common, kind: z.literal('rollback'), ...target, ...checksum });
export type RollbackRecord = z.infer<typeof RollbackRecord>;
export const ExpireRecord = z.strictObject({ ...common, kind: z.literal('expire'), ...target, ...checksum });
export type ExpireRecord = z.infer<typeof ExpireRecord>;
export const AbortRecord = z.strictObject({
  ...common, kind: z.literal('abort'), outcome: z.enum(['failed', 'cancelled']), summary: RecordSummary.optional(), ...checksum,
});
export type AbortRecord = z.infer<typeof AbortRecord>;

/**
 * One record of the log of a district and source, version 1: stored once as
 * `log/{district}/{source}/{number, 20 digits}.json`, never changed, never deleted.
 */
export const LogRecord = z.discriminatedUnion('kind', [
  BeginRecord, PublishRecord, QuarantineRecord, ApproveRecord, RollbackRecord, ExpireRecord, AbortRecord,
]);
export type LogRecord = z.infer<typeof LogRecord>;
export type LogRecordKind = LogRecord['kind'];
/** The record that ends a run: at most one per run. */
export type EndRecord = PublishRecord | QuarantineRecord | AbortRecord;
