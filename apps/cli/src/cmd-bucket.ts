import type { ObjectStore } from '@lastgood/object-store';
import { type CatalogueLog, type LogState, rebuildCatalogue, verifyBucket } from '@lastgood/snapshot-log';
import { CommandError, EXIT } from './exit-codes.js';
import type { Output } from './output.js';

/** `lastgood verify`: recomputes every hash, size, row count and log chain of a bucket; names what is damaged and what to do. */
export async function verify(store: ObjectStore, output: Output): Promise<void> {
  const seen = await verifyBucket(store, (damage) => {
    output.item(damage, `${damage.severity.toUpperCase()} ${damage.key}`, `  ${damage.code}: ${damage.message}`, `  ${damage.todo}`);
  });
  output.item(seen, `${seen.logs} logs with ${seen.records} records, ${seen.snapshots} snapshots with ${seen.files} files, ${(seen.bytes / 1e6).toFixed(1)} MB read: ${seen.damages} damaged, ${seen.leftovers} leftovers`);
  if (seen.damages > 0) throw new CommandError(EXIT.damaged, `${seen.damages} objects are damaged; each is named above with what to do.`);
}

/**
 * `lastgood rebuild`: the whole catalogue, from the bucket alone; with `runs` also every run that the logs know. Of a damaged log it tells what can be read, and that what is
 * current cannot be told.
 */
export async function rebuild(store: ObjectStore, output: Output, { runs = false } = {}): Promise<void> {
  let damages = 0;
  let logs = 0;
  for await (const log of rebuildCatalogue(store)) {
    logs += 1;
    damages += log.damages.length;
    tellLog(log, output);
    if (runs) tellRuns(log.state, output);
  }
  output.say(`${logs} logs read from the bucket alone.`);
  if (damages > 0) throw new CommandError(EXIT.damaged, `${damages} damages were found; run "lastgood verify" for the whole list.`);
}

function tellLog({ place, state, intact, snapshots, damages }: CatalogueLog, output: Output): void {
  const current = intact ? (state.current?.snapshot ?? null) : null;
  output.say(`${place.district}/${place.source}: ${intact ? `${state.head} records, current ${current ?? 'none'}` : `DAMAGED, readable up to record ${state.head}; what is current cannot be told`}`);
  for (const { entry, manifest } of snapshots) {
    const files = manifest?.files.length ?? 0;
    output.item(
      { ...place, snapshot: entry.snapshot, state: entry.state, current: intact ? entry.snapshot === current : null, folder: entry.folder, files },
      `  ${entry.snapshot}  ${entry.state}${entry.snapshot === current ? ' (current)' : ''}  ${files} files`,
    );
  }
  for (const damage of damages) output.item({ ...place, damage }, `  DAMAGE ${damage.key}: ${damage.message}. ${damage.todo}`);
}

function tellRuns({ district, source, runs }: LogState, output: Output): void {
  for (const { run, begunAt, begins, ended } of runs.values()) {
    const outcome = ended === null ? 'open' : ended.kind === 'abort' ? ended.outcome : ({ publish: 'published', quarantine: 'quarantined' } as const)[ended.kind];
    const reason = ended?.reason ?? null;
    output.item({ district, source, run, begunAt, begins: begins.length, endedAt: ended?.at ?? null, outcome, reason }, `  run ${run}  ${begunAt}  ${outcome}${reason === null ? '' : `: ${reason}`}`);
  }
}
