import { Readable } from 'node:stream';
import { ObjectStoreError } from '@lastgood/object-store';
import type { RecordSummary } from '@lastgood/contracts';
import { AttemptWriter } from '../attempt-writer.js';
import { type RunReport, endRun, failRun } from '../end-run.js';
import { AttemptDamagedError } from '../log-error.js';
import type { SnapshotLog } from '../snapshot-log.js';
import type { RunBoard } from './run-board.js';
import { contextOf, enduring, idle, settle } from './settle.js';
import type { Process, World } from './world.js';

const PATIENCE = 40;
const AT = '2026-01-05T00:00:00.000Z';

/** What a writer decides about a run: fixed for the refresh that must succeed, random otherwise. */
export type Verdict = 'publish' | 'quarantine' | 'fail';

/** A writer: begins new runs or takes over open ones, fetches, writes parts, ends the run, reports. Several do so at once. */
export async function writeRuns(world: World, process: Process, log: SnapshotLog, board: RunBoard): Promise<void> {
  while (!world.draining) {
    const open = board.openRuns();
    const takeOver = open.length > 0 && world.random.chance(0.55);
    const run = (takeOver ? world.random.pick(open) : undefined) ?? board.request(world.random);
    if (takeOver) world.situations.takeOvers += 1;
    const dice = world.random.next();
    await enduring(async () => {
      await performRun(world, process, log, board, run, dice < 0.65 ? 'publish' : dice < 0.85 ? 'quarantine' : 'fail');
    });
    await idle(world, process, world.random.int(8));
  }
}

/** One run from begin to report, by the functions the writer service calls, in its order. Returns the report, or null when it was fenced off. */
export async function performRun(
  world: World, process: Process, log: SnapshotLog, board: RunBoard, run: string, verdict: Verdict,
): Promise<RunReport | null> {
  const begun = await settle(world, log, await log.begin({ run, date: board.dateOf(run), actor: process.name }));
  if (begun.outcome === 'refused') {
    const record = begun.refusal.record;
    if (record?.kind === 'abort') board.report(run, record.outcome);
    else if (record) board.report(run, record.kind === 'publish' ? 'published' : 'held');
    return null;
  }
  const epoch = begun.record.number;
  await idle(world, process, world.random.int(12));
  const by = { actor: process.name };
  if (verdict === 'fail') {
    return finish(world, process, board, run, () => failRun(log, { run, epoch, outcome: 'failed', reason: 'upstream refused', ...by }));
  }
  try {
    const { manifest } = await writeAttempt(world, process, log, run, epoch, begun.record.kind === 'begin' ? begun.record.date : '');
    return await finish(world, process, board, run, () => endRun(log, { run, epoch, manifest, verdict, summary: SUMMARY, ...by }));
  } catch (error) {
    if (!(error instanceof ObjectStoreError || error instanceof AttemptDamagedError)) throw error;
    const reason = error instanceof AttemptDamagedError ? 'attempt damaged' : error.kind;
    return finish(world, process, board, run, () => failRun(log, { run, epoch, outcome: 'failed', reason, ...by }));
  }
}

async function writeAttempt(world: World, process: Process, log: SnapshotLog, run: string, epoch: number, date: string) {
  const attempt = new AttemptWriter(log.store, { ...log.place, date, run, epoch }, contextOf(world, process).clock, log.rules);
  for (const name of ['students.csv', 'students.jsonl']) {
    await attempt.addPart({ name, encoding: 'identity', rows: null, open: () => Readable.from([Buffer.from(`${attempt.snapshot} ${name}\n`)]) });
  }
  await idle(world, process, world.random.int(6));
  return attempt.finish({ snapshot_id: attempt.snapshot }, { createdAt: AT, schemaVersion: '1.0', calculationVersion: '1.0' });
}

/** Ends a run: an unknown outcome is asked again with the same call, then told. */
async function finish(world: World, process: Process, board: RunBoard, run: string, end: () => Promise<RunReport>): Promise<RunReport | null> {
  for (let tries = 0; tries < PATIENCE; tries += 1) {
    const report = await end();
    if (report.outcome === 'unknown') {
      world.situations.unknownToTheEnd += 1;
      await idle(world, process, 1 + world.random.int(5));
      continue;
    }
    if (report.outcome === 'refused') {
      if (report.refusal.reason === 'fenced') world.situations.fenced += 1;
      return null;
    }
    board.report(run, report.outcome);
    return report;
  }
  throw new ObjectStoreError('timeout', 'the store did not answer for very long', { retryable: true, outcomeUnknown: true });
}

const SUMMARY: RecordSummary = {
  status: 'complete', schemaVersion: '1.0', calculationVersion: '1.0', sourceType: 'simulated', createdAt: AT, startedAt: AT, completedAt: AT,
  sizeBytes: 0, errorCount: 0, warningCount: 0, errors: [], findings: [], counts: {}, missing: [],
};
