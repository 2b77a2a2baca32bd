import type { OwnedMigration } from '@lastgood/database';
import { sql } from 'kysely';
import { runJoiners, runLines, type RunJoinersTable, type RunLinesTable } from './runs/beside-runs-tables.js';

/** One run. Instants are ISO texts (they sort as they are), JSON members are texts. */
export interface RunsTable {
  id: string;
  district: string;
  source: string;
  /** Local date of the request in the district's time zone. */
  date: string;
  phase: string;
  /** 1 while the phase is not final, then null: what the unique index looks at. */
  active: 1 | null;
  epoch: number | null;
  /** When the newest epoch began: the time limit counts from here. */
  epoch_at: string;
  /** Begins of this run so far. */
  epochs: number;
  actor: string;
  via: string;
  /** How many automatic tries came before this run. */
  retry: number;
  requested_at: string;
  finished_at: string | null;
  /** Newest sign of life: of the fetcher while fetching, of the builder while building. */
  alive_at: string;
  /** Id of the process that builds it; null while it waits for one. */
  builder: string | null;
  /** JSON: CollectionProgress[]. */
  collections: string;
  collection: string | null;
  /** Records expected, from the last published run; null when there was none. */
  expected: number | null;
  /** JSON: PageListReference[] once everything is fetched. */
  page_lists: string | null;
  /** JSON: FetchStats once everything is fetched. */
  stats: string | null;
  /** JSON: StopOrder while stopping, and afterwards. */
  stop: string | null;
  snapshot: string | null;
  log_number: number | null;
  /** JSON: RunFailure. */
  failure: string | null;
  warnings: number;
}

/** Events that must go out because something was decided in the same transaction. */
export interface OutboxTable {
  /** ULID: sorts by time. */
  id: string;
  type: string;
  data: string;
  sent_at: string | null;
  /** When it turned out that it can never be sent. */
  set_aside_at: string | null;
}

/** Which run a key of a client gave, per source; for 24 hours. */
export interface IdempotencyKeysTable {
  district: string;
  key: string;
  source: string;
  run: string;
  joined: 0 | 1;
  /** What was asked for: the same key with another wish is refused. */
  wish: string;
  created_at: string;
}

/** Every tick of a schedule that came due, and every retry of a failed scheduled run. */
export interface TicksTable {
  district: string;
  source: string;
  tick: string;
  kind: 'schedule' | 'retry' | 'first-seen';
  /** 0 for a schedule's tick, else the number of the retry. */
  retry: number;
  /** When a process last took it up; another may after a minute while `run` is null. */
  claimed_at: string | null;
  run: string | null;
}

/** A schedule that was set by hand instead of the file's. */
export interface ScheduleOverridesTable {
  district: string;
  source: string;
  /** Five fields or `off`; null when it was taken back. */
  cron: string | null;
  time_zone: string | null;
  /** Ticks count from here. */
  set_at: string;
  actor: string;
}

/** The tables that belong to the writer. */
export interface WriterTables {
  runs: RunsTable;
  outbox: OutboxTable;
  idempotency_keys: IdempotencyKeysTable;
  ticks: TicksTable;
  schedule_overrides: ScheduleOverridesTable;
  run_lines: RunLinesTable;
  run_joiners: RunJoinersTable;
}

const runsAndSchedule: OwnedMigration = {
  name: '001-runs-and-schedule',
  async up(db) {
    await db.schema.createTable('runs')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('district', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('date', 'text', (column) => column.notNull())
      .addColumn('phase', 'text', (column) => column.notNull())
      .addColumn('active', 'integer')
      .addColumn('epoch', 'integer')
      .addColumn('epoch_at', 'text', (column) => column.notNull())
      .addColumn('epochs', 'integer', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('via', 'text', (column) => column.notNull())
      .addColumn('retry', 'integer', (column) => column.notNull())
      .addColumn('requested_at', 'text', (column) => column.notNull())
      .addColumn('finished_at', 'text')
      .addColumn('alive_at', 'text', (column) => column.notNull())
      .addColumn('builder', 'text')
      .addColumn('collections', 'text', (column) => column.notNull())
      .addColumn('collection', 'text')
      .addColumn('expected', 'integer')
      .addColumn('page_lists', 'text')
      .addColumn('stats', 'text')
      .addColumn('stop', 'text')
      .addColumn('snapshot', 'text')
      .addColumn('log_number', 'integer')
      .addColumn('failure', 'text')
      .addColumn('warnings', 'integer', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('runs_active').on('runs').columns(['district', 'source']).unique().where(sql.ref('active'), '=', 1).execute();
    await db.schema.createIndex('runs_of_source').on('runs').columns(['district', 'source', 'id']).execute();
    await db.schema.createTable('outbox')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addColumn('sent_at', 'text')
      .execute();
    await db.schema.createIndex('outbox_unsent').on('outbox').columns(['sent_at', 'id']).execute();
    await db.schema.createTable('idempotency_keys')
      .addColumn('district', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('run', 'text', (column) => column.notNull())
      .addColumn('joined', 'integer', (column) => column.notNull())
      .addColumn('wish', 'text', (column) => column.notNull())
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('idempotency_keys_primary', ['district', 'key', 'source'])
      .execute();
    await db.schema.createTable('ticks')
      .addColumn('district', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('tick', 'text', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('retry', 'integer', (column) => column.notNull())
      .addColumn('claimed_at', 'text')
      .addColumn('run', 'text')
      .addPrimaryKeyConstraint('ticks_primary', ['district', 'source', 'tick'])
      .execute();
    await db.schema.createIndex('ticks_open').on('ticks').columns(['run', 'tick']).execute();
  },
  async down(db) {
    for (const table of ['ticks', 'idempotency_keys', 'outbox', 'runs']) await db.schema.dropTable(table).execute();
  },
};

const outboxSetAside: OwnedMigration = {
  name: '002-outbox-set-aside',
  async up(db) {
    await db.schema.alterTable('outbox').addColumn('set_aside_at', 'text').execute();
  },
  async down(db) {
    await db.schema.alterTable('outbox').dropColumn('set_aside_at').execute();
  },
};

/** Of writers that see a new source at the same moment, one enters it. */
const oneFirstSeen: OwnedMigration = {
  name: '003-one-first-seen',
  async up(db) {
    await db.schema.createIndex('ticks_first_seen').on('ticks').columns(['district', 'source']).unique().where(sql.ref('kind'), '=', 'first-seen').execute();
  },
  async down(db) {
    await db.schema.dropIndex('ticks_first_seen').execute();
  },
};

const scheduleOverrides: OwnedMigration = {
  name: '004-schedule-overrides',
  async up(db) {
    await db.schema.createTable('schedule_overrides')
      .addColumn('district', 'text', (column) => column.notNull())
      .addColumn('source', 'text', (column) => column.notNull())
      .addColumn('cron', 'text')
      .addColumn('time_zone', 'text')
      .addColumn('set_at', 'text', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('schedule_overrides_primary', ['district', 'source'])
      .execute();
  },
  async down(db) {
    await db.schema.dropTable('schedule_overrides').execute();
  },
};

/** Forwards and back, in the order they are applied. */
export const writerMigrations: readonly OwnedMigration[] = [runsAndSchedule, outboxSetAside, oneFirstSeen, scheduleOverrides, runLines, runJoiners];
