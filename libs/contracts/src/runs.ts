import { z } from 'zod';
import { RunFailure } from './failure.js';
import { CalendarDate, Collection, DistrictId, Epoch, Instant, RunId, SnapshotId, SourceId } from './ids.js';
import { WalkEvidence } from './staging.js';

/** Phases in order; the last four are final. `stopping` lasts until the abort record is in the log. */
export const RunPhase = z.enum(['requested', 'fetching', 'building', 'checking', 'publishing', 'stopping', 'published', 'quarantined', 'failed', 'cancelled']);
export type RunPhase = z.infer<typeof RunPhase>;

/** The phases after which nothing more happens to a run. */
export const FINAL_PHASES: readonly RunPhase[] = ['published', 'quarantined', 'failed', 'cancelled'];

/** Who or what asked: `via` says by which way, `actor` names the key (never a person) or `schedule`. */
export const Asker = z.strictObject({
  actor: z.string().min(1).max(128),
  via: z.enum(['http', 'cli', 'schedule']),
});
export type Asker = z.infer<typeof Asker>;

/** How far one collection is. */
export const CollectionProgress = z.strictObject({
  collection: Collection,
  state: z.enum(['waiting', 'fetching', 'fetched', 'missing']),
  pages: z.number().int().min(0),
  records: z.number().int().min(0),
  /** Records the upstream says there are, or null. */
  toldTotal: z.number().int().min(0).nullable(),
  duplicates: z.number().int().min(0),
  calls: z.number().int().min(0),
  retries: z.number().int().min(0),
  restarts: z.number().int().min(0),
  evidence: WalkEvidence.nullable(),
});
export type CollectionProgress = z.infer<typeof CollectionProgress>;

/** Progress of a run over all collections. */
export const RunProgress = z.strictObject({
  collection: Collection.nullable(),
  pages: z.number().int().min(0),
  records: z.number().int().min(0),
  /** Records expected in all, from told totals or the last snapshot; null when neither is known. */
  expectedRecords: z.number().int().min(0).nullable(),
  recordsPerSecond: z.number().min(0).nullable(),
  /** Time left as a range, seconds; null when unknown. */
  remainingSeconds: z.strictObject({ low: z.number().min(0), high: z.number().min(0) }).nullable(),
  collections: z.array(CollectionProgress).max(16),
});
export type RunProgress = z.infer<typeof RunProgress>;

/** A run as every client sees it. */
export const Run = z.strictObject({
  id: RunId,
  district: DistrictId,
  source: SourceId,
  epoch: Epoch.nullable(),
  date: CalendarDate,
  phase: RunPhase,
  asker: Asker,
  requestedAt: Instant,
  finishedAt: Instant.nullable(),
  durationSeconds: z.number().min(0).nullable(),
  progress: RunProgress,
  /** The snapshot the run made, when it published or quarantined. */
  snapshot: SnapshotId.nullable(),
  /** Log number of the run's last record (publish, quarantine, abort), when there is one. */
  logNumber: z.number().int().min(1).nullable(),
  failure: RunFailure.nullable(),
  warnings: z.number().int().min(0),
}).meta({ id: 'Run' });
export type Run = z.infer<typeof Run>;
