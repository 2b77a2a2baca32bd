import { ServiceError, type Run, type RunStatus, type StatusFile, type RunsAnswer, type RunsQuery } from '@lastgood/contracts';
import type { Clock, Districts } from '@lastgood/service-runtime';
import type { Versions } from '../commit/versions.js';
import type { RunsTable } from '../tables.js';
import { attemptStatus, attemptStatusFromLog, type AttemptPlace } from './attempt-status.js';
import type { Logs } from './logs.js';
import { runOf } from './run-row.js';
import type { RunStore } from './run-store.js';

const USUAL_OF_RUNS = 9;
/** A status is wanted within a second, with or without what only the log knows. */
const LOG_PATIENCE_MS = 500;

/** What it works on. */
export interface RunReaderParts {
  runs: RunStore;
  districts: Districts;
  logs: Logs;
  schedule: { nextRunAt(district: string, source: string): string | null };
  clock: Clock;
  versions: Versions;
}

/** Reads runs for clients. */
export class RunReader {
  constructor(private readonly parts: RunReaderParts) {}

  /** Throws `unknown_run`. */
  async get(id: string): Promise<Run> {
    const row = await this.parts.runs.get(id);
    if (row === undefined) throw new ServiceError('not-found', 'unknown_run', 'There is no such run, or this key may not see it.');
    return runOf(row, this.parts.clock.now());
  }

  /** Newest first. Throws `invalid_cursor`. */
  async list(query: RunsQuery): Promise<RunsAnswer> {
    const rows = await this.parts.runs.list({ ...query, limit: query.limit + 1 }, query.cursor === undefined ? null : idIn(query.cursor));
    const items = rows.slice(0, query.limit).map((row) => runOf(row, this.parts.clock.now()));
    const last = items.at(-1);
    return { items, nextCursor: rows.length > query.limit && last ? Buffer.from(last.id).toString('base64url') : null };
  }

  /** Active, last and next run of every source, and how long runs usually take. Throws `unknown_district`. */
  async status(district: string): Promise<RunStatus> {
    const { id, sources } = this.parts.districts.get(district);
    const now = this.parts.clock.now();
    return {
      district: id,
      sources: await Promise.all(sources.map(async (config) => {
        const source = config.id;
        const [active, last, good] = await Promise.all([this.parts.runs.active(id, source), this.parts.runs.last(id, source), this.parts.runs.lastGood(id, source, USUAL_OF_RUNS)]);
        return {
          source,
          activeRun: active === undefined ? null : runOf(active, now),
          lastRun: last === undefined ? null : runOf(last, now),
          attempt: await this.#attempt(active ?? last, { district: id, source: config, versions: this.parts.versions, nowMs: now }),
          nextRunAt: this.parts.schedule.nextRunAt(id, source),
          usualSeconds: median(good.flatMap((row) => runOf(row, now).durationSeconds ?? [])),
        };
      })),
    };
  }

  /** After the loss of the database only the log knows how the last run ended. */
  async #attempt(row: RunsTable | undefined, place: AttemptPlace): Promise<StatusFile | null> {
    if (row !== undefined) return attemptStatus(row, place);
    const fromLog = this.parts.logs.of({ district: place.district, source: place.source.id }).read().then(({ runs }) => attemptStatusFromLog(runs, place)).catch(() => null);
    return Promise.race([fromLog, this.parts.clock.sleep(LOG_PATIENCE_MS).then(() => null)]);
  }
}

function idIn(cursor: string): string {
  const id = Buffer.from(cursor, 'base64url').toString('latin1');
  if (/^[0-9a-hjkmnp-tv-z]{26}$/.test(id)) return id;
  throw new ServiceError('invalid', 'invalid_cursor', 'This cursor is not one of this list. Begin without a cursor.', { errors: [{ field: 'cursor', message: 'not a cursor of this list' }] });
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
