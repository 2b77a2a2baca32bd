import type { ObjectStore } from '@lastgood/object-store';
import { rebuildCatalogue, verifyBucket } from '@lastgood/snapshot-log';
import { CommandError, EXIT } from './exit-codes.js';
import type { Output } from './output.js';

/** `lastgood verify`: recomputes every hash, size, row count and log chain of a bucket; names what is damaged and what to do. */
export async function verify(store: ObjectStore, output: Output): Promise<void> {
  const seen = await verifyBucket(store, (damage) => {
    output.item(damage, `${damage.severity.toUpperCase()} ${damage.key}\n  ${damage.code}: ${damage.message}\n  ${damage.todo}`);
  });
  output.item(seen, `${seen.logs} logs with ${seen.records} records, ${seen.snapshots} snapshots with ${seen.files} files, ${(seen.bytes / 1e6).toFixed(1)} MB read: ${seen.damages} damaged, ${seen.leftovers} leftovers`);
  if (seen.damages > 0) throw new CommandError(EXIT.damaged, `${seen.damages} objects are damaged; each is named above with what to do.`);
}

/** `lastgood rebuild`: the whole catalogue, from the bucket alone. */
export async function rebuild(store: ObjectStore, output: Output): Promise<void> {
  let damages = 0;
  let logs = 0;
  for await (const { place, state, snapshots, damages: found } of rebuildCatalogue(store)) {
    logs += 1;
    damages += found.length;
    output.say(`${place.district}/${place.source}: ${state.head} records, current ${state.current?.snapshot ?? 'none'}`);
    for (const { entry, manifest } of snapshots) {
      const files = manifest?.files.length ?? 0;
      output.item(
        { ...place, snapshot: entry.snapshot, state: entry.state, current: entry.snapshot === state.current?.snapshot, folder: entry.folder, files },
        `  ${entry.snapshot}  ${entry.state}${entry.snapshot === state.current?.snapshot ? ' (current)' : ''}  ${files} files`,
      );
    }
    for (const damage of found) output.item({ ...place, damage }, `  DAMAGE ${damage.key}: ${damage.message}. ${damage.todo}`);
  }
  output.say(`${logs} logs read from the bucket alone.`);
  if (damages > 0) throw new CommandError(EXIT.damaged, `${damages} damages were found; run "lastgood verify" for the whole list.`);
}
