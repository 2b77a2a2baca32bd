import type { LogRecord, ManifestFile } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { isExpired } from './conditions.js';
import { copyAnchors, otherAnchor } from './copy-anchors.js';
import { copyFile } from './copy-file.js';
import { type Damage, REFRESH } from './damage.js';
import { findLogs } from './find-logs.js';
import { type LogPlace, logKey, logPrefix, parseLogKey } from './keys.js';
import { emptyLog, foldRecords, type LogState, type SnapshotEntry } from './log-state.js';
import { readManifest } from './verify-attempt.js';
import { hasExpired } from './verify-bucket.js';
import { verifyLog } from './verify-log.js';

/** Snapshots that vanish while they are copied have expired; a log is read anew for them at most this often. */
const MAX_READINGS = 5;
const FILES_AT_ONCE = 4;

/** What was carried over; what was there already is not counted. */
export interface Copied {
  logs: number;
  records: number;
  snapshots: number;
  files: number;
  /** Stored bytes of the files. */
  bytes: number;
  /** Of the audit trail. */
  anchors: number;
}

export interface CopyOptions {
  /** Milliseconds since the epoch: every log ends before its first record after this time. The whole log when absent. */
  untilMs?: number;
  onDamage(damage: Damage): void;
}

/** The target belongs to another history, or what an earlier time needs is no longer in the source. Nothing of that log was written. */
export class CopyRefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CopyRefusedError';
  }
}

/**
 * Copies every log of a bucket, every snapshot that it keeps and the anchors of the audit trail, those of later times, too; may run beside services. Each log is read first, then what it names is copied, its records last and in
 * order, so that a record of the target never comes before the files that it needs. What the target has is kept: a second copy carries over only what is new, and completes one
 * that was cut off. Damage is told and not copied. Throws CopyRefusedError or ObjectStoreError.
 */
export async function copyBucket(from: ObjectStore, to: ObjectStore, { untilMs = Number.POSITIVE_INFINITY, onDamage }: CopyOptions): Promise<Copied> {
  const copied: Copied = { logs: 0, records: 0, snapshots: 0, files: 0, bytes: 0, anchors: 0 };
  const copying: Copying = { from, to, untilMs, onDamage, copied };
  const looking: Copying = { ...copying, onDamage: () => undefined };
  for await (const place of findLogs(to)) await refuseOtherHistory(looking, await readUntil(looking, place));
  const other = await otherAnchor(from, to);
  if (other !== null) throw new CopyRefusedError(`The target has another ${other} than what would be copied. Name an empty target, or the one that earlier copies went to.`);
  // An earlier time may need what is gone: found out for every log before anything is written.
  if (untilMs !== Number.POSITIVE_INFINITY) for await (const place of findLogs(from)) await refuseMissing(from, await readUntil(looking, place));
  for await (const place of findLogs(from)) {
    copied.logs += 1;
    await copyLog(copying, place);
  }
  copied.anchors = await copyAnchors(from, to);
  return copied;
}

interface Copying extends Required<CopyOptions> {
  from: ObjectStore;
  to: ObjectStore;
  copied: Copied;
}

/** The log up to the time that was asked for, and no further than its first damage. */
async function readUntil({ from, untilMs, onDamage }: Copying, place: LogPlace): Promise<LogState> {
  const { records, state } = await verifyLog(from, place, onDamage);
  const intact = records.slice(0, state.head);
  const end = intact.findIndex(({ at }) => Date.parse(at) > untilMs);
  if (end < 0) return state;
  const hashOf = (index: number): string => (intact[index + 1] as LogRecord).previousSha256 ?? '';
  return foldRecords(emptyLog(place), intact.slice(0, end).map((record, index) => ({ record, sha256: hashOf(index) })));
}

