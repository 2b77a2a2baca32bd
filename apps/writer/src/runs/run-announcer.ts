import { snapshotIdOf } from '@lastgood/contracts';
import type { EventBus } from '@lastgood/event-bus';
import type { Clock, Log } from '@lastgood/service-runtime';
import type { RunsTable } from '../tables.js';
import { runOf } from './run-row.js';

/** Phases in which the snapshot that the run makes is there. */
const WITH_SNAPSHOT: readonly string[] = ['checking', 'publishing'];

const PROGRESS_EVERY_MS = 500;
const REMEMBERED_RUNS = 1000;

/** Tells watchers of a run that it moved. Phases at once; progress at most twice a second. Final phases go by the outbox instead, so that none is lost. */
export class RunAnnouncer {
  readonly #lastMs = new Map<string, number>();

  constructor(private readonly bus: EventBus, private readonly clock: Clock, private readonly log: Log) {}

  async progress(row: RunsTable): Promise<void> {
    if (this.clock.now() - (this.#lastMs.get(row.id) ?? -PROGRESS_EVERY_MS) >= PROGRESS_EVERY_MS) await this.#tell(row);
  }

  /** Also a line in the log of the run: the page reads from it how long each phase took. */
  async phase(row: RunsTable): Promise<void> {
    const { id: run, epoch, phase } = row;
    if (phase !== 'requested') this.log.info('The run went on.', { run, phase, ...(epoch !== null && WITH_SNAPSHOT.includes(phase) && { snapshot: snapshotIdOf({ run, epoch }) }) });
    await this.#tell(row);
  }

  async #tell(row: RunsTable): Promise<void> {
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
