import { CalendarDate, DistrictId, LogNumber, SourceId, SnapshotId, snapshotIdOf } from '@lastgood/contracts';

/** District and source: what one log is about. */
export interface LogPlace {
  district: string;
  source: string;
}

/** Prefix of every record of a log: `log/{district}/{source}/`. */
export function logPrefix(of: LogPlace): string {
  return `log/${DistrictId.parse(of.district)}/${SourceId.parse(of.source)}/`;
}

/** Key of one record: `log/{district}/{source}/{number, 20 digits}.json`. */
export function logKey(of: LogPlace, number: number): string {
  return `${logPrefix(of)}${String(LogNumber.parse(number)).padStart(20, '0')}.json`;
}

/** The parts of a record's key, or null when the key is not one. */
export function parseLogKey(key: string): (LogPlace & { number: number }) | null {
  const match = /^log\/([^/]+)\/([^/]+)\/(\d{20})\.json$/.exec(key);
  const [, district, source, digits] = match ?? [];
  if (district === undefined || source === undefined || digits === undefined) return null;
  const number = LogNumber.safeParse(Number(digits));
  if (!DistrictId.safeParse(district).success || !SourceId.safeParse(source).success || !number.success) return null;
  return { district, source, number: number.data };
}

/** Prefix of every attempt of a district, all dates and sources: `snapshots/{district}/`. */
export function snapshotsPrefix(district: string): string {
  return `snapshots/${DistrictId.parse(district)}/`;
}

/** Folder of one attempt: `snapshots/{district}/{date}/{source}/{epoch}-{run}/`. */
export function attemptFolder(of: LogPlace & { date: string; run: string; epoch: number }): string {
  return `${snapshotsPrefix(of.district)}${CalendarDate.parse(of.date)}/${SourceId.parse(of.source)}/${snapshotIdOf(of)}/`;
}

/** An attempt's folder and the file below it, read back from a key. */
export interface AttemptKey extends LogPlace {
  date: string;
  snapshot: string;
  epoch: number;
  run: string;
  folder: string;
  file: string;
}

/** The parts of a key below `snapshots/`, or null when no attempt can have written it. */
export function parseAttemptKey(key: string): AttemptKey | null {
  const [root, district, date, source, snapshot, ...rest] = key.split('/');
  if (root !== 'snapshots' || !district || !date || !source || !snapshot || rest.length === 0) return null;
  const known = DistrictId.safeParse(district).success && SourceId.safeParse(source).success
    && CalendarDate.safeParse(date).success && SnapshotId.safeParse(snapshot).success;
  if (!known) return null;
  const dash = snapshot.indexOf('-');
  return {
    district, date, source, snapshot,
    epoch: Number(snapshot.slice(0, dash)),
    run: snapshot.slice(dash + 1),
    folder: `snapshots/${district}/${date}/${source}/${snapshot}/`,
    file: rest.join('/'),
  };
}
