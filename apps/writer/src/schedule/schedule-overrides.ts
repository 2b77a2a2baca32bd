import type { Kysely } from 'kysely';
import type { ScheduleOverridesTable, WriterTables } from '../tables.js';

/** Schedules that were set by hand and go before those of the file. The row of one that was taken back stays: ticks before that moment were not the file's. */
export class ScheduleOverrides {
  constructor(private readonly db: Kysely<WriterTables>) {}

  all(): Promise<ScheduleOverridesTable[]> {
    return this.db.selectFrom('schedule_overrides').selectAll().execute();
  }

  /** The last one to set it wins. */
  async set(row: ScheduleOverridesTable): Promise<void> {
    const { cron, time_zone, set_at, actor } = row;
    await this.db.insertInto('schedule_overrides').values(row).onConflict((conflict) => conflict.columns(['district', 'source']).doUpdateSet({ cron, time_zone, set_at, actor })).execute();
  }
}
