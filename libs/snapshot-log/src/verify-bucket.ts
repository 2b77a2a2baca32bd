import type { EndRecord } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { type Damage, KEEP, LEAVE, LOOK, RESTORE } from './damage.js';
import { findLogs, findStrayKeys } from './find-logs.js';
import { type AttemptKey, type LogPlace, logKey, parseAttemptKey, snapshotsPrefix } from './keys.js';
import { LogReader } from './log-reader.js';
import { readManifest, verifyFile } from './verify-attempt.js';
import { type VerifiedLog, verifyLog } from './verify-log.js';

/** What a verification went through. `damages` counts findings of severity damage. */
export interface Verification {
  logs: number;
  records: number;
  snapshots: number;
  files: number;
  /** Stored bytes of the files that were read. */
  bytes: number;
  damages: number;
  leftovers: number;
}

/**
 * Recomputes every hash, size, row count and the chain of every log of a bucket, with nothing but the bucket; may run beside services. Each
 * damage is told as soon as it is found, with key and what to do. Throws ObjectStoreError when the store does not answer.
 */
export async function verifyBucket(store: ObjectStore, onFinding: (damage: Damage) => void): Promise<Verification> {
  const seen: Verification = { logs: 0, records: 0, snapshots: 0, files: 0, bytes: 0, damages: 0, leftovers: 0 };
  const tell = (damage: Damage): void => {
    seen[damage.severity === 'damage' ? 'damages' : 'leftovers'] += 1;
    onFinding(damage);
  };
  const known = new Set<string>();
  const stray = (key: string): void => tell({ key, severity: 'damage', code: 'unexpected_object', message: 'it is no log record', todo: LOOK });
  for await (const place of findLogs(store, stray)) {
    known.add(`${place.district}/${place.source}`);
    const log = await verifyLog(store, place, tell);
    seen.logs += 1;
    seen.records += log.records.length;
    await verifySnapshots(store, log, seen, tell);
    await verifyFolders(store, log, tell);
  }
  for await (const key of findStrayKeys(store, (place) => known.has(`${place.district}/${place.source}`))) {
    tell({ key, severity: 'damage', code: 'folder_without_log', message: 'no log tells of this object', todo: 'Restore the log of this district and source from a backup; if it never had one, delete the object.' });
  }
  return seen;
}

async function verifySnapshots(store: ObjectStore, log: VerifiedLog, seen: Verification, tell: (damage: Damage) => void): Promise<void> {
  const gone = new Set(log.records.filter((record) => record.kind === 'expire').map((record) => record.snapshot));
  for (const record of log.records) {
    if (record.kind !== 'publish' && record.kind !== 'quarantine') continue;
    seen.snapshots += 1;
    const changed = log.changed.has(record.number);
    await verifySnapshot(store, record, changed, seen, async (damage) => {
      // The record was named already: the manifest is not to blame for what no longer fits it.
      if (changed && damage.code.startsWith('manifest_')) return;
      // What has expired, also since the log was read, may be on its way out.
      const missing = damage.code === 'manifest_missing' || damage.code === 'file_missing';
      if (missing && (gone.has(record.snapshot) || await hasExpired(store, log.place, record.snapshot))) return;
      tell(damage);
    });
  }
}

async function verifySnapshot(
  store: ObjectStore, record: EndRecord, changed: boolean, seen: Verification, tell: (damage: Damage) => Promise<void>,
): Promise<void> {
  const named = changed || record.kind === 'abort' ? null : record.manifest;
  const { manifest, damage } = await readManifest(store, record.folder, named);
  if (damage) return tell(damage);
  for (const file of manifest.files) {
    seen.files += 1;
    seen.bytes += file.storedSize;
    const wrong = await verifyFile(store, record.folder, file);
    if (wrong) await tell(wrong);
  }
  const files = new Set(['manifest.json', ...manifest.files.map((file) => file.key)]);
  for await (const { key } of store.list(record.folder)) {
    if (files.has(key.slice(record.folder.length))) continue;
    await tell({ key, severity: 'damage', code: 'unexpected_object', message: 'the manifest of its folder does not name it', todo: LOOK });
  }
}

/** Folders of the log's source that no record names. */
async function verifyFolders(store: ObjectStore, log: VerifiedLog, tell: (damage: Damage) => void): Promise<void> {
  const named = new Set(log.records.filter(({ kind }) => kind === 'publish' || kind === 'quarantine').map(({ folder }) => folder));
  const last = log.records.at(-1)?.number ?? 0;
  let told = '';
  for await (const { key } of store.list(snapshotsPrefix(log.place.district))) {
    const at = parseAttemptKey(key);
    if (at === null || at.source !== log.place.source || at.folder === told || named.has(at.folder)) continue;
    told = at.folder;
    if (at.epoch <= last) {
      tell({ key: at.folder, severity: 'leftover', code: 'unnamed_attempt', message: 'no record that can be read names this attempt', todo: await todoOfUnnamed(store, log, at) });
    } else if (!await isInLog(store, at)) {
      tell({
        key: logKey(log.place, at.epoch), severity: 'damage', code: 'log_tail_missing', todo: RESTORE,
        message: `an attempt of epoch ${at.epoch} exists, but the log ends at ${last}`,
      });
    }
  }
}

/** A whole attempt of the newest begin is about to be committed, or was, and then the log lost its end. */
async function todoOfUnnamed(store: ObjectStore, log: VerifiedLog, at: AttemptKey): Promise<string> {
  if (!log.intact) return KEEP;
  const { newestBegin, runs, head } = log.state;
  const isNewest = newestBegin?.number === at.epoch && !runs.get(at.run)?.ended;
  if (!isNewest || await store.stat(`${at.folder}manifest.json`) === null) return LEAVE;
  return `Verify again in ten minutes: a writer may be about to commit it. If it still stands here, the newest record of the log was lost: restore ${logKey(log.place, head + 1)} from a backup of the bucket.`;
}

/** True when the log, read now, says that this snapshot has expired. */
export async function hasExpired(store: ObjectStore, place: LogPlace, snapshot: string): Promise<boolean> {
  try {
    return (await new LogReader(store, place).poll()).snapshots.get(snapshot)?.expiredAt != null;
  } catch (error) {
    if (error instanceof ObjectStoreError) throw error;
    return false;
  }
}

async function isInLog(store: ObjectStore, at: AttemptKey): Promise<boolean> {
  return await store.stat(logKey(at, at.epoch)) !== null;
}
