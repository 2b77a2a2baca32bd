import { snapshotIdOf, type EndRecord, type Finding, type RunFailure, type RunPhase } from '@lastgood/contracts';
import type { Clock, CrashPoints, Districts, Log } from '@lastgood/service-runtime';
import { failRun, LogDamagedError, type RunReport } from '@lastgood/snapshot-log';
import type { Kysely } from 'kysely';
import type { RunsTable, WriterTables } from '../tables.js';
import type { StoreFitness } from '../commit/store-fitness.js';
import type { Versions } from '../commit/versions.js';
import { failureSummary } from './failure-summary.js';
import type { Logs } from './logs.js';
import type { Outbox } from './outbox.js';
import type { RunAnnouncer } from './run-announcer.js';
import type { RunMetrics } from './run-metrics.js';
import { runOf, type KeptStats, type StopOrder } from './run-row.js';
import { STOPPABLE, type RunStore } from './run-store.js';

/** What a run that ended with a snapshot tells besides its record. */
export interface RunResult {
  warnings: number;
}

/** What happens after a run is final: staging goes. Called once per run by the process that made it final; a crash before it leaves staging to the daily sweep. */
export type AfterRun = (row: RunsTable) => Promise<void>;

/** What is decided together with the end of a run, in one transaction: its retry. */
export type PlanRetry = (transaction: Kysely<WriterTables>, row: RunsTable) => Promise<void>;

/** What it works on. */
export interface RunEndParts {
  runs: RunStore;
  districts: Districts;
  logs: Logs;
  outbox: Outbox;
  announcer: RunAnnouncer;
  metrics: RunMetrics;
  clock: Clock;
  crash: CrashPoints;
  log: Log;
  versions: Versions;
  fitness: Pick<StoreFitness, 'isFit'>;
  planRetry: PlanRetry;
  after: AfterRun;
}

/** Ends runs: stops them with a reason, and makes their rows final from their last log record. */
export class RunEnd {
  constructor(private readonly parts: RunEndParts) {}

