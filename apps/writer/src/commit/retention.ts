import type { EventBus } from '@lastgood/event-bus';
import type { Clock, Districts, Log } from '@lastgood/service-runtime';
import { collectGarbage, findLogs } from '@lastgood/snapshot-log';
import type { Logs } from '../runs/logs.js';
import type { RunStore } from '../runs/run-store.js';
import { sweepStaging } from './staging-sweep.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Once a day (and soon after the start): expires what is older than each source keeps, and deletes what expired. Once an hour: sweeps staging. */
export class Retention {
  #nextMs = 0;
  #nextStagingMs = 0;

  constructor(
    private readonly districts: Districts,
    private readonly logs: Logs,
    private readonly runs: RunStore,
    private readonly bus: EventBus,
    private readonly clock: Clock,
    private readonly log: Log,
    /** How long readers of an expired snapshot may go on, milliseconds. */
    private readonly graceMs: number,
  ) {}

  /** Sweeps what is due; call it often. */
  async look(): Promise<void> {
    const now = this.clock.now();
    if (now >= this.#nextMs) {
      this.#nextMs = now + DAY_MS;
      await this.sweep();
    }
    if (now >= this.#nextStagingMs) {
      this.#nextStagingMs = now + HOUR_MS;
      await this.#sweepStaging();
    }
  }

  /** Sweeps every source now. One source's trouble does not stop the others. */
  async sweep(): Promise<void> {
    for (const district of this.districts.all) {
      for (const { id, retentionDays } of district.sources) {
        try {
          await this.#sweepSource(district.id, id, retentionDays);
        } catch (error) {
          this.log.error('Old snapshots of a source stay until tomorrow.', error, { district: district.id, source: id });
        }
      }
    }
    await this.#warnOfStrangers();
  }

  async #sweepStaging(): Promise<void> {
    try {
      const objects = await sweepStaging(this.logs.store, this.runs, this.clock);
      if (objects > 0) this.log.info('Staging was swept.', { objects });
    } catch (error) {
      this.log.error('Staging was not swept; it is tried again in an hour.', error);
    }
  }

  /** Nobody expires the snapshots of a source that left the configuration: how long they may stay is not known any more. */
  async #warnOfStrangers(): Promise<void> {
    try {
      for await (const { district, source } of findLogs(this.logs.store)) {
        if (this.districts.all.some(({ id, sources }) => id === district && sources.some((each) => each.id === source))) continue;
        this.log.warn('The bucket holds snapshots of a source that is not configured; they stay until it is configured again or somebody deletes them.', { district, source });
      }
    } catch (error) {
      this.log.error('The bucket was not searched for sources that are not configured.', error);
    }
  }

  async #sweepSource(district: string, source: string, retentionDays: number): Promise<void> {
    const log = this.logs.of({ district, source });
    await log.check();
    const { expired, deletedFolders, deletedObjects, unsettled } = await collectGarbage(log, { retentionDays, graceMs: this.graceMs });
    for (const snapshot of expired) {
      const entry = log.state.snapshots.get(snapshot);
      const logNumber = entry?.history.at(-1)?.number;
      if (logNumber !== undefined) await this.bus.publish('snapshot.expired', { district, source, snapshot, logNumber });
    }
    if (expired.length + deletedFolders.length + unsettled > 0) {
      this.log.info('Old snapshots were cleaned up.', { district, source, expired: expired.length, folders: deletedFolders.length, objects: deletedObjects, unsettled });
    }
  }
}
