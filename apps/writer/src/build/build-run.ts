import { snapshotIdOf, type PageListReference, type RunFailure, type SourceConfig } from '@lastgood/contracts';
import { ObjectStoreError } from '@lastgood/object-store';
import type { Districts, Log } from '@lastgood/service-runtime';
import { AttemptDamagedError, LogDamagedError, type RunReport, type SnapshotEntry } from '@lastgood/snapshot-log';
import { storeAttempt, type CommitContext } from '../commit/commit-attempt.js';
import { warningsOf } from '../commit/status-file.js';
import { judge, type Verdict } from '../gate/judge.js';
import type { Profile } from '../gate/profile.js';
import { readProfile, SnapshotDamagedError } from '../gate/read-profile.js';
import { unexpectedEmpty } from '../gate/unexpected-empty.js';
import type { RunEnd } from '../runs/end-run.js';
import { logDamaged } from '../runs/log-damage.js';
import type { Logs } from '../runs/logs.js';
import type { RunAnnouncer } from '../runs/run-announcer.js';
import type { RunMetrics } from '../runs/run-metrics.js';
import type { RunStore } from '../runs/run-store.js';
import type { RunsTable } from '../tables.js';
import type { BuildSession, Built } from './build-session.js';
import { BuildError, failure } from './build-types.js';
import { BuildStopped } from './builds.js';
import { diskFull, isDiskFull } from './worker-thread.js';

const UNKNOWN_PAUSE_MS = 1000;

/** What it works on. */
export interface RunBuilderParts {
  context: CommitContext;
  districts: Districts;
  runs: RunStore;
  logs: Logs;
  end: RunEnd;
  announcer: RunAnnouncer;
  metrics: RunMetrics;
  log: Log;
}

/** An attempt that lies in the bucket, and the function that appends its record. */
interface StoredAttempt {
  append: () => Promise<RunReport>;
  warnings: number;
}

/** Takes a fetched run through build, gate and commit to its end. */
export class RunBuilder {
  constructor(private readonly parts: RunBuilderParts) {}

  /** Never rejects for what a run can die of: that ends the run with the reason. A run that is no longer ours is left alone. */
  async build(row: RunsTable & { epoch: number }, session: Promise<BuildSession>, references: readonly PageListReference[], signal: AbortSignal): Promise<void> {
    const log = this.parts.log.with({ run: row.id, snapshot: snapshotIdOf({ run: row.id, epoch: row.epoch }) });
    try {
      const stored = await this.#buildAttempt(row, await session, references, signal);
      await this.#commit(row, stored, log, signal);
    } catch (error) {
      if (signal.aborted || error instanceof BuildStopped) {
        log.info('The build stopped: the run goes on elsewhere or was stopped.', { epoch: row.epoch });
        return;
      }
      const reason = reasonOf(error);
      log.error('The build failed.', error, { errorCode: reason.code });
      // On one disk with the database, what was built may take the room that the end of the run needs.
      await session.then((opened) => opened.remove(), () => undefined).catch((trouble: unknown) => log.error('The build left files behind; they go at the next start.', trouble));
      await this.parts.end.stop(row.id, row.epoch, { outcome: 'failed', failure: reason, actor: 'writer', reason: reason.message });
    }
  }

