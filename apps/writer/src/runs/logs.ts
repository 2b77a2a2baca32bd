import type { ObjectStore } from '@lastgood/object-store';
import type { Clock } from '@lastgood/service-runtime';
import { SnapshotLog } from '@lastgood/snapshot-log';
import type { IdMaker } from './new-id.js';

/** Enough for all runs under way; a log that is opened anew is read anew. */
const KEPT = 500;

/** The logs of districts and sources. Those that were used lately are kept, since a log remembers what it has read; their number does not grow with the districts. */
export class Logs {
  readonly #open = new Map<string, SnapshotLog>();

  constructor(readonly store: ObjectStore, private readonly clock: Clock, private readonly ids: IdMaker) {}

  of(place: { district: string; source: string }): SnapshotLog {
    const key = `${place.district}/${place.source}`;
    const { district, source } = place;
    const log = this.#open.get(key) ?? new SnapshotLog(this.store, { district, source }, { clock: this.clock, newId: () => this.ids.next() });
    this.#open.delete(key);
    this.#open.set(key, log);
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= KEPT) break;
      this.#open.delete(oldest);
    }
    return log;
  }
}
