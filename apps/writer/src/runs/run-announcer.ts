import type { EventBus } from '@lastgood/event-bus';
import type { Clock, Log } from '@lastgood/service-runtime';
import type { RunsTable } from '../tables.js';
import { runOf } from './run-row.js';

const PROGRESS_EVERY_MS = 500;
const REMEMBERED_RUNS = 1000;

/** Tells watchers of a run that it moved. Phases at once; progress at most twice a second. Final phases go by the outbox instead, so that none is lost. */
export class RunAnnouncer {
  readonly #lastMs = new Map<string, number>();

  constructor(private readonly bus: EventBus, private readonly clock: Clock, private readonly log: Log) {}

  async progress(row: RunsTable): Promise<void> {
    if (this.clock.now() - (this.#lastMs.get(row.id) ?? -PROGRESS_EVERY_MS) >= PROGRESS_EVERY_MS) await this.phase(row);
  }

  async phase(row: RunsTable): Promise<void> {
    const now = this.clock.now();
    this.#lastMs.delete(row.id);
    this.#lastMs.set(row.id, now);
    const oldest = this.#lastMs.keys().next().value;
    if (this.#lastMs.size > REMEMBERED_RUNS && oldest !== undefined) this.#lastMs.delete(oldest);
    try {
      await this.bus.publish('run.changed', { district: row.district, source: row.source, run: runOf(row, now) });
    } catch (error) {
      this.log.debug('A watcher was not told of a step: the broker does not answer.', { run: row.id, cause: error instanceof Error ? error.message : 'unknown' });
    }
  }
}
