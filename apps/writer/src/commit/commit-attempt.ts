import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { SourceConfig } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock, CrashPoints } from '@lastgood/service-runtime';
import { AttemptWriter, endRun, type RunReport, type SnapshotLog } from '@lastgood/snapshot-log';
import type { Built } from '../build/build-session.js';
import type { Verdict } from '../gate/judge.js';
import { PROFILE_NAME } from '../gate/profile.js';
import type { RunsTable } from '../tables.js';
import { statusFile, summaryOf } from './status-file.js';
import type { Versions } from './versions.js';

const READ_BYTES = 1024 * 1024;

/** What committing needs besides the attempt. */
export interface CommitContext {
  store: ObjectStore;
  clock: Clock;
  crash: CrashPoints;
  versions: Versions;
}

/** A build that passed or did not pass the gate, of a run whose epoch is known. */
export interface Attempt {
  row: RunsTable & { epoch: number };
  source: SourceConfig;
  built: Built;
  verdict: Verdict;
}

/**
 * Writes parts, status.json and manifest.json, each read back, and gives the function that appends the record. That one may be called until its
 * report is not `unknown`. Throws ObjectStoreError or AttemptDamagedError; nothing is published then.
 */
export async function storeAttempt(context: CommitContext, log: SnapshotLog, attempt: Attempt, signal: AbortSignal): Promise<() => Promise<RunReport>> {
  const { row, built } = attempt;
  const writer = new AttemptWriter(context.store, { district: row.district, source: row.source, date: row.date, run: row.id, epoch: row.epoch }, context.clock);
  for (const { file, path } of [...built.files, built.index.file]) {
    signal.throwIfAborted();
    await writer.addStored(file, () => createReadStream(path, { highWaterMark: Math.min(READ_BYTES, file.storedSize + 1) }));
    context.crash.reach('commit.part-written');
  }
  const profile = Buffer.from(`${JSON.stringify(built.profile)}\n`);
  await writer.addPart({ name: PROFILE_NAME, encoding: 'zstd', rows: null, open: () => Readable.from([profile]) });
  context.crash.reach('commit.parts-verified');
  const now = new Date(context.clock.now()).toISOString();
  const { schema, calculation } = context.versions;
  const facts = { ...attempt, versions: context.versions, files: writer.files, now };
  const finished = await writer.finish(statusFile(facts), {
    createdAt: now, schemaVersion: schema, calculationVersion: calculation, onStatusWritten: () => context.crash.reach('commit.status-written'),
  });
  context.crash.reach('commit.manifest-written');
  const [reason] = attempt.verdict.findings;
  const end = {
    run: row.id, epoch: row.epoch, manifest: finished.manifest, verdict: attempt.verdict.verdict, summary: summaryOf(facts), actor: row.actor,
    ...(reason && { reason: reason.message }),
  };
  return async () => {
    const report = await endRun(log, end);
    context.crash.reach('commit.record-appended');
    return report;
  };
}
