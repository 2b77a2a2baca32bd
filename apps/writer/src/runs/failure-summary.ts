import type { RecordSummary } from '@lastgood/contracts';
import type { Versions } from '../commit/versions.js';
import type { RunsTable } from '../tables.js';
import { collectionsOf, statsOf, type StopOrder } from './run-row.js';

/** What the log keeps of a run that ended without a snapshot. */
export function failureSummary(row: RunsTable, order: StopOrder, { now, sourceType, versions }: { now: string; sourceType: string; versions: Versions }): RecordSummary {
  const { retryable: _, ...finding } = order.failure ?? { retryable: false };
  const errors = 'code' in finding ? [finding] : [];
  const { calls, retries } = statsOf(row);
  const fetched = Object.fromEntries(collectionsOf(row).map(({ collection, records }) => [collection, records]));
  return {
    status: order.outcome, schemaVersion: versions.schema, calculationVersion: versions.calculation, sourceType,
    createdAt: now, startedAt: row.requested_at, completedAt: now, sizeBytes: 0,
    errorCount: errors.reduce((sum, { count }) => sum + count, 0), warningCount: 0, errors, findings: [], counts: { ...fetched, api_calls: calls, retries }, missing: [],
  };
}
