import type { DistrictConfig, SourceConfig } from '@lastgood/contracts';
import { Cron } from 'croner';

/** The instants at which a source is to be refreshed. */
export interface Ticks {
  /** The first tick strictly after `afterMs`, or null when there is none within the next years. */
  next(afterMs: number): number | null;
}

/**
 * The schedule of a source: cron of five fields in its own time zone, else its district's; null for `off`. A local time that a change of clocks skips
 * comes at the change, one that it repeats comes once. Throws a TypeError for a pattern that is no cron.
 */
export function ticksOf(district: Pick<DistrictConfig, 'timeZone'>, { schedule }: Pick<SourceConfig, 'schedule'>): Ticks | null {
  if (schedule === 'off') return null;
  const cron = new Cron(schedule.cron, { timezone: schedule.timeZone ?? district.timeZone, mode: '5-part', paused: true });
  return { next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() ?? null };
}
