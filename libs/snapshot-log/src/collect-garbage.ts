import { isExpired } from './conditions.js';
import { deleteFolder } from './discard-attempt.js';
import { type AttemptKey, logKey, parseAttemptKey, snapshotsPrefix } from './keys.js';
import type { LogState, SnapshotEntry } from './log-state.js';
import type { SnapshotLog } from './snapshot-log.js';

const DAY_MS = 86_400_000;

/** How long things stay. Readers of an expired snapshot have `graceMs` to finish. */
export interface RetentionPolicy {
  retentionDays: number;
  /** Between the expire record and deletion, and between the last write and the deletion of a folder that no record names. Milliseconds. */
  graceMs: number;
  /** Default `retention`. */
  actor?: string;
}

/** What one collection did. `unsettled`: expirations whose outcome is unknown or that lost a race; the next collection sees. */
export interface Collected {
  expired: string[];
  deletedFolders: string[];
  deletedObjects: number;
  unsettled: number;
}

/**
 * Expires what is older than the retention (never current), and deletes what expired longer than the grace period ago and attempts that can
 * no longer be published. Safe beside readers, writers, operators and other collectors, and after a kill at any point. Throws ObjectStoreError; run it again.
 */
export async function collectGarbage(log: SnapshotLog, policy: RetentionPolicy): Promise<Collected> {
  const collected: Collected = { expired: [], deletedFolders: [], deletedObjects: 0, unsettled: 0 };
  const before = await log.read();
  for (const entry of expirable(before, log.context.clock.now() - policy.retentionDays * DAY_MS)) {
    const result = await log.expire({ snapshot: entry.snapshot, actor: policy.actor ?? 'retention', reason: `older than ${policy.retentionDays} days` });
    if (result.outcome === 'appended') collected.expired.push(entry.snapshot);
    else collected.unsettled += 1;
  }
  const folders = await listFolders(log);
  const state = await log.read();
  for (const folder of folders.values()) {
    if (!isGarbage(log, state, folder, log.context.clock.now() - policy.graceMs)) continue;
    collected.deletedObjects += await deleteFolder(log, folder.keys);
    collected.deletedFolders.push(folder.at.folder);
  }
  for (const number of log.rules.deletableRecords(state)) await log.store.delete(logKey(log.place, number));
  return collected;
}

function expirable(state: LogState, before: number): SnapshotEntry[] {
  return [...state.snapshots.values()].filter((entry) =>
    !isExpired(entry) && entry.snapshot !== state.current?.snapshot && Date.parse(entry.at) < before);
}

interface Folder {
  at: AttemptKey;
  keys: string[];
  modifiedMs: number;
}

async function listFolders(log: SnapshotLog): Promise<Map<string, Folder>> {
  const folders = new Map<string, Folder>();
  for await (const { key, modifiedMs } of log.store.list(snapshotsPrefix(log.place.district))) {
    const at = parseAttemptKey(key);
    if (at === null || at.source !== log.place.source) continue;
    const folder = folders.get(at.folder) ?? { at, keys: [], modifiedMs: 0 };
    folder.keys.push(key);
    folder.modifiedMs = Math.max(folder.modifiedMs, modifiedMs);
    folders.set(at.folder, folder);
  }
  return folders;
}

function isGarbage(log: SnapshotLog, state: LogState, folder: Folder, deadline: number): boolean {
  const entry = state.snapshots.get(folder.at.snapshot);
  if (entry === undefined || entry.folder !== folder.at.folder) return log.rules.isOrphan(folder.at, state, folder.modifiedMs < deadline);
  return log.rules.mayDelete(entry, state, entry.expiredAt !== null && Date.parse(entry.expiredAt) < deadline);
}