  async #buildAttempt(row: RunsTable & { epoch: number }, session: BuildSession, references: readonly PageListReference[], signal: AbortSignal): Promise<StoredAttempt> {
    const source = this.parts.districts.source(row.district, row.source);
    const startedMs = this.parts.context.clock.now();
    const built = await session.finish(references, () => this.parts.context.crash.reach('build.ingested'));
    this.parts.context.crash.reach('build.built');
    this.parts.metrics.built((this.parts.context.clock.now() - startedMs) / 1000);
    await this.#enter(row, 'checking');
    const verdict = await this.#judge(row, source, built);
    await this.#enter(row, 'publishing');
    const append = await storeAttempt(this.parts.context, this.parts.logs.of(row), { row, source, built, verdict }, signal);
    return { append, warnings: warningsOf({ built, verdict }) };
  }

  async #commit(row: RunsTable & { epoch: number }, { append, warnings }: StoredAttempt, log: Log, signal: AbortSignal): Promise<void> {
    let report = await append();
    while (report.outcome === 'unknown' || (report.outcome === 'refused' && report.refusal.reason === 'contended')) {
      log.warn('The outcome of the commit is not known yet; it is looked at again.');
      await this.parts.context.clock.sleep(UNKNOWN_PAUSE_MS, signal);
      report = await append();
    }
    if (report.outcome === 'refused') throw new BuildStopped('the run was taken over');
    await this.parts.end.finalize(row, report.record, { warnings });
    this.parts.context.crash.reach('commit.announced');
  }

  async #judge(row: RunsTable & { epoch: number }, source: SourceConfig, built: Built): Promise<Verdict> {
    const state = await this.parts.logs.of(row).read();
    const { last, damaged } = await this.#lastGood(row, state.current);
    const fetched = built.pageLists.filter((list) => list.missing === null).map(({ collection }) => collection);
    const { mayBeEmpty } = source.walk;
    const empty = last && unexpectedEmpty({ now: built.profile, last, fetched, mayBeEmpty });
    if (empty) throw new BuildError(empty);
    const missing = built.pageLists.filter((list) => list.missing !== null)
      .map(({ collection }) => ({ collection, optional: collection === 'demographics' && source.demographics === 'optional' }));
    return judge({ now: built.profile, last, damaged, thresholds: source.gate, missing, mayBeEmpty, onHold: state.hold !== null });
  }

  /** A damaged last good snapshot does not stop refreshes: what was built is held for a person to look at. */
  async #lastGood(row: RunsTable & { epoch: number }, current: SnapshotEntry | null): Promise<{ last: Profile | null; damaged?: string }> {
    if (current === null) return { last: null };
    try {
      return { last: await readProfile(this.parts.context.store, current) };
    } catch (error) {
      if (!(error instanceof SnapshotDamagedError)) throw error;
      this.parts.log.with({ run: row.id, snapshot: snapshotIdOf({ run: row.id, epoch: row.epoch }) }).error('The snapshot that readers get is damaged; the new one is held.', error, { errorCode: 'last_good_damaged' });
      return { last: null, damaged: error.key };
    }
  }

  async #enter(row: RunsTable & { epoch: number }, phase: 'checking' | 'publishing'): Promise<void> {
    const changed = await this.parts.runs.change(
      { id: row.id, epoch: row.epoch, phases: ['building', 'checking'], ...(row.builder !== null && { builder: row.builder }) },
      { phase, alive_at: new Date(this.parts.context.clock.now()).toISOString() },
    );
    if (changed === undefined) throw new BuildStopped('the run was stopped or taken over');
    await this.parts.announcer.phase(changed);
  }
}

function reasonOf(error: unknown): RunFailure {
  if (error instanceof BuildError) return error.failure;
  if (isDiskFull(error)) return diskFull();
  if (error instanceof LogDamagedError) return logDamaged(error);
  if (error instanceof AttemptDamagedError) return failure('attempt_damaged', 'What was written to the bucket came back changed. Look at the health of the store.', { retryable: true });
  if (error instanceof ObjectStoreError) {
    if (error.kind === 'full') return failure('store_full', 'The object store has no room left. Free some or shorten the retention.', { retryable: true });
    if (error.kind === 'denied') return failure('store_denied', 'The object store refuses the configured access key, or does not let it do what is needed (read, write, list, delete). Look at the credentials and at the policy of the bucket.', { retryable: false });
    return failure('store_unavailable', `The object store did not do what was asked (${error.kind}).`, { retryable: error.retryable || error.kind === 'unavailable' || error.kind === 'timeout' });
  }
  return failure('build_broke', 'The build broke for a reason that is in the log of the writer; the snapshot was not changed.', { retryable: true });
}
