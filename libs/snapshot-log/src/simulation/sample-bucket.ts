import { Readable } from 'node:stream';
import type { RecordSummary } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import { AttemptWriter, type FinishedAttempt } from '../attempt-writer.js';
import { type RunReport, endRun, failRun } from '../end-run.js';
import { type LogContext, SnapshotLog } from '../snapshot-log.js';
import { Random } from './random.js';

const AT = '2026-01-05T00:00:00.000Z';
const DAY_MS = 86_400_000;

/** A log with the means to run refreshes on it, all of it decided by a seed: for tests. */
export class SampleLog {
  readonly random: Random;
  readonly log: SnapshotLog;
  nowMs = Date.UTC(2026, 0, 5);
  readonly context: LogContext;

  constructor(readonly store: ObjectStore, place: { district: string; source: string }, seed: number) {
    this.random = new Random(seed);
    this.context = { clock: { now: () => this.nowMs, sleep: async () => undefined }, newId: () => this.random.id() };
    this.log = new SnapshotLog(store, place, this.context);
  }

  /** Begins a run; its epoch. */
  async begin(run: string): Promise<number> {
    const begun = await this.log.begin({ run, date: '2026-01-05', actor: 'schedule' });
    if (begun.outcome !== 'appended') throw new Error(`begin was ${begun.outcome}`);
    return begun.record.number;
  }

  /** Writes an attempt of random rows: a file of every kind that a snapshot has. */
  async attempt(run: string, epoch: number): Promise<FinishedAttempt> {
    const writer = new AttemptWriter(this.store, { ...this.log.place, date: '2026-01-05', run, epoch }, this.context.clock);
    const rows = 1 + this.random.int(40);
    const of = (line: (row: number) => string, head = ''): (() => Readable) => {
      const text = head + Array.from({ length: rows }, (_, row) => line(row)).join('');
      return () => Readable.from([Buffer.from(text)]);
    };
    const note = this.random.id();
    await writer.addPart({ name: 'students.csv', encoding: 'zstd', rows, notes: ['formula-escaped'], open: of((row) => `${row},"line one\nline ""two"" of ${note}"\r\n`, 'id,note\r\n') });
    await writer.addPart({ name: 'students.jsonl', encoding: 'zstd', rows, open: of((row) => `${JSON.stringify({ row, note })}\n`) });
    await writer.addPart({ name: 'index.sqlite', encoding: 'zstd', rows: null, open: of((row) => `${note}${row}\u0000`) });
    await writer.addPart({ name: 'profile.json', encoding: 'identity', rows: null, open: () => Readable.from([Buffer.from(JSON.stringify({ note }))]) });
    return writer.finish({ snapshot_id: writer.snapshot, note }, { createdAt: AT, schemaVersion: '1.0', calculationVersion: '1.0' });
  }

  /** A whole refresh; how it ended. */
  async refresh(verdict: 'publish' | 'quarantine' = 'publish'): Promise<RunReport & { snapshot: string }> {
    const run = this.random.id();
    const epoch = await this.begin(run);
    const { manifest } = await this.attempt(run, epoch);
    return { ...await endRun(this.log, { run, epoch, manifest, verdict, summary: SUMMARY, actor: 'schedule' }), snapshot: `${epoch}-${run}` };
  }

  /** A life with every kind of record: published, failed, held and approved, rolled back, rejected, expired. */
  async live(): Promise<void> {
    const first = await this.refresh();
    await failRun(this.log, { run: await this.#begun(), outcome: 'failed', actor: 'schedule', reason: 'upstream refused' });
    const held = await this.refresh('quarantine');
    const by = { actor: 'operator', reason: 'looked at it' };
    await this.log.approve({ snapshot: held.snapshot, previewed: this.log.state.head, ...by });
    await this.log.rollback({ snapshot: first.snapshot, ...by });
    const rejected = await this.refresh();
    await this.log.reject({ snapshot: rejected.snapshot, ...by });
    await this.log.approve({ snapshot: first.snapshot, previewed: this.log.state.head, ...by });
    for (let refreshes = this.random.int(3); refreshes >= 0; refreshes -= 1) await this.refresh();
    await this.log.expire({ snapshot: first.snapshot, ...by });
    this.nowMs += DAY_MS;
  }

  async #begun(): Promise<string> {
    const run = this.random.id();
    await this.begin(run);
    return run;
  }
}

export const SUMMARY: RecordSummary = {
  status: 'complete', schemaVersion: '1.0', calculationVersion: '1.0', sourceType: 'oneroster-1.1', createdAt: AT, startedAt: AT, completedAt: AT,
  sizeBytes: 1, errorCount: 0, warningCount: 0, errors: [], findings: [], counts: { students: 1 }, missing: [],
};
