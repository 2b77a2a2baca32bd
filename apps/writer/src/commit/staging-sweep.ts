import { RunId, stagingRunFolder } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock } from '@lastgood/service-runtime';
import type { RunStore } from '../runs/run-store.js';

/** With the hour between two sweeps nothing stays longer than 24 h. */
const UNKNOWN_RUN_MS = 23 * 3_600_000;

/** Deletes everything a run landed; safe once its last record is in the log. */
export async function deleteStaging(store: ObjectStore, of: { district: string; source: string; id: string }): Promise<number> {
  let deleted = 0;
  for await (const { key } of store.list(stagingRunFolder({ district: of.district, source: of.source, run: of.id }))) {
    await store.delete(key);
    deleted += 1;
  }
  return deleted;
}

/**
 * Deletes what runs left in staging: of final runs always (a fetcher that was stopped may have landed one more page), of runs this database does not
 * know once nothing was written for 23 h. Runs under way keep theirs. Gives the number of objects deleted.
 */
export async function sweepStaging(store: ObjectStore, runs: RunStore, clock: Clock): Promise<number> {
  let deleted = 0;
  for await (const { place, keys, newestMs } of stagedRuns(store)) {
    const row = await runs.get(place.id);
    const done = row === undefined ? clock.now() - newestMs > UNKNOWN_RUN_MS : row.active === null;
    if (!done || keys === 0) continue;
    deleted += await deleteStaging(store, place);
  }
  return deleted;
}

interface StagedRun {
  place: { district: string; source: string; id: string };
  keys: number;
  newestMs: number;
}

/** Keys come in ascending order, so that the keys of a run stand together. */
async function* stagedRuns(store: ObjectStore): AsyncGenerator<StagedRun> {
  let run = null as StagedRun | null;
  for await (const { key, modifiedMs } of store.list('staging/')) {
    const [, district, source, id] = key.split('/');
    if (district === undefined || source === undefined || id === undefined || !RunId.safeParse(id).success) continue;
    const same: boolean = run?.place.id === id && run.place.source === source && run.place.district === district;
    if (run !== null && !same) yield run;
    run = same && run !== null ? { ...run, keys: run.keys + 1, newestMs: Math.max(run.newestMs, modifiedMs) } : { place: { district, source, id }, keys: 1, newestMs: modifiedMs };
  }
  if (run !== null) yield run;
}
