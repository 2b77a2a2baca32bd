import { createHash } from 'node:crypto';
import { Manifest } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import type { SnapshotEntry } from '@lastgood/snapshot-log';
import { snapshotDamaged } from './read-errors.js';

/** Reads and checks the manifest that the log names; throws `snapshot_damaged`, or the store's error. */
export async function readManifest(store: ObjectStore, entry: Pick<SnapshotEntry, 'snapshot' | 'folder' | 'manifest'>): Promise<Manifest> {
  let bytes: Buffer;
  try {
    bytes = await store.read(`${entry.folder}manifest.json`);
  } catch (error) {
    if (error instanceof ObjectStoreError && error.kind === 'not-found') throw snapshotDamaged(entry.snapshot, 'The manifest', error);
    throw error;
  }
  if (createHash('sha256').update(bytes).digest('hex') !== entry.manifest.sha256) throw snapshotDamaged(entry.snapshot, 'The manifest');
  return Manifest.parse(JSON.parse(bytes.toString('utf8')));
}
