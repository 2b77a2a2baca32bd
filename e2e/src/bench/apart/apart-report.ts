import type { ReportLine } from '../report.js';
import type { CpuByPart } from './bench-stand.js';
import type { ApartFigures } from './measure-apart.js';
import type { OneDistrictFigures } from './one-district.js';
import type { ThousandFigures } from './thousand-districts.js';
import type { TogetherFigures, TwentyFigures } from './twenty-districts.js';

const MIB = 1024 * 1024;
/** How much a service may hold more when all districts are done than when a quarter was, and still count as flat. */
const FLAT = 1.25;
const FLAT_BYTES = 40 * MIB;

const line = (figure: string, value: string, goal = '', ok: boolean | null = null): ReportLine => ({ figure, value, goal, ok });
const count = (value: number): string => Math.round(value).toLocaleString('en');
const fixed = (value: number, unit: string, digits = 1): string => `${value.toFixed(digits)}${unit}`;

/** The figures beside the goals for two cores. */
export function linesOfApart({ people, oneDistrict, twenty, thousand }: ApartFigures): ReportLine[] {
  return [...oneDistrictLines(people, oneDistrict), ...twentyLines(twenty), ...thousandLines(thousand)];
}

function oneDistrictLines(people: number, { inOne, apart, twoSearches, checked }: OneDistrictFigures): ReportLine[] {
  const ratio = apart.refresh.seconds / inOne.refresh.seconds;
  return [
    line('request to searchable, one process', fixed(inOne.refresh.seconds, ' s', 2)),
    line('request to searchable, apart', `${fixed(apart.refresh.seconds, ' s', 2)} (${count(people / apart.refresh.seconds)} people/s)`),
    ...Object.entries(apart.refresh.phases).map(([phase, seconds]) => line(`  ${phase}`, fixed(seconds, ' s', 2))),
    line('apart to one process', fixed(ratio, ' x', 2), '<= 1.30 x', ratio <= 1.3),
    ...sharesOf(apart.cpu).map(([part, share]) => line(`  share of ${part}`, share)),
    line('broker messages of a run', count(apart.messages)),
    line('gateway p50, one at a time', `${fixed(apart.one.p50Ms, ' ms', 2)} (one process ${fixed(inOne.one.p50Ms, ' ms', 2)})`, '<= 3 ms', apart.one.p50Ms <= 3),
    line('gateway p99, one at a time', `${fixed(apart.one.p99Ms, ' ms', 2)} (one process ${fixed(inOne.one.p99Ms, ' ms', 2)})`, '<= 15 ms', apart.one.p99Ms <= 15),
    line('search at 32, one process', `${count(inOne.many.requestsPerSecond)} requests/s, p99 ${fixed(inOne.many.p99Ms, ' ms')}`),
    line('search at 32, 1 search', `${count(apart.many.requestsPerSecond)} requests/s, p99 ${fixed(apart.many.p99Ms, ' ms')}`),
    line('search at 32, 2 searches', `${count(twoSearches.requestsPerSecond)} requests/s, p99 ${fixed(twoSearches.p99Ms, ' ms')}`),
    line('answers checked', String(checked)),
  ];
}

function twentyLines({ districts, oneFetcher, twoFetchers }: TwentyFigures): ReportLine[] {
  const told = ({ seconds, fetchedAtOnce }: TogetherFigures): string => `${fixed(seconds, ' s')}, at most ${fetchedAtOnce} fetched at once`;
  const failed = oneFetcher.failedReads + twoFetchers.failedReads;
  return [
    line(`${districts} districts of 5,000 people at once, 1 fetcher`, told(oneFetcher)),
    line(`${districts} districts of 5,000 people at once, 2 fetchers`, told(twoFetchers)),
    line('  reads meanwhile, and failed', `${count(oneFetcher.reads + twoFetchers.reads)}, ${failed}`, '0 failed', failed === 0),
  ];
}

function thousandLines({ districts, published, takenOver, seconds, cpu, messages, memory, pollMs, idle }: ThousandFigures): ReportLine[] {
  const total = sumOf(cpu);
  return [
    line(`${count(districts)} districts due in the same minute`, `${count(published)} published in ${fixed(seconds, ' s')}, ${takenOver} taken over`, 'all, none taken over', published === districts && takenOver === 0),
    line('  cost of a district', `${fixed((total * 1000) / districts, ' ms of CPU', 0)}, ${fixed(messages / districts, ' messages')}`),
    ...sharesOf(cpu).map(([part, share]) => line(`  share of ${part}`, share)),
    ...Object.entries(memory).map(([service, { quarter, end }]) => line(
      `  memory of ${service}, a quarter done and all`, `${fixed(quarter / MIB, ' MiB', 0)}, ${fixed(end / MIB, ' MiB', 0)}`, 'flat', end <= Math.max(quarter * FLAT, quarter + FLAT_BYTES),
    )),
    line('  cost of a poll of one followed log', fixed(pollMs, ' ms of CPU of the search', 2)),
    line('  everything idle', `${fixed(sumOf(idle) * 1000, ' ms of CPU a second', 0)}`),
  ];
}

/** Of every part, largest first: seconds and share. */
function sharesOf(cpu: CpuByPart): [string, string][] {
  const total = sumOf(cpu);
  return Object.entries(cpu).sort(([, a], [, b]) => b - a).map(([part, seconds]) => [part, `${fixed(seconds, ' s', 2)} CPU, ${Math.round((100 * seconds) / total)} %`]);
}

function sumOf(cpu: CpuByPart): number {
  return Object.values(cpu).reduce((sum, seconds) => sum + seconds, 0);
}
