import type { Clock, CrashPoints, Log } from '@lastgood/service-runtime';
import type { RunsTable } from '../tables.js';
import type { RunEnd } from './end-run.js';
import type { Logs } from './logs.js';
import type { Outbox } from './outbox.js';
import type { RunAnnouncer } from './run-announcer.js';
import type { RunStore } from './run-store.js';

/** What it works on. */
export interface EpochBeginnerParts {
  runs: RunStore;
  logs: Logs;
  outbox: Outbox;
  end: RunEnd;
  announcer: RunAnnouncer;
  clock: Clock;
  crash: CrashPoints;
  log: Log;
}

/** Gives a run its first or its next epoch: `begin` in the log, then the row and the order to the fetchers in one transaction. */
export class EpochBeginner {
  constructor(private readonly parts: EpochBeginnerParts) {}

  /**
   * The row afterwards. A run that has ended in the log is made final instead. When the outcome of `begin` is unknown the row stays as it was:
   * the reconciler begins again, and whatever epoch lands last counts. Throws ObjectStoreError while the store does not answer.
   */
  async begin(row: RunsTable): Promise<RunsTable> {
    const result = await this.parts.logs.of(row).begin({ run: row.id, date: row.date, actor: row.actor });
    if (result.outcome === 'unknown') return row;
    if (result.outcome === 'refused') {
      const ended = result.state.runs.get(row.id)?.ended;
      return ended ? this.parts.end.finalize(row, ended) : row;
    }
    this.parts.crash.reach('run.begun');
    const begun = await this.#record(row, result.record.epoch);
    if (begun === undefined) return (await this.parts.runs.get(row.id)) ?? row;
    this.parts.crash.reach('run.outbox-written');
    this.parts.log.with({ run: row.id }).info(begun.epochs === 1 ? 'The run started.' : 'The run was taken over.', {
      district: row.district, source: row.source, epoch: begun.epoch, via: row.via, actor: row.actor, status: begun.phase,
    });
    await this.parts.outbox.drain();
    this.parts.crash.reach('run.requested-sent');
    await this.parts.announcer.phase(begun);
    return begun;
  }

  #record(row: RunsTable, epoch: number): Promise<RunsTable | undefined> {
    const now = new Date(this.parts.clock.now()).toISOString();
    return this.parts.runs.db.transaction().execute(async (transaction) => {
      const begun = await transaction.updateTable('runs').set((set) => ({
        phase: 'requested', epoch, epoch_at: now, alive_at: now, epochs: set('epochs', '+', 1),
        builder: null, collections: '[]', collection: null, page_lists: null, stats: null,
      })).where('id', '=', row.id).where('active', '=', 1).where('phase', '!=', 'stopping')
        .where((where) => where.or([where('epoch', 'is', null), where('epoch', '<', epoch)]))
        .returningAll().executeTakeFirst();
      if (begun !== undefined) {
        await this.parts.outbox.add(transaction, 'refresh.requested', {
          district: row.district, source: row.source, run: row.id, epoch, date: row.date, requestedAt: row.requested_at,
        });
      }
      return begun;
    });
  }
}
