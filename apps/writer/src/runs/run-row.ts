import {
  FINAL_PHASES, RunPhase, type CollectionProgress, type EventData, type PageListReference, type Run, type RunFailure, type RunProgress,
} from '@lastgood/contracts';
import type { RunsTable } from '../tables.js';
import { finished } from './told-progress.js';

/** What a pull cost, as `refresh.fetched` tells it. */
export type FetchStats = EventData<'refresh.fetched'>['stats'];

/** What is kept of it; records are those of the collections. */
export type KeptStats = Omit<FetchStats, 'records'>;

/** Why a run is being stopped; kept with the run until `abort` is in the log. */
export interface StopOrder {
  outcome: 'failed' | 'cancelled';
  failure: RunFailure | null;
  actor: string;
  reason: string | null;
}

/** True when nothing more happens to the run. */
export function isFinal(row: Pick<RunsTable, 'phase'>): boolean {
  return FINAL_PHASES.includes(row.phase as RunPhase);
}

/** Records a second that a build is reckoned with while nothing better is known. */
const BUILD_RECORDS_PER_SECOND = 25_000;

/** The run as clients see it at `nowMs`. */
export function runOf(row: RunsTable, nowMs: number): Run {
  return {
    id: row.id,
    district: row.district,
    source: row.source,
    epoch: row.epoch,
    date: row.date,
    phase: RunPhase.parse(row.phase),
    asker: { actor: row.actor, via: row.via as Run['asker']['via'] },
    requestedAt: row.requested_at,
    finishedAt: row.finished_at,
    durationSeconds: row.finished_at === null ? null : Math.max(0, Date.parse(row.finished_at) - Date.parse(row.requested_at)) / 1000,
    progress: progressOf(row, nowMs),
    snapshot: row.snapshot,
    logNumber: row.log_number,
    failure: failureOf(row),
    warnings: row.warnings,
  };
}

/** Why the run failed, or is about to: known as soon as it is being stopped. */
export function failureOf(row: Pick<RunsTable, 'phase' | 'failure' | 'stop'>): RunFailure | null {
  if (row.phase === 'stopping') return row.stop === null ? null : (JSON.parse(row.stop) as StopOrder).failure;
  return row.failure === null ? null : JSON.parse(row.failure) as RunFailure;
}

/** Rate over the whole epoch; what is left as a range, from told totals or else from the last published run. */
function progressOf(row: RunsTable, nowMs: number): RunProgress {
  const collections = collectionsOf(row);
  const records = sum(collections, ({ records }) => records);
  const fetching = row.phase === 'requested' || row.phase === 'fetching';
  const seconds = (nowMs - Date.parse(row.epoch_at)) / 1000;
  const rate = fetching && records > 0 && seconds > 0 ? records / seconds : null;
  const expected = expectedRecords(collections, row.expected);
  const left = expected === null ? null : Math.max(0, expected - records);
  const fetchSeconds = fetching ? (rate === null || left === null ? null : left / rate) : 0;
  const buildSeconds = isFinal(row) ? 0 : (expected ?? records) / BUILD_RECORDS_PER_SECOND;
  return {
    collection: row.collection as RunProgress['collection'],
    pages: sum(collections, ({ pages }) => pages),
    records,
    expectedRecords: expected,
    recordsPerSecond: rate,
    remainingSeconds: fetchSeconds === null || row.active === null ? null : { low: fetchSeconds * 0.8, high: fetchSeconds * 1.5 + buildSeconds * 2 },
    collections,
  };
}

function expectedRecords(collections: readonly CollectionProgress[], last: number | null): number | null {
  const known = collections.every(({ state, toldTotal }) => toldTotal !== null || state === 'missing' || state === 'fetched');
  if (collections.length > 0 && known) return sum(collections, ({ toldTotal, records, state }) => (state === 'fetching' ? Math.max(toldTotal ?? 0, records) : state === 'fetched' ? records : toldTotal ?? 0));
  return last;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** The page lists of a fetched run; empty while it is not. */
export function pageListsOf(row: RunsTable): PageListReference[] {
  return row.page_lists === null ? [] : JSON.parse(row.page_lists) as PageListReference[];
}

/** What progress events of the newest epoch told. */
export function toldOf(row: Pick<RunsTable, 'collections'>): CollectionProgress[] {
  return JSON.parse(row.collections) as CollectionProgress[];
}

/** How far every collection of the run is. */
export function collectionsOf(row: RunsTable): CollectionProgress[] {
  return finished(toldOf(row), pageListsOf(row));
}

/** What the pull cost until now: as its end told it, before that as its progress does. */
export function statsOf(row: RunsTable, nowMs = Date.parse(row.finished_at ?? row.alive_at)): FetchStats {
  const collections = collectionsOf(row);
  const records = sum(collections, (each) => each.records);
  if (row.stats !== null) return { ...JSON.parse(row.stats) as KeptStats, records };
  return { calls: sum(collections, ({ calls }) => calls), retries: sum(collections, ({ retries }) => retries), records, durationMs: row.epoch === null ? 0 : Math.max(0, nowMs - Date.parse(row.epoch_at)) };
}
