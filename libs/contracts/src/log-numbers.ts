/** Of answers of the read side: per source the log number they reflect, as `sis=12, classlink=7`. */
export const LOG_HEADER = 'lastgood-log';
/** Of requests to the read side: no source may be answered from before this log number. Same form. */
export const AT_LEAST_HEADER = 'lastgood-at-least';
/** Of requests to the read side, when another replica may be asked as well: one that is behind says so soon. */
export const MORE_REPLICAS_HEADER = 'lastgood-more-replicas';
/** Code of the problem of a replica that cannot answer as new as was asked; another one may. */
export const REPLICA_BEHIND = 'replica_behind';

/** A log number per source. */
export type LogNumbers = ReadonlyMap<string, number>;

const MAX_LENGTH = 4096;
/** A `SourceId` and a number, read on every search. */
const ONE = /^([a-z0-9][a-z0-9-]{0,61}[a-z0-9])=([1-9][0-9]{0,14})$/;

/** Reads `source=number, ...`; null when that is not its form, or when it is longer than 4,096 characters. */
export function readLogNumbers(text: string): LogNumbers | null {
  if (text.length > MAX_LENGTH) return null;
  const numbers = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, source, number] = ONE.exec(part.trim()) ?? [];
    if (source === undefined) return null;
    numbers.set(source, Math.max(Number(number), numbers.get(source) ?? 0));
  }
  return numbers;
}

/** The header's text for numbers from 1; sources at 0 know no record and are left out. */
export function writeLogNumbers(numbers: Iterable<readonly [source: string, number: number]>): string {
  return [...numbers].filter(([, number]) => number > 0).map(([source, number]) => `${source}=${number}`).join(', ');
}
