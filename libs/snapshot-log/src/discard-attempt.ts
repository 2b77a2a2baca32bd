import { ObjectStoreError } from '@lastgood/object-store';
import { attemptFolder, parseAttemptKey } from './keys.js';
import type { SnapshotLog } from './snapshot-log.js';

const MANIFEST = 'manifest.json';

/** Deletes the files of a folder, the manifest last, so that what is left of it is never mistaken for whole. Returns how many. */
export async function deleteFolder(log: SnapshotLog, keys: readonly string[]): Promise<number> {
  const last = keys.filter((key) => parseAttemptKey(key)?.file === MANIFEST);
  for (const key of [...keys.filter((key) => !last.includes(key)), ...last]) await log.store.delete(key);
  return keys.length;
}

/** Deletes what a fenced writer had written, at once; best effort, the collector gets what stays. */
export async function discardAttempt(log: SnapshotLog, attempt: { run: string; epoch: number }): Promise<void> {
  const date = log.state.runs.get(attempt.run)?.date;
  if (date === undefined) return;
  const keys: string[] = [];
  try {
    for await (const { key } of log.store.list(attemptFolder({ ...log.place, date, ...attempt }))) keys.push(key);
    await deleteFolder(log, keys);
  } catch (error) {
    if (!(error instanceof ObjectStoreError)) throw error;
  }
}
