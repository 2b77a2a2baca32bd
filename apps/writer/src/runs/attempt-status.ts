import { Collection, snapshotIdOf, type AbortRecord, type CollectionProgress, type Finding, type SourceConfig, type StatusFile } from '@lastgood/contracts';
import type { RunEntry } from '@lastgood/snapshot-log';
import { weakerSettings } from '../commit/status-file.js';
import type { Versions } from '../commit/versions.js';
import type { RunsTable } from '../tables.js';
import { collectionsOf, failureOf, statsOf } from './run-row.js';

/** What a status needs besides the run. */
export interface AttemptPlace {
  district: string;
  source: SourceConfig;
  versions: Versions;
  nowMs: number;
}

/** A run that has no status.json, in its shape: `fetching` until it ends, `failed` when it failed or was cancelled. Null for one that left a snapshot: that has its own. */
export function attemptStatus(row: RunsTable, place: AttemptPlace): StatusFile | null {
  if (row.active === null && row.snapshot !== null) return null;
  const collections = collectionsOf(row);
  const { calls, records, retries, durationMs } = statsOf(row, row.finished_at === null ? place.nowMs : Date.parse(row.finished_at));
  return {
    ...common(place),
    snapshot_id: row.epoch === null ? null : snapshotIdOf({ run: row.id, epoch: row.epoch }),
    snapshot_date: row.date,
    status: row.active === null ? 'failed' : 'fetching',
    created_at: row.finished_at ?? row.requested_at,
    started_at: row.requested_at,
    completed_at: row.finished_at,
    fetched_by_session: row.id,
    fetch_stats: { total_api_calls: calls, total_records: records, duration_seconds: durationMs / 1000, retries, errors: errorsOf(row) },
    counts: Object.fromEntries(collections.map((each) => [each.collection, each.records])),
    missing: collections.filter(({ state }: CollectionProgress) => state === 'missing').map(({ collection }) => collection),
  };
}

/** The same of a run that only the log remembers. Null where its newest ended run left a snapshot, or none ended. */
export function attemptStatusFromLog(runs: ReadonlyMap<string, RunEntry>, place: AttemptPlace): StatusFile | null {
  const newest = [...runs.values()].filter(({ ended }) => ended !== null).sort((a, b) => (b.ended?.number ?? 0) - (a.ended?.number ?? 0))[0];
  return newest?.ended?.kind === 'abort' ? statusOfAbort(newest, newest.ended, place) : null;
}

function statusOfAbort({ date, begunAt }: RunEntry, { run, epoch, at, summary }: AbortRecord, place: AttemptPlace): StatusFile {
  const counts = summary?.counts ?? {};
  const startedAt = summary?.startedAt ?? begunAt;
  const records = Collection.options.reduce((sum, collection) => sum + (counts[collection] ?? 0), 0);
  return {
    ...common(place),
    snapshot_id: snapshotIdOf({ run, epoch }),
    snapshot_date: date,
    status: 'failed',
    created_at: at,
    started_at: startedAt,
    completed_at: at,
    fetched_by_session: run,
    schema_version: summary?.schemaVersion ?? place.versions.schema,
    calculation_version: summary?.calculationVersion ?? place.versions.calculation,
    fetch_stats: {
      total_api_calls: counts['api_calls'] ?? 0, total_records: records, duration_seconds: Math.max(0, Date.parse(at) - Date.parse(startedAt)) / 1000, retries: counts['retries'] ?? 0,
      errors: summary?.errors ?? [],
    },
    counts: Object.fromEntries(Object.entries(counts).filter(([name]) => name !== 'api_calls' && name !== 'retries')),
    missing: summary?.missing ?? [],
  };
}

function common({ district, source, versions }: AttemptPlace) {
  return {
    version: 1 as const, district_id: district, source_type: source.kind, source_id: source.id, schema_version: versions.schema, calculation_version: versions.calculation,
    files: {}, findings: [], weaker_settings: weakerSettings(source),
  };
}

/** The cause of the failure; of a cancelled run that it was cancelled. */
function errorsOf(row: RunsTable): Finding[] {
  const failure = failureOf(row);
  if (failure !== null) {
    const { retryable: _, ...finding } = failure;
    return [finding];
  }
  return row.phase === 'cancelled' ? [{ code: 'run_cancelled', severity: 'error', message: 'The run was cancelled before its end.', collection: null, offset: null, httpStatus: null, count: 1 }] : [];
}
