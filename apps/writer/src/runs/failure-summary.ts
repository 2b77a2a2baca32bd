import { CALCULATION_VERSION, SCHEMA_VERSION, type CollectionProgress, type RecordSummary } from '@lastgood/contracts';
import type { RunsTable } from '../tables.js';
import type { StopOrder } from './run-row.js';

/** What the log keeps of a run that ended without a snapshot. */
export function failureSummary(row: RunsTable, order: StopOrder, { now, sourceType }: { now: string; sourceType: string }): RecordSummary {
  const { retryable: _, ...finding } = order.failure ?? { retryable: false };
  const errors = 'code' in finding ? [finding] : [];
  const counts = Object.fromEntries((JSON.parse(row.collections) as CollectionProgress[]).map(({ collection, records }) => [collection, records]));
  return {
    status: order.outcome, schemaVersion: SCHEMA_VERSION, calculationVersion: CALCULATION_VERSION, sourceType,
    createdAt: now, startedAt: row.requested_at, completedAt: now, sizeBytes: 0,
    errorCount: errors.reduce((sum, { count }) => sum + count, 0), warningCount: 0, errors, findings: [], counts, missing: [],
  };
}
