import type { DistrictConfig } from '@lastgood/contracts';
import type { ConfigurationProblem } from '@lastgood/service-runtime';
import { columnProblem } from '@lastgood/sources';
import { ticksOf } from './schedule/ticks-of.js';

/** What the writer cannot work with in the configured sources: crons that mean nothing, columns that do not exist. */
export function checkSources(districts: readonly DistrictConfig[]): ConfigurationProblem[] {
  return districts.flatMap((district) => district.sources.flatMap((source) => {
    const key = `districts.${district.id}.sources.${source.id}`;
    const columns = columnProblem(source.columns);
    return [...(columns === null ? [] : [{ key, message: columns }]), ...cronProblems(district, source, key)];
  }));
}

function cronProblems(district: DistrictConfig, source: DistrictConfig['sources'][number], key: string): ConfigurationProblem[] {
  try {
    const ticks = ticksOf(district, source);
    return ticks === null || ticks.next(0) !== null ? [] : [{ key: `${key}.schedule.cron`, message: 'never comes; write `off` for a source that is refreshed by hand only' }];
  } catch {
    return [{ key: `${key}.schedule.cron`, message: 'is no cron of five fields, as `0 3 * * *` for every day at 03:00' }];
  }
}
