import type { FloorTimes } from './floor.js';
import type { PaintFigures } from './paint.js';
import type { RefreshFigures } from './refresh.js';
import type { SearchFigures } from './search.js';
import type { SimilarFigures } from './similar/similar.js';

/** Everything that a run of the benchmark found. */
export interface Figures {
  people: number;
  rows: Record<string, number>;
  pageServer: { peoplePerSecond: number };
  refresh: RefreshFigures;
  /** `ratio`: seconds of the product to seconds of the floor; null when the floor is below 12,000 people/s. */
  floor: FloorTimes & { peoplePerSecond: number; ratio: number | null };
  search: SearchFigures;
  /** Null where there is no Chromium. */
  paint: PaintFigures | null;
  similar: SimilarFigures;
}

/** One line of the report. `ok` is null where no goal is set. */
export interface ReportLine {
  figure: string;
  value: string;
  goal: string;
  ok: boolean | null;
}

const FLOOR_LEAST = 12_000;
const SERVER_LEAST = 100_000;
const SIMILAR_MOST_MS = 50;
const MEGABYTE = 1_000_000;
/** Threads that took less of a search are not told. */
const SHOWN_CPU_MS = 0.005;

const count = (value: number): string => Math.round(value).toLocaleString('en');
const fixed = (value: number, unit: string, digits = 2): string => `${value.toFixed(digits)}${unit}`;
const memory = (bytes: number): string => fixed(bytes / MEGABYTE, ' MB', 0);

const line = (figure: string, value: string, goal = '', ok: boolean | null = null): ReportLine => ({ figure, value, goal, ok });

/** Seconds of the product to those of the floor, or null when the machine is too slow for the floor to mean something. */
export function ratioOf(people: number, productSeconds: number, floorSeconds: number): number | null {
  return people / floorSeconds < FLOOR_LEAST ? null : productSeconds / floorSeconds;
}

/** The figures of searches beside their goals. */
export function linesOfSearch(search: SearchFigures): ReportLine[] {
  return [
    line('search p50, one at a time', fixed(search.one.p50Ms, ' ms'), '<= 2 ms', search.one.p50Ms <= 2),
    line('search p99, one at a time', fixed(search.one.p99Ms, ' ms'), '<= 10 ms', search.one.p99Ms <= 10),
    line('search at 32', `${count(search.many.requestsPerSecond)} requests/s`),
    line('search p99 at 32', fixed(search.many.p99Ms, ' ms'), '<= 25 ms', search.many.p99Ms <= 25),
    line('bare forward at 32', `${count(search.bareMany.requestsPerSecond)} requests/s, p99 ${fixed(search.bareMany.p99Ms, ' ms')}`),
    line('search to bare forward', fixed(search.ratio, ' x'), '>= 0.40 x (stretch 0.50)', search.ratio >= 0.4),
    line('CPU of a search, product and bare', `${fixed(search.cpuMs.product, ' ms')} and ${fixed(search.cpuMs.bare, ' ms')}`),
    ...Object.entries(search.threadCpuMs).filter(([, ms]) => ms >= SHOWN_CPU_MS).map(([name, ms]) => line(`  ${name}`, fixed(ms, ' ms', 3))),
    line('answers checked', `${search.checked}, median body ${count(search.one.medianBodyBytes)} bytes`),
  ];
}

/** The figures beside the goals for two cores. */
export function linesOf({ people, pageServer, refresh, floor, search, paint, similar }: Figures): ReportLine[] {
  return [
    line('pages served', `${count(pageServer.peoplePerSecond)} people/s`, `>= ${count(SERVER_LEAST)}`, pageServer.peoplePerSecond >= SERVER_LEAST),
    line('request to searchable', `${fixed(refresh.seconds, ' s', 1)} (${count(people / refresh.seconds)} people/s)`),
    ...Object.entries(refresh.phases).map(([phase, seconds]) => line(`  ${phase}`, fixed(seconds, ' s', 1))),
    line('floor, files byte-equal', `${fixed(floor.seconds, ' s', 1)} (${count(floor.peoplePerSecond)} people/s)`, `>= ${count(FLOOR_LEAST)}`, floor.peoplePerSecond >= FLOOR_LEAST),
    line('product to floor', floor.ratio === null ? 'none: the floor is too slow here' : fixed(floor.ratio, ' x'), '<= 1.50 x (stretch 1.00)', floor.ratio === null ? false : floor.ratio <= 1.5),
    line('CPU time, product and floor', `${fixed(refresh.cpuSeconds, ' s', 1)} and ${fixed(floor.cpuSeconds, ' s', 1)}`),
    line('peak memory (PSS)', memory(refresh.peakBytes), '<= 512 MB', refresh.peakBytes <= 512 * MEGABYTE),
    line('idle memory after start', memory(refresh.idleBytes), '<= 250 MB', refresh.idleBytes <= 250 * MEGABYTE),
    line('idle memory after refresh', memory(refresh.idleAfterBytes), '<= 250 MB', refresh.idleAfterBytes <= 250 * MEGABYTE),
    line('start to ready, median', fixed(refresh.startMs / 1000, ' s'), '<= 3 s', refresh.startMs <= 3000),
    ...linesOfSearch(search),
    line('keystroke to paint in Chromium', paint === null ? 'none: there is no Chromium' : `median ${fixed(paint.medianMs, ' ms', 0)}, slowest of ${paint.letters} ${fixed(paint.mostMs, ' ms', 0)}`),
    ...linesOfSimilar(similar),
  ];
}

function linesOfSimilar({ people, firstMs, times }: SimilarFigures): ReportLine[] {
  return [
    line(`similar hits among ${count(people)} people, the first`, fixed(firstMs, ' ms')),
    ...times.map(({ words, partsAlone, p50Ms, p99Ms }) => line(`  ${words} ${partsAlone ? 'inner parts' : words === 1 ? 'word' : 'words'}`, `p50 ${fixed(p50Ms, ' ms')}, p99 ${fixed(p99Ms, ' ms')}`, `p99 <= ${SIMILAR_MOST_MS} ms`, p99Ms <= SIMILAR_MOST_MS)),
  ];
}

/** The table as text. */
export function tableOf(people: number, lines: readonly ReportLine[]): string {
  const width = (part: 'figure' | 'value' | 'goal'): number => Math.max(...lines.map((line) => line[part].length));
  const [figure, value, goal] = [width('figure'), width('value'), width('goal')];
  const rows = lines.map((line) => `  ${line.figure.padEnd(figure)}  ${line.value.padEnd(value)}  ${line.goal.padEnd(goal)}  ${line.ok === null ? '' : line.ok ? 'ok' : 'miss'}`.trimEnd());
  return [`Benchmark with ${count(people)} people`, ...rows, ''].join('\n');
}
