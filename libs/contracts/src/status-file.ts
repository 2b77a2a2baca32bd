import { z } from 'zod';
import { Finding } from './failure.js';
import { CalendarDate, DistrictId, Instant, RunId, Sha256, SnapshotId, SourceId } from './ids.js';

/** What `status.json` says of one file, by its logical (uncompressed) name. */
export const StatusFileEntry = z.strictObject({ rows: z.number().int().min(0).nullable(), size_bytes: z.number().int().min(0), sha256: Sha256 });

/** `status.json` of an attempt, written once at its end; the status endpoint gives the same shape while fetching and for failed runs. */
export const StatusFile = z.strictObject({
  version: z.literal(1),
  district_id: DistrictId,
  snapshot_id: SnapshotId.nullable(),
  snapshot_date: CalendarDate,
  /** Kind of the source, as `oneroster-1.1`. */
  source_type: z.string().max(64),
  source_id: SourceId,
  status: z.enum(['fetching', 'complete', 'partial', 'quarantined', 'failed']),
  created_at: Instant,
  started_at: Instant,
  completed_at: Instant.nullable(),
  fetched_by_session: RunId,
  schema_version: z.string().max(16),
  calculation_version: z.string().max(16),
  files: z.record(z.string().max(64), StatusFileEntry),
  fetch_stats: z.strictObject({
    total_api_calls: z.number().int().min(0),
    total_records: z.number().int().min(0),
    duration_seconds: z.number().min(0),
    retries: z.number().int().min(0),
    errors: z.array(Finding).max(100),
  }),
  /** Counted, not listed: records per dataset, links between students and guardians that point nowhere, findings. */
  counts: z.record(z.string().max(64), z.number().int().min(0)),
  findings: z.array(Finding).max(100),
  /** Collections that are missing in a partial snapshot. */
  missing: z.array(z.string().max(32)).max(16),
  /** Settings of the source that weaken what the walk proves, by name. */
  weaker_settings: z.array(z.string().max(64)).max(16),
}).meta({ id: 'StatusFile' });
export type StatusFile = z.infer<typeof StatusFile>;
