import type { ObjectStore } from '@lastgood/object-store';
import type { Clock } from '@lastgood/service-runtime';
import { SnapshotLog } from '@lastgood/snapshot-log';
import type { IdMaker } from './new-id.js';

/** The log of every district and source, opened once and kept: it remembers what it has read. */
export class Logs {
  readonly #open = new Map<string, SnapshotLog>();

  constructor(readonly store: ObjectStore, private readonly clock: Clock, private readonly ids: IdMaker) {}

  of(place: { district: string; source: string }): SnapshotLog {
    const key = `${place.district}/${place.source}`;
    let log = this.#open.get(key);
    if (log === undefined) {
      const { district, source } = place;
      log = new SnapshotLog(this.store, { district, source }, { clock: this.clock, newId: () => this.ids.next() });
      this.#open.set(key, log);
    }
    return log;
  }
}
