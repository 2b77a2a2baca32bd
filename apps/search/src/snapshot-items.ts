import type { AbortRecord, RecordSummary, SnapshotItem } from '@lastgood/contracts';
import type { LogState, SnapshotEntry } from '@lastgood/snapshot-log';
import { referenceOf } from './serving-sources.js';

/** One line of the history with what it is ordered by. */
export interface HistoryLine {
  /** Time of the record that ended the attempt. */
  at: string;
  item: SnapshotItem;
  /** Null for runs that failed. */
  entry: SnapshotEntry | null;
}

/** Snapshots, held attempts and failed runs of one source, newest first. */
export function historyOf(state: LogState): HistoryLine[] {
  const lines = [...state.snapshots.values()].map((entry) => lineOfEntry(state, entry));
  for (const { ended, date } of state.runs.values()) if (ended?.kind === 'abort') lines.push(lineOfAbort(state.source, ended, date));
  return lines.sort((a, b) => b.item.log_number - a.item.log_number);
}

export function lineOfEntry(state: LogState, entry: SnapshotEntry): HistoryLine {
  const { summary } = entry;
  return {
    at: entry.at,
    entry,
    item: {
      snapshot_id: entry.snapshot,
      source: state.source,
      state: state.current?.snapshot === entry.snapshot ? 'current' : entry.state,
      status: wasPublished(entry) ? referenceOf(entry).status : 'quarantined',
      snapshot_date: entry.date,
      created_at: summary?.createdAt ?? entry.at,
      ...figures(summary),
      log_number: entry.number,
    },
  };
}

/** A held one counts once it was approved, although its status.json says for good what the gate decided. */
function wasPublished({ history }: SnapshotEntry): boolean {
  return history.some(({ kind }) => kind === 'publish' || kind === 'approve');
}

function lineOfAbort(source: string, record: AbortRecord, date: string): HistoryLine {
  return {
    at: record.at,
    entry: null,
    item: {
      snapshot_id: record.snapshot, source, state: record.outcome, status: 'failed', snapshot_date: date,
      created_at: record.summary?.createdAt ?? record.at, ...figures(record.summary ?? null), log_number: record.number,
    },
  };
}

function figures(summary: RecordSummary | null): Pick<SnapshotItem, 'schema_version' | 'calculation_version' | 'size_bytes' | 'error_count' | 'counts' | 'findings' | 'missing'> {
  return {
    schema_version: summary?.schemaVersion ?? 'unknown',
    calculation_version: summary?.calculationVersion ?? 'unknown',
    size_bytes: summary?.sizeBytes ?? 0,
    error_count: summary?.errorCount ?? 0,
    counts: summary?.counts ?? {},
    findings: [...(summary?.errors ?? []), ...(summary?.findings ?? [])],
    missing: summary?.missing ?? [],
  };
}