/** The records of the target must be the first ones of the source. */
async function refuseOtherHistory({ from, to }: Copying, state: LogState): Promise<void> {
  const last = await lastNumber(to, state);
  const same = last <= state.head && (await to.read(logKey(state, last))).equals(await from.read(logKey(state, last)));
  if (!same) throw new CopyRefusedError(`The target has a log of ${state.district}/${state.source} with another history than what would be copied. Name an empty target, or the one that earlier copies went to.`);
}

async function refuseMissing(from: ObjectStore, state: LogState): Promise<void> {
  for (const entry of state.snapshots.values()) {
    if (isExpired(entry) || await from.stat(`${entry.folder}manifest.json`) !== null) continue;
    throw new CopyRefusedError(`At that time ${state.district}/${state.source} had the snapshot ${entry.snapshot}, which has expired since and is gone. Use an older backup, or a later time.`);
  }
}

async function copyLog(copying: Copying, place: LogPlace): Promise<void> {
  for (let reading = 1; ; reading += 1) {
    const state = await readUntil(copying, place);
    if (await copySnapshots(copying, state) || reading === MAX_READINGS) return copyRecords(copying, state);
  }
}

/** False when a snapshot expired while it was copied: the log tells more by now. */
async function copySnapshots(copying: Copying, state: LogState): Promise<boolean> {
  for (const entry of state.snapshots.values()) {
    if (isExpired(entry)) continue;
    const damages = await copySnapshot(copying, entry);
    if (damages.length > 0 && await hasExpired(copying.from, state, entry.snapshot)) return false;
    damages.forEach(copying.onDamage);
  }
  return true;
}

/** Files first, the manifest last, as they were written. A snapshot whose manifest is there is whole. */
async function copySnapshot(copying: Copying, entry: SnapshotEntry): Promise<Damage[]> {
  const { from, to, copied } = copying;
  const key = `${entry.folder}manifest.json`;
  if (await to.stat(key) !== null) return [];
  const { manifest, damage } = await readManifest(from, entry.folder, entry.manifest);
  if (damage) return [damage];
  const damages = await copyFiles(copying, entry.folder, manifest.files);
  if (damages.length > 0) return damages;
  const bytes = await from.read(key).catch((error: unknown) => nullWhenMissing(error));
  if (bytes === null) return [{ key, severity: 'damage', code: 'manifest_missing', message: 'it went away while it was copied', todo: REFRESH }];
  await to.create(key, bytes);
  copied.snapshots += 1;
  return [];
}

async function copyFiles({ from, to, copied }: Copying, folder: string, files: readonly ManifestFile[]): Promise<Damage[]> {
  const damages: Damage[] = [];
  for (let first = 0; first < files.length; first += FILES_AT_ONCE) {
    await Promise.all(files.slice(first, first + FILES_AT_ONCE).map(async (file) => {
      const outcome = await copyFile(from, to, folder, file);
      if (outcome === 'copied') {
        copied.files += 1;
        copied.bytes += file.storedSize;
      } else if (outcome !== 'there') {
        damages.push(outcome);
      }
    }));
  }
  return damages;
}

async function copyRecords({ from, to, copied }: Copying, state: LogState): Promise<void> {
  for (let number = (await lastNumber(to, state)) + 1; number <= state.head; number += 1) {
    const key = logKey(state, number);
    const bytes = await from.read(key);
    if (await to.create(key, bytes) === 'exists' && !(await to.read(key)).equals(bytes)) throw new CopyRefusedError(`Somebody else wrote ${key} into the target meanwhile.`);
    copied.records += 1;
  }
}

/** Number of the last record of a log, 0 when there is none. */
async function lastNumber(store: ObjectStore, place: LogPlace): Promise<number> {
  let last = 0;
  for await (const { key } of store.list(logPrefix(place))) last = Math.max(last, parseLogKey(key)?.number ?? 0);
  return last;
}

function nullWhenMissing(error: unknown): null {
  if (error instanceof ObjectStoreError && error.kind === 'not-found') return null;
  throw error;
}
