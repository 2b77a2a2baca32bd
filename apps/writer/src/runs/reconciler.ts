import type { RunFailure } from '@lastgood/contracts';
import type { Clock, Districts, Log } from '@lastgood/service-runtime';
import { LogDamagedError } from '@lastgood/snapshot-log';
import type { RunsTable } from '../tables.js';
import type { EpochBeginner } from './begin-epoch.js';
import type { RunEnd } from './end-run.js';
import { logDamaged } from './log-damage.js';
import type { Logs } from './logs.js';
import type { RunStore } from './run-store.js';

const TELL_EVERY_MS = 60_000;

/** When a run counts as left alone. Milliseconds. */
export interface ReconcilerLimits {
  silenceMs: number;
  /** For sources that left the configuration. */
  runTimeoutMs: number;
  /** A run that was begun this often fails instead of being taken over again. */
  epochs: number;
}

/** What it works on. */
export interface ReconcilerParts {
  runs: RunStore;
  districts: Districts;
  logs: Logs;
  beginner: EpochBeginner;
  end: RunEnd;
  clock: Clock;
  log: Log;
  /** Runs that this very process builds now: they are alive, whatever their row says. */
  building(run: string): boolean;
}

/** Heals what a crash, a lost answer or a dead fetcher left: every active run goes on or ends. Any number of writers may do this at once. */
export class Reconciler {
  readonly #toldMs = new Map<string, number>();

  constructor(private readonly parts: ReconcilerParts, private readonly limits: ReconcilerLimits) {}

  /** Looks at every active run once. `all`: nobody else can be alive (the data folder is ours), so that silence needs no waiting. One run's trouble does not stop the others. */
  async look({ all = false } = {}): Promise<void> {
    const active = await this.parts.runs.allActive();
    for (const id of this.#toldMs.keys()) if (!active.some((row) => row.id === id)) this.#toldMs.delete(id);
    for (const row of active) {
      try {
        await this.#heal(row, all);
      } catch (error) {
        await this.#stumbled(row, error);
      }
    }
  }

  /** A run that can only wait says so once a minute, not with every look. */
  async #stumbled(row: RunsTable, error: unknown): Promise<void> {
    if (error instanceof LogDamagedError && row.phase !== 'stopping') {
      await this.#stop(row, logDamaged(error)).catch((again: unknown) => this.#tell(row, again));
    } else {
      this.#tell(row, error);
    }
  }

  #tell(row: RunsTable, error: unknown): void {
    const now = this.parts.clock.now();
    if (now - (this.#toldMs.get(row.id) ?? -TELL_EVERY_MS) < TELL_EVERY_MS) return;
    this.#toldMs.set(row.id, now);
    this.parts.log.with({ run: row.id }).error('The run cannot go on yet; it is looked at again.', error, { status: row.phase });
  }

  async #heal(row: RunsTable, all: boolean): Promise<void> {
    if (row.phase === 'stopping') {
      await this.parts.end.finishStopping(row);
      return;
    }
    const waitsForBuilder = row.phase === 'building' && row.builder === null;
    const now = this.parts.clock.now();
    if (now - Date.parse(row.epoch_at) > this.#timeoutOf(row) && !(await this.#endedInLog(row))) {
      await this.#fail(row, { code: 'run_timed_out', message: `The run took longer than its limit of ${Math.round(this.#timeoutOf(row) / 60_000)} min; a smaller page size or a longer limit may help.` });
      return;
    }
    const silent = now - Date.parse(row.alive_at) > this.limits.silenceMs;
    if (waitsForBuilder || this.parts.building(row.id) || !(silent || all)) return;
    if (await this.#endedInLog(row)) return;
    if (row.epochs >= this.limits.epochs) {
      await this.#fail(row, { code: 'run_abandoned', message: `Nobody gave a sign of life in ${row.epochs} tries. Look whether a fetcher runs and reaches the broker.` });
      return;
    }
    if (await this.#claim(row)) await this.parts.beginner.begin(row);
  }

  /** Of several writers that see the same silence, one takes over. */
  async #claim(row: RunsTable): Promise<boolean> {
    const claimed = await this.parts.runs.db.updateTable('runs').set({ alive_at: new Date(this.parts.clock.now()).toISOString() })
      .where('id', '=', row.id).where('active', '=', 1).where('alive_at', '=', row.alive_at).where('phase', '=', row.phase)
      .returning('id').executeTakeFirst();
    return claimed !== undefined;
  }

  /** A run whose last record is in the log, though its writer died before it said so, is finished from the log. */
  async #endedInLog(row: RunsTable): Promise<boolean> {
    const state = await this.parts.logs.of(row).read();
    const ended = state.runs.get(row.id)?.ended;
    if (!ended) return false;
    await this.parts.end.finalize(row, ended);
    return true;
  }

  async #fail(row: RunsTable, { code, message }: Pick<RunFailure, 'code' | 'message'>): Promise<void> {
    await this.#stop(row, { code, message, severity: 'error', retryable: true, collection: null, offset: null, httpStatus: null, count: 1 });
  }

  async #stop(row: RunsTable, failure: RunFailure): Promise<void> {
    await this.parts.end.stop(row.id, row.epoch, { outcome: 'failed', failure, actor: 'writer', reason: failure.message });
  }

  #timeoutOf({ district, source }: RunsTable): number {
    return this.parts.districts.all.find(({ id }) => id === district)?.sources.find(({ id }) => id === source)?.limits.runTimeoutMs ?? this.limits.runTimeoutMs;
  }
}
