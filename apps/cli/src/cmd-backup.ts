import type { ObjectStore } from '@lastgood/object-store';
import { copyBucket, CopyRefusedError, type Damage } from '@lastgood/snapshot-log';
import { verify } from './cmd-bucket.js';
import { CommandError, EXIT } from './exit-codes.js';
import type { Output } from './output.js';

/** `lastgood backup` and `lastgood restore`: copies a bucket beside running services, and then recomputes every hash of the copy. `until` is an ISO time with its zone. */
export async function copy(from: ObjectStore, to: ObjectStore, output: Output, { until }: { until?: string } = {}): Promise<void> {
  let damages = 0;
  const onDamage = (damage: Damage): void => {
    damages += 1;
    output.item(damage, `NOT COPIED ${damage.key}`, `  ${damage.code}: ${damage.message}`, `  ${damage.todo}`);
  };
  try {
    const copied = await copyBucket(from, to, { onDamage, ...(until === undefined ? {} : { untilMs: timeOf(until) }) });
    output.item(copied, `${copied.logs} logs: ${copied.records} new records, ${copied.snapshots} new snapshots with ${copied.files} files, ${(copied.bytes / 1e6).toFixed(1)} MB, ${copied.anchors} new anchors of the audit trail copied`);
  } catch (error) {
    if (error instanceof CopyRefusedError) throw new CommandError(EXIT.conflict, error.message);
    throw error;
  }
  await verify(to, output);
  if (damages > 0) throw new CommandError(EXIT.damaged, `${damages} objects are damaged in the bucket and were not copied; each is named above.`);
}

function timeOf(until: string): number {
  const time = /T.*(Z|[+-]\d\d:?\d\d)$/.test(until) ? Date.parse(until) : Number.NaN;
  if (Number.isNaN(time)) throw new CommandError(EXIT.usage, 'The time is written as 2026-11-27T03:00:00Z, with its zone.');
  return time;
}
