import { rebuildCatalogue } from '../rebuild-catalogue.js';
import { shippedRules, type Rules } from '../rules.js';
import { SnapshotLog } from '../snapshot-log.js';
import { Judge, type Violation } from './judge.js';
import { collect, operate, readSnapshots } from './other-processes.js';
import { RunBoard } from './run-board.js';
import { contextOf } from './settle.js';
import { Bucket, SimObjectStore } from './sim-object-store.js';
import { type Process, type Situations, World } from './world.js';
import { performRun, writeRuns } from './writer-process.js';

/** What one seed came to. */
export interface SeedResult {
  seed: number;
  violations: Violation[];
  situations: Situations;
  /** Store operations. */
  operations: number;
  /** Records in the log at the end. */
  records: number;
  /** One line per record that came into the log, in order. */
  history: string[];
}

const PLACE = { district: 'district-1', source: 'source-1' };
const OPERATIONS = 450;
const MAX_STEPS = 6000;
const DRAIN_STEPS = 6000;
/** Bound of the refresh after the faults: at 100 ms an operation these are 6 s of the 60 s that invariant 12 grants. */
const LAST_REFRESH_OPERATIONS = 60;

/** Runs one seed: two writers, two operators, a collector, two readers under faults; then the calm, one more refresh, and a rebuild. */
export async function simulate(seed: number, rules: Rules = shippedRules): Promise<SeedResult> {
  const judge = new Judge();
  const world = new World(seed, judge);
  judge.situations = world.situations;
  const bucket = new Bucket(world);
  const board = new RunBoard(judge);
  const logOf = (process: Process): SnapshotLog => new SnapshotLog(new SimObjectStore(world, process, bucket), PLACE, contextOf(world, process), rules);
  for (const name of ['writer-1', 'writer-2', 'writer-3']) world.spawn(name, (process) => writeRuns(world, process, logOf(process), board));
  for (const name of ['operator-1', 'operator-2']) world.spawn(name, (process) => operate(world, process, logOf(process), board));
  for (const name of ['collector-1', 'collector-2']) world.spawn(name, (process) => collect(world, process, logOf(process)));
  for (const name of ['reader-1', 'reader-2']) {
    world.spawn(name, (process) => readSnapshots(world, process, new SimObjectStore(world, process, bucket), PLACE));
  }
  await world.run(() => world.operations >= OPERATIONS, MAX_STEPS);
  world.faults = false;
  world.draining = true;
  if (!await world.run(() => !world.busy, DRAIN_STEPS)) judge.violate('I12', 'processes did not come to an end after the faults had stopped');
  await refreshOnceMore(world, judge, board, logOf);
  await rebuild(world, judge, bucket);
  return { seed, violations: judge.violations, situations: world.situations, operations: world.operations, records: judge.log.head, history: judge.log.history };
}

async function refreshOnceMore(world: World, judge: Judge, board: RunBoard, logOf: (process: Process) => SnapshotLog): Promise<void> {
  const before = world.operations;
  let outcome = 'nothing';
  world.spawn('last writer', async (process) => {
    const log = logOf(process);
    await log.read();
    const afterReading = world.operations;
    const report = await performRun(world, process, log, board, board.request(world.random), 'publish');
    outcome = report?.outcome ?? 'refused';
    if (world.operations - afterReading > LAST_REFRESH_OPERATIONS) judge.violate('I12', `the refresh after the faults took ${world.operations - before} operations`);
  });
  await world.run(() => !world.busy, DRAIN_STEPS);
  const expected = judge.log.onHold ? 'held' : 'published';
  if (outcome !== expected) judge.violate('I12', `the refresh after the faults ended as ${outcome}, not ${expected}`);
}

/** I11: the catalogue rebuilt from the bucket alone says what the oracle saw happen. */
async function rebuild(world: World, judge: Judge, bucket: Bucket): Promise<void> {
  const oracle = judge.log;
  world.spawn('rebuild', async (process) => {
    let logs = 0;
    for await (const { state, damages, snapshots } of rebuildCatalogue(new SimObjectStore(world, process, bucket))) {
      logs += 1;
      for (const { key, message } of damages) judge.violate('I11', `rebuild found damage: ${key}: ${message}`);
      if (state.head !== oracle.head || (state.current?.snapshot ?? null) !== oracle.current) judge.violate('I11', 'rebuild gives another head or current');
      if (snapshots.length !== oracle.snapshots.size) judge.violate('I11', 'rebuild gives other snapshots');
      for (const { entry } of snapshots) {
        const seen = oracle.snapshots.get(entry.snapshot);
        const actors = entry.history.map((event) => event.actor);
        if (seen?.state !== entry.state || seen.actors.join() !== actors.join()) judge.violate('I11', `rebuild gives another state or other actors of ${entry.snapshot}`);
      }
    }
    if (logs !== 1) judge.violate('I11', `rebuild found ${logs} logs`);
  });
  await world.run(() => !world.busy, DRAIN_STEPS);
}