  /**
   * Begins to stop a run, and tries at once to bring `abort` into the log. `epoch` fences an order that comes from the work on it, `phases` one that only
   * holds in these; `stats`: what the pull cost until then.
   * Undefined when the run had ended, went on or was taken over: then nothing happened.
   */
  async stop(id: string, epoch: number | null, order: StopOrder, { stats, phases = STOPPABLE }: { stats?: KeptStats; phases?: readonly RunPhase[] } = {}): Promise<RunsTable | undefined> {
    const stopping = await this.parts.runs.db.transaction().execute(async (transaction) => {
      const row = await this.parts.runs.change(
        { id, phases, ...(epoch !== null && { epoch }) },
        { phase: 'stopping', stop: JSON.stringify(order), alive_at: this.#now(), ...(stats && { stats: JSON.stringify(stats) }) },
        transaction,
      );
      if (row !== undefined && row.epoch !== null) {
        await this.parts.outbox.add(transaction, 'refresh.cancelled', { district: row.district, source: row.source, run: row.id, epoch: row.epoch });
      }
      return row;
    });
    if (stopping === undefined) return undefined;
    await this.parts.announcer.phase(stopping);
    await this.parts.outbox.drain();
    try {
      return await this.finishStopping(stopping);
    } catch (error) {
      if (!(error instanceof LogDamagedError)) throw error;
      this.parts.log.with({ run: id }).error('The run stays stopping until its log is restored: its end cannot be recorded.', error, { errorCode: 'log_damaged' });
      return stopping;
    }
  }

  /**
   * Brings the abort of a stopping run into the log. While its outcome is unknown, or the store is unfit, the run goes on saying `stopping`; call again. Throws
   * LogDamagedError while nothing can be added to the log, ObjectStoreError while the store does not answer.
   */
  async finishStopping(row: RunsTable): Promise<RunsTable> {
    if (!this.parts.fitness.isFit) return row;
    const order = JSON.parse(row.stop ?? '{}') as StopOrder;
    this.parts.crash.reach('abort.before-record');
    const abort = {
      run: row.id, outcome: order.outcome, actor: order.actor, summary: failureSummary(row, order, { now: this.#now(), sourceType: this.#kindOf(row), versions: this.parts.versions }),
      ...(order.reason !== null && { reason: order.reason }),
    };
    const report = await this.#abort(row, abort);
    this.parts.crash.reach('abort.record-appended');
    if (report.outcome === 'unknown' || report.outcome === 'refused') return row;
    return this.finalize(row, report.record);
  }

  /** A run that never got its epoch into the log begins only to end. */
  async #abort(row: RunsTable, abort: Parameters<typeof failRun>[1]): Promise<RunReport> {
    const log = this.parts.logs.of(row);
    const report = await failRun(log, abort);
    if (report.outcome !== 'refused' || report.refusal.reason !== 'not-begun') return report;
    await log.begin({ run: row.id, date: row.date, actor: row.actor });
    return failRun(log, abort);
  }

  /** Makes the row final as the log tells it, once; announcements go by the outbox in the same transaction. */
  async finalize(row: RunsTable, record: EndRecord, result?: RunResult): Promise<RunsTable> {
    const order = row.stop === null ? null : JSON.parse(row.stop) as StopOrder;
    const phase = phaseOf(record);
    const failure = phase === 'failed' ? order?.failure ?? failureIn(record) : null;
    const final = await this.parts.runs.db.transaction().execute(async (transaction) => {
      const changed = await this.parts.runs.change({ id: row.id }, {
        phase, active: null, finished_at: this.#now(), log_number: record.number, epoch: record.epoch,
        snapshot: record.kind === 'abort' ? null : snapshotIdOf(record),
        failure: failure === null ? null : JSON.stringify(failure),
        warnings: result?.warnings ?? record.summary?.warningCount ?? 0,
      }, transaction);
      if (changed === undefined) return undefined;
      await this.#announceRecord(transaction, row, record);
      await this.parts.planRetry(transaction, changed);
      await this.parts.outbox.add(transaction, 'run.changed', { district: row.district, source: row.source, run: runOf(changed, this.parts.clock.now()) });
      return changed;
    });
    if (final === undefined) return (await this.parts.runs.get(row.id)) ?? row;
    this.#report(final, failure);
    await this.parts.outbox.drain();
    await this.parts.after(final);
    return final;
  }

  async #announceRecord(transaction: Parameters<Outbox['add']>[0], { district, source }: RunsTable, record: EndRecord): Promise<void> {
    const logNumber = record.number;
    switch (record.kind) {
      case 'publish':
        return this.parts.outbox.add(transaction, 'snapshot.published', { district, source, snapshot: record.snapshot, logNumber, by: 'publish', folder: record.folder, manifestSha256: record.manifest.sha256 });
      case 'quarantine':
        return this.parts.outbox.add(transaction, 'snapshot.quarantined', { district, source, snapshot: record.snapshot, logNumber });
      case 'abort':
        return this.parts.outbox.add(transaction, 'refresh.failed', { district, source, run: record.run, logNumber });
    }
  }

  #report(row: RunsTable, failure: Finding | null): void {
    const { durationSeconds } = runOf(row, this.parts.clock.now());
    this.parts.metrics.ended(row.phase, durationSeconds ?? 0);
    const log = this.parts.log.with({ run: row.id, ...(row.snapshot !== null && { snapshot: row.snapshot }) });
    const fields = {
      district: row.district, source: row.source, status: row.phase, durationSeconds, warnings: row.warnings, logNumber: row.log_number,
      errorCode: failure?.code ?? null, errorCollection: failure?.collection ?? null, errorOffset: failure?.offset ?? null,
    };
    if (row.phase === 'failed') log.warn(`The run failed: ${failure?.message ?? 'no reason is known'}`, fields);
    else log.info('The run ended.', fields);
  }

  /** A source may have left the configuration while its run was under way. */
  #kindOf({ district, source }: RunsTable): string {
    return this.parts.districts.all.find(({ id }) => id === district)?.sources.find(({ id }) => id === source)?.kind ?? 'removed';
  }

  #now(): string {
    return new Date(this.parts.clock.now()).toISOString();
  }
}

function phaseOf(record: EndRecord): 'published' | 'quarantined' | 'failed' | 'cancelled' {
  switch (record.kind) {
    case 'publish': return 'published';
    case 'quarantine': return 'quarantined';
    case 'abort': return record.outcome;
  }
}

function failureIn(record: EndRecord): RunFailure | null {
  const first = record.summary?.errors[0];
  return first === undefined ? null : { ...first, severity: 'error', retryable: false };
}
