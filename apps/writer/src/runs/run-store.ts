import type { RunPhase, RunsQuery } from '@lastgood/contracts';
import { sql, type Kysely, type Transaction, type UpdateObject } from 'kysely';
import type { RunsTable, WriterTables } from '../tables.js';

/** Changes of a run's row; `where` fences them. */
export type RunChange = UpdateObject<WriterTables, 'runs'>;

/** What must still hold for a change to be made. */
export interface RunFence {
  id: string;
  epoch?: number;
  builder?: string;
  phases?: readonly RunPhase[];
}

/** Reads and changes the rows of runs; every change is conditional, so that two writers never overwrite each other. */
export class RunStore {
  constructor(readonly db: Kysely<WriterTables>) {}

  get(id: string): Promise<RunsTable | undefined> {
    return this.db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
  }

  active(district: string, source: string): Promise<RunsTable | undefined> {
    return this.db.selectFrom('runs').selectAll().where('district', '=', district).where('source', '=', source).where('active', '=', 1).executeTakeFirst();
  }

  async countActive(): Promise<number> {
    const { count } = await this.db.selectFrom('runs').select(sql<number | string>`count(*)`.as('count')).where('active', '=', 1).executeTakeFirstOrThrow();
    return Number(count);
  }

  allActive(): Promise<RunsTable[]> {
    return this.db.selectFrom('runs').selectAll().where('active', '=', 1).orderBy('id').execute();
  }

  last(district: string, source: string): Promise<RunsTable | undefined> {
    return this.db.selectFrom('runs').selectAll().where('district', '=', district).where('source', '=', source).where('active', 'is', null)
      .orderBy('id', 'desc').limit(1).executeTakeFirst();
  }

  /** The newest runs that published or quarantined, newest first. */
  lastGood(district: string, source: string, limit: number): Promise<RunsTable[]> {
    return this.db.selectFrom('runs').selectAll().where('district', '=', district).where('source', '=', source).where('phase', 'in', ['published', 'quarantined'])
      .orderBy('id', 'desc').limit(limit).execute();
  }

  /** Newest first, ids below `before`. */
  list(query: Omit<RunsQuery, 'cursor'>, before: string | null): Promise<RunsTable[]> {
    let rows = this.db.selectFrom('runs').selectAll().orderBy('id', 'desc').limit(query.limit);
    if (query.district !== undefined) rows = rows.where('district', '=', query.district);
    if (query.source !== undefined) rows = rows.where('source', '=', query.source);
    if (query.phase !== undefined) rows = rows.where('phase', '=', query.phase);
    if (query.active === 'true') rows = rows.where('active', '=', 1);
    if (query.active === 'false') rows = rows.where('active', 'is', null);
    if (before !== null) rows = rows.where('id', '<', before);
    return rows.execute();
  }

  /** Makes the change if the fence holds; the row after it, or undefined when the fence does not hold. */
  async change(fence: RunFence, change: RunChange, transaction: Kysely<WriterTables> | Transaction<WriterTables> = this.db): Promise<RunsTable | undefined> {
    let update = transaction.updateTable('runs').set(change).where('id', '=', fence.id).where('active', '=', 1);
    if (fence.epoch !== undefined) update = update.where('epoch', '=', fence.epoch);
    if (fence.builder !== undefined) update = update.where('builder', '=', fence.builder);
    if (fence.phases !== undefined) update = update.where('phase', 'in', fence.phases);
    return update.returningAll().executeTakeFirst();
  }

  /** Enters what a pull told, in whatever phase the run is, if the row's phase, epoch and collections are still as they were read; the row after it, else undefined. */
  tell(read: RunsTable, change: RunChange): Promise<RunsTable | undefined> {
    return this.db.updateTable('runs').set(change)
      .where('id', '=', read.id).where('epoch', '=', read.epoch).where('phase', '=', read.phase).where('collections', '=', read.collections)
      .returningAll().executeTakeFirst();
  }

  /** Remembers who else wanted this run. */
  async join(run: string, actor: string): Promise<void> {
    await this.db.insertInto('run_joiners').values({ run, actor }).onConflict((conflict) => conflict.doNothing()).execute();
  }

  async hasJoined(run: string, actor: string): Promise<boolean> {
    return (await this.db.selectFrom('run_joiners').select('run').where('run', '=', run).where('actor', '=', actor).executeTakeFirst()) !== undefined;
  }

  /** The oldest fetched run that waits for a builder. */
  nextToBuild(): Promise<RunsTable | undefined> {
    return this.db.selectFrom('runs').selectAll().where('phase', '=', 'building').where('active', '=', 1).where('builder', 'is', null)
      .orderBy('requested_at').limit(1).executeTakeFirst();
  }

  /** Takes the build of a run; undefined when another process was faster. */
  claimBuild(row: RunsTable, builder: string, now: string): Promise<RunsTable | undefined> {
    return this.db.updateTable('runs').set({ builder, alive_at: now })
      .where('id', '=', row.id).where('epoch', '=', row.epoch).where('phase', '=', 'building').where('active', '=', 1).where('builder', 'is', null)
      .returningAll().executeTakeFirst();
  }

  /** Runs that wait for a builder. */
  async waitingBuilds(): Promise<number> {
    const { count } = await this.db.selectFrom('runs').select(sql<number | string>`count(*)`.as('count'))
      .where('phase', '=', 'building').where('active', '=', 1).where('builder', 'is', null).executeTakeFirstOrThrow();
    return Number(count);
  }
}

/** Phases in which a run may still be stopped. */
export const STOPPABLE: readonly RunPhase[] = ['requested', 'fetching', 'building', 'checking', 'publishing'];
