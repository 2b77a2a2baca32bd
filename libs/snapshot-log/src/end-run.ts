import type { AbortRecord, Finding, LogRecord, PublishRecord, QuarantineRecord, RecordSummary } from '@lastgood/contracts';
import type { AppendResult, PendingAppend } from './append-result.js';
import type { Refusal } from './conditions.js';
import { discardAttempt } from './discard-attempt.js';
import type { By, EndOfRun, SnapshotLog } from './snapshot-log.js';

/**
 * What may be told about a run that a writer wanted to end. `published`, `held`, `failed`, `cancelled` stand in the log with `record`. `refused`: tell nothing
 * about the run; `fenced`: another epoch or another run goes on; `contended`: call again; `not-begun`: nothing can come of this run. `unknown`: keep saying
 * `publishing` or `stopping` and call the same function again with the same arguments, after a restart too; it finds its own record.
 */
export type RunReport =
  | { outcome: 'published'; record: PublishRecord }
  | { outcome: 'held'; record: QuarantineRecord }
  | { outcome: 'failed' | 'cancelled'; record: AbortRecord }
  | { outcome: 'refused'; refusal: Refusal }
  | { outcome: 'unknown'; pending: PendingAppend; cause: unknown };

/** The end of a run whose attempt is finished. */
export type AttemptEnd = Omit<EndOfRun, 'summary'> & By & {
  /** What the gate decided. */
  verdict: 'publish' | 'quarantine';
  summary: RecordSummary;
};

/**
 * Commits a finished attempt: publishes it or holds it, as the gate decided; holds it too when a rollback's hold is on. A run that has ended
 * already, by a lost answer or another writer, is reported as it ended. Throws ObjectStoreError only while nothing is under way.
 */
export async function endRun(log: SnapshotLog, end: AttemptEnd): Promise<RunReport> {
  const first = end.verdict === 'publish' ? await log.publish(end) : await log.quarantine(end);
  const onHold = first.outcome === 'refused' && first.refusal.reason === 'on-hold';
  const result = onHold ? await log.quarantine({ ...end, summary: held(end.summary) }) : first;
  if (log.rules.mayDiscard(result)) await discardAttempt(log, end);
  return report(log, result);
}

/**
 * Ends a run without a snapshot: reported failed or cancelled only once the abort record is in the log. `epoch`: give it when the writer of that epoch
 * failed, leave it out for a cancel, which stops the run whoever works on it.
 */
export async function failRun(
  log: SnapshotLog,
  end: { run: string; epoch?: number; outcome: 'failed' | 'cancelled'; summary?: RecordSummary } & By,
): Promise<RunReport> {
  return report(log, await log.abort(end));
}

function report(log: SnapshotLog, result: AppendResult): RunReport {
  switch (result.outcome) {
    case 'appended': return ended(result.record);
    case 'unknown':
      return log.rules.reportUnknown() === 'failed'
        ? { outcome: 'failed', record: result.pending.record as AbortRecord }
        : { outcome: 'unknown', pending: result.pending, cause: result.cause };
    case 'refused':
      return result.refusal.reason === 'run-ended' && result.refusal.record
        ? ended(result.refusal.record)
        : { outcome: 'refused', refusal: result.refusal };
  }
}

function ended(record: LogRecord): RunReport {
  switch (record.kind) {
    case 'publish': return { outcome: 'published', record };
    case 'quarantine': return { outcome: 'held', record };
    case 'abort': return { outcome: record.outcome, record };
    default: throw new Error(`A ${record.kind} record ends no run.`);
  }
}

const HOLD: Finding = {
  code: 'rollback_hold', severity: 'warning', collection: null, offset: null, httpStatus: null, count: 1,
  message: 'Readers were rolled back to an earlier snapshot: approve this one, or lift the hold by approving the current one.',
};

function held(summary: RecordSummary): RecordSummary {
  return { ...summary, status: 'quarantined', findings: [...summary.findings.slice(0, 19), HOLD] };
}

