import type { Database, OwnedMigration } from '@lastgood/database';
import type { Clock, Log } from '@lastgood/service-runtime';
import { sql } from 'kysely';
import { LocalPace, type Pace } from './pace.js';

/** `next_free_ms`: when the next call to the host may start, milliseconds since 1970 by the clock of the database. */
export const fetcherMigrations: readonly OwnedMigration[] = [
  {
    name: '001-pace',
    up: async (db) => {
      await db.schema.createTable('fetcher_pace').addColumn('host', 'text', (column) => column.primaryKey()).addColumn('next_free_ms', 'double precision', (column) => column.notNull()).execute();
    },
    down: async (db) => {
      await db.schema.dropTable('fetcher_pace').execute();
    },
  },
];

/** Longest wait that is believed: a row far in the future must not stop a host for good. */
const LONGEST_MS = 600_000;
const NOW = sql`(extract(epoch from clock_timestamp()) * 1000)::double precision`;

/**
 * The line of all fetchers of one installation: one row per host in PostgreSQL, moved on by one statement per call, so that a vendor's limit holds
 * however many fetchers there are. While the database is away each fetcher keeps the limit alone.
 */
export class SharedPace implements Pace {
  readonly #alone: LocalPace;

  constructor(private readonly host: string, private readonly database: Database, private readonly clock: Clock, private readonly log: Log) {
    this.#alone = new LocalPace(clock);
  }

  async take(requestsPerSecond: number, signal: AbortSignal): Promise<void> {
    const waitMs = await this.#moveOn(0, 1000 / requestsPerSecond);
    if (waitMs === null) return this.#alone.take(requestsPerSecond, signal);
    if (waitMs > 0) await this.clock.sleep(Math.min(waitMs, LONGEST_MS), signal);
  }

  pause(ms: number): void {
    this.#alone.pause(ms);
    void this.#moveOn(Math.min(ms, LONGEST_MS), 0);
  }

  /** Takes the next place, at the earliest in `soonestMs`, and leaves `stepMs` behind it; how long until then, or null when the database is away. */
  async #moveOn(soonestMs: number, stepMs: number): Promise<number | null> {
    const soonest = sql`${NOW} + ${soonestMs}::double precision`;
    try {
      const { rows } = await sql<{ wait_ms: number }>`
        insert into fetcher_pace as pace (host, next_free_ms) values (${this.host}, ${soonest} + ${stepMs}::double precision)
        on conflict (host) do update set next_free_ms = greatest(pace.next_free_ms, ${soonest}) + ${stepMs}::double precision
        returning pace.next_free_ms - ${stepMs}::double precision - ${NOW} as wait_ms`.execute(this.database.kysely());
      return Math.max(0, Number(rows[0]?.wait_ms ?? 0));
    } catch (error) {
      this.log.warn('the pace of a host is kept by this fetcher alone: the database is away', { host: this.host, error: error instanceof Error ? error.name : 'unknown' });
      return null;
    }
  }
}
