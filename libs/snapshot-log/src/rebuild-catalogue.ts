import type { Manifest } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import { isExpired } from './conditions.js';
import type { Damage } from './damage.js';
import { findLogs } from './find-logs.js';
import type { LogPlace } from './keys.js';
import type { LogState, SnapshotEntry } from './log-state.js';
import { readManifest } from './verify-attempt.js';
import { verifyLog } from './verify-log.js';

/** One log of a catalogue: its state, and the manifests of what has not expired. */
export interface CatalogueLog {
  place: LogPlace;
  /** The whole log when `intact`, else the log up to the first damage: what is current cannot be told then. */
  state: LogState;
  intact: boolean;
  snapshots: { entry: SnapshotEntry; manifest: Manifest | null }[];
  damages: Damage[];
}

/**
 * The whole catalogue from the bucket alone: every log with numbers, chain and epochs checked, and every manifest with its hash. One log at a time, in key
 * order; damage is reported with its log and does not stop the others.
 */
export async function* rebuildCatalogue(store: ObjectStore): AsyncIterable<CatalogueLog> {
  for await (const place of findLogs(store)) {
    const damages: Damage[] = [];
    const { state, intact } = await verifyLog(store, place, (damage) => damages.push(damage));
    const snapshots: CatalogueLog['snapshots'] = [];
    for (const entry of state.snapshots.values()) {
      if (isExpired(entry)) {
        snapshots.push({ entry, manifest: null });
        continue;
      }
      const { manifest, damage } = await readManifest(store, entry.folder, entry.manifest);
      if (damage) damages.push(damage);
      snapshots.push({ entry, manifest });
    }
    yield { place, state, intact, snapshots, damages };
  }
}
