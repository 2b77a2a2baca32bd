import { ServiceError, type Run, type RunStatus, type RunsAnswer, type RunsQuery } from '@lastgood/contracts';
import type { Clock, Districts } from '@lastgood/service-runtime';
import { runOf } from './run-row.js';
import type { RunStore } from './run-store.js';

const USUAL_OF_RUNS = 9;

/** Reads runs for clients. */
export class RunReader {
  constructor(
    private readonly runs: RunStore,
    private readonly districts: Districts,
    private readonly schedule: { nextRunAt(district: string, source: string): string | null },
    private readonly clock: Clock,
  ) {}

  /** Throws `unknown_run`. */
  async get(id: string): Promise<Run> {
    const row = await this.runs.get(id);
    if (row === undefined) throw new ServiceError('not-found', 'unknown_run', 'There is no such run, or this key may not see it.');
    return runOf(row, this.clock.now());
  }

  /** Newest first. Throws `invalid_cursor`. */
  async list(query: RunsQuery): Promise<RunsAnswer> {
    const rows = await this.runs.list({ ...query, limit: query.limit + 1 }, query.cursor === undefined ? null : idIn(query.cursor));
    const items = rows.slice(0, query.limit).map((row) => runOf(row, this.clock.now()));
    const last = items.at(-1);
    return { items, nextCursor: rows.length > query.limit && last ? Buffer.from(last.id).toString('base64url') : null };
  }

  /** Active, last and next run of every source, and how long runs usually take. Throws `unknown_district`. */
  async status(district: string): Promise<RunStatus> {
    const { id, sources } = this.districts.get(district);
    const now = this.clock.now();
    return {
      district: id,
      sources: await Promise.all(sources.map(async ({ id: source }) => {
        const [active, last, good] = await Promise.all([this.runs.active(id, source), this.runs.last(id, source), this.runs.lastGood(id, source, USUAL_OF_RUNS)]);
        return {
          source,
          activeRun: active === undefined ? null : runOf(active, now),
          lastRun: last === undefined ? null : runOf(last, now),
          nextRunAt: this.schedule.nextRunAt(id, source),
          usualSeconds: median(good.flatMap((row) => runOf(row, now).durationSeconds ?? [])),
        };
      })),
    };
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
