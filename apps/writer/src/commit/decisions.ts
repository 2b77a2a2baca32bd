import { ServiceError, type ApprovalCommand, type DecisionAnswer, type DecisionCommand, type EventData, type LogRecord } from '@lastgood/contracts';
import type { EventBus } from '@lastgood/event-bus';
import { ObjectStoreError } from '@lastgood/object-store';
import type { Clock, Districts, Log } from '@lastgood/service-runtime';
import { LogDamagedError, type AppendResult, type Refusal, type RefusalReason, type SnapshotLog } from '@lastgood/snapshot-log';
import type { StoreFitness } from './store-fitness.js';
import { refuseDamagedLog } from '../runs/log-damage.js';
import type { Logs } from '../runs/logs.js';
import type { RunStore } from '../runs/run-store.js';

type Decision = 'approve' | 'reject' | 'rollback';

interface Target {
  snapshot: string;
  actor: string;
  reason?: string;
  previewed?: number;
}

const RESOLVE_TRIES = 5;
const RESOLVE_PAUSE_MS = 500;

/**
 * Decides about snapshots by hand: appends the record and tells the readers. Throws `unknown_snapshot`, `current_changed` when the preview is stale, `not_held`,
 * `snapshot_superseded`, `snapshot_expired`, `is_current`, `four_eyes`, `store_unfit`, `log_damaged`, and `outcome_unknown` (retryable) when the store does not say what it did.
 */
export class Decisions {
  constructor(
    private readonly districts: Districts,
    private readonly logs: Logs,
    private readonly bus: EventBus,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly fitness: Pick<StoreFitness, 'require'>,
    private readonly runs: Pick<RunStore, 'hasJoined'>,
  ) {}

  /** Publishes what is held, or lifts the hold of a roll-back when it names current. */
  approve(district: string, snapshot: string, command: ApprovalCommand): Promise<DecisionAnswer> {
    return this.#decide('approve', district, snapshot, command, (log, by) => log.approve({ ...by, previewed: command.previewed }));
  }

  /** What is held will never be published. */
  reject(district: string, snapshot: string, command: DecisionCommand): Promise<DecisionAnswer> {
    return this.#decide('reject', district, snapshot, command, (log, by) => log.reject(by));
  }

  /** Makes an earlier one current again. */
  rollback(district: string, snapshot: string, command: DecisionCommand): Promise<DecisionAnswer> {
    return this.#decide('rollback', district, snapshot, command, (log, by) => log.rollback(by));
  }

  async #decide(decision: Decision, district: string, snapshot: string, command: DecisionCommand, append: (log: SnapshotLog, by: Target) => Promise<AppendResult>): Promise<DecisionAnswer> {
    this.fitness.require();
    const source = await answered(snapshot, () => this.#sourceOf(district, snapshot));
    const log = this.logs.of({ district, source });
    if (decision === 'approve' && this.districts.source(district, source).approval.fourEyes) await answered(snapshot, () => this.#refuseOwnRun(log, snapshot, command.asker.actor));
    const { asker: { actor }, reason, previewed } = command;
    const by = { snapshot, actor, ...(reason !== undefined && { reason }), ...(previewed !== undefined && { previewed }) };
    const record = await this.#settled(log, snapshot, await answered(snapshot, () => append(log, by)));
    this.log.info('A snapshot was decided about.', { district, source, snapshot, decision, actor, logNumber: record.number });
    await this.#announce(record);
    return { district, source, snapshot, kind: record.kind as DecisionAnswer['kind'], logNumber: record.number };
  }

  /** The source whose log knows the snapshot. */
  async #sourceOf(district: string, snapshot: string): Promise<string> {
    for (const { id } of this.districts.get(district).sources) {
      const state = await this.logs.of({ district, source: id }).read();
      if (state.snapshots.has(snapshot)) return id;
    }
    throw new ServiceError('not-found', 'unknown_snapshot', 'There is no such snapshot, or this key may not see it.', { snapshot });
  }

  /** Where four eyes are asked for, a held snapshot is approved by another key than those that asked for its run or joined it. */
  async #refuseOwnRun(log: SnapshotLog, snapshot: string, actor: string): Promise<void> {
    const state = await log.read();
    const entry = state.snapshots.get(snapshot);
    if (entry?.state !== 'held') return;
    if (state.runs.get(entry.run)?.actor !== actor && !(await this.runs.hasJoined(entry.run, actor))) return;
    throw new ServiceError('conflict', 'four_eyes', 'This key asked for the run itself; another key must approve it (approval.fourEyes of this source).', { snapshot, retryable: false });
  }

  /** An unknown outcome is asked about again for a moment; the client repeats the command otherwise, which is safe. */
  async #settled(log: SnapshotLog, snapshot: string, first: AppendResult): Promise<LogRecord> {
    let result = first;
    for (let tries = 0; result.outcome === 'unknown' && tries < RESOLVE_TRIES; tries += 1) {
      await this.clock.sleep(RESOLVE_PAUSE_MS);
      const { pending } = result;
      result = await answered(snapshot, () => log.resolve(pending));
    }
    switch (result.outcome) {
      case 'appended': return result.record;
      case 'refused': throw refused(result.refusal, snapshot);
      case 'unknown': throw new ServiceError('unavailable', 'outcome_unknown', 'The object store does not say whether the decision was written. Look at the snapshot before deciding again.', { snapshot, retryAfterMs: 5000, cause: result.cause });
    }
  }

  async #announce(record: LogRecord): Promise<void> {
    const { district, source, snapshot, number: logNumber } = record;
    try {
      if (record.kind === 'expire') {
        await this.bus.publish('snapshot.expired', { district, source, snapshot, logNumber });
      } else if (record.kind === 'approve' || record.kind === 'rollback') {
        const published: EventData<'snapshot.published'> = { district, source, snapshot, logNumber, by: record.kind, folder: record.folder, manifestSha256: record.manifest.sha256 };
        await this.bus.publish('snapshot.published', published);
      }
    } catch (error) {
      this.log.warn('The readers find the decision by themselves: the broker does not answer.', { snapshot, cause: error instanceof Error ? error.message : 'unknown' });
    }
  }
}

/** Turns a store that does not answer into words for the client. */
async function answered<T>(snapshot: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof LogDamagedError) throw refuseDamagedLog(cause);
    if (!(cause instanceof ObjectStoreError)) throw cause;
    throw new ServiceError('unavailable', 'store_unavailable', 'The object store does not answer; nothing was decided.', { snapshot, retryAfterMs: 5000, cause });
  }
}

const CODES: Partial<Record<RefusalReason, string>> = {
  conflict: 'current_changed', 'not-held': 'not_held', superseded: 'snapshot_superseded', expired: 'snapshot_expired',
  'is-current': 'is_current', 'not-published': 'not_published', contended: 'log_contended',
};

function refused({ reason, message }: Refusal, snapshot: string): ServiceError {
  if (reason === 'not-found') return new ServiceError('not-found', 'unknown_snapshot', 'There is no such snapshot, or this key may not see it.', { snapshot });
  const kind = reason === 'expired' ? 'gone' : 'conflict';
  return new ServiceError(kind, CODES[reason] ?? 'refused', message, { snapshot, retryable: reason === 'contended' });
}
