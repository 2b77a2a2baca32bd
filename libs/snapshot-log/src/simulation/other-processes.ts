import { Manifest } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import type { AppendResult } from '../append-result.js';
import { collectGarbage } from '../collect-garbage.js';
import { failRun } from '../end-run.js';
import { LogReader } from '../log-reader.js';
import { heldSnapshots, type LogState, type SnapshotEntry } from '../log-state.js';
import type { SnapshotLog } from '../snapshot-log.js';
import type { RunBoard } from './run-board.js';
import { enduring, idle, settle } from './settle.js';
import type { Process, World } from './world.js';

/** About 250 choices of the scheduler: short, so that expiry meets everything else. */
const RETENTION = { retentionDays: 250 / 1440, graceMs: 20 * 60_000 };

/** The collector of garbage, again and again. */
export async function collect(world: World, process: Process, log: SnapshotLog): Promise<void> {
  while (!world.draining) {
    await idle(world, process, 6 + world.random.int(14));
    await enduring(async () => {
      await collectGarbage(log, RETENTION);
    });
  }
}

/** An operator: approves, rolls back, rejects, expires, cancels, at times on what was seen a while ago. */
export async function operate(world: World, process: Process, log: SnapshotLog, board: RunBoard): Promise<void> {
  while (!world.draining) {
    await idle(world, process, world.random.int(10));
    await enduring(async () => {
      const state = await log.read();
      await idle(world, process, world.random.int(16));
      await act(world, process, log, board, state);
    });
  }
}

async function act(world: World, process: Process, log: SnapshotLog, board: RunBoard, seen: LogState): Promise<void> {
  const by = { actor: process.name, reason: 'simulated' };
  const held = heldSnapshots(seen)[0] ?? world.random.pick([...seen.snapshots.values()]);
  const oldest = [...seen.snapshots.values()].find((entry) => entry.state === 'published' && entry.snapshot !== seen.current?.snapshot);
  const dice = world.random.next();
  if (dice < 0.35 && held) {
    await settle(world, log, await log.approve({ snapshot: held.snapshot, previewed: seen.head, ...by }));
  } else if (dice < 0.5 && seen.hold && seen.current) {
    await settle(world, log, await log.approve({ snapshot: seen.current.snapshot, previewed: seen.head, ...by }));
  } else if (dice < 0.7) {
    if (oldest) await settle(world, log, await log.rollback({ snapshot: oldest.snapshot, ...by }));
  } else if (dice < 0.75) {
    // Two requests reach one service at once: the same SnapshotLog serves both.
    if (oldest) await Promise.all([atOnce(world, log, log.rollback({ snapshot: oldest.snapshot, ...by })), atOnce(world, log, log.expire({ snapshot: oldest.snapshot, ...by }))]);
  } else if (dice < 0.8) {
    const target = oldest ?? world.random.pick([...seen.snapshots.values()]);
    if (target) await settle(world, log, await log.expire({ snapshot: target.snapshot, ...by }));
  } else if (dice < 0.85 && held) {
    await settle(world, log, await log.reject({ snapshot: held.snapshot, ...by }));
  } else {
    const run = world.random.pick(board.openRuns());
    if (run) await cancel(world, log, board, run);
  }
}

async function atOnce(world: World, log: SnapshotLog, append: Promise<AppendResult>): Promise<void> {
  await enduring(async () => {
    await settle(world, log, await append);
  });
}

async function cancel(world: World, log: SnapshotLog, board: RunBoard, run: string): Promise<void> {
  const report = await failRun(log, { run, outcome: 'cancelled', actor: 'operator' });
  if (report.outcome === 'unknown') {
    world.situations.unknownToTheEnd += 1;
    return; // Still `stopping`: the next cancel or the writers' own end settles it.
  }
  if (report.outcome !== 'refused') board.report(run, report.outcome);
}

/** A reader: polls, and answers from current by reading every file of it. */
export async function readSnapshots(world: World, process: Process, store: ObjectStore, place: { district: string; source: string }): Promise<void> {
  const reader = new LogReader(store, place);
  let head = 0;
  while (!world.draining) {
    await enduring(async () => {
      const state = await reader.poll();
      world.judge.observed(process.name, head, state.head, state.current?.snapshot ?? null);
      head = state.head;
      if (state.current && world.random.chance(0.5)) await answerFrom(store, process, world, state.current);
    });
    await idle(world, process, 10 + world.random.int(20));
  }
}

async function answerFrom(store: ObjectStore, process: Process, world: World, { folder, snapshot }: SnapshotEntry): Promise<void> {
  const manifest = await readOrNull(store, `${folder}manifest.json`);
  const files: (Buffer | null)[] = [manifest];
  for (const { key } of manifest ? Manifest.parse(JSON.parse(manifest.toString('utf8'))).files : []) files.push(await readOrNull(store, folder + key));
  world.judge.answered(process.name, snapshot, files);
}

async function readOrNull(store: ObjectStore, key: string): Promise<Buffer | null> {
  try {
    return await store.read(key);
  } catch (error) {
    if (error instanceof ObjectStoreError && error.kind === 'not-found') return null;
    throw error;
  }
}
