import type { ObjectStore } from '@lastgood/object-store';
import { DistrictId, SourceId } from '@lastgood/contracts';
import { type LogPlace, parseAttemptKey } from './keys.js';

/** Sorts after every record number, so that a listing goes on with the next log. */
const AFTER_ALL_RECORDS = 'z';

/** Every district and source that has a log, found in the bucket alone; one listing per log. */
export async function* findLogs(store: ObjectStore, onOther: (key: string) => void = () => undefined): AsyncIterable<LogPlace> {
  let after: string | null = null;
  for (;;) {
    let found: LogPlace | null = null;
    for await (const { key } of store.list('log/', after === null ? {} : { after })) {
      found = placeIn(key);
      if (found !== null) break;
      onOther(key);
    }
    if (found === null) return;
    yield found;
    after = `log/${found.district}/${found.source}/${AFTER_ALL_RECORDS}`;
  }
}

/** Every key below `snapshots/` that belongs to no attempt of a known log. */
export async function* findStrayKeys(store: ObjectStore, known: (place: LogPlace) => boolean): AsyncIterable<string> {
  for await (const { key } of store.list('snapshots/')) {
    const at = parseAttemptKey(key);
    if (at === null || !known(at)) yield key;
  }
}

function placeIn(key: string): LogPlace | null {
  const [, district, source, record] = key.split('/');
  return record !== undefined && DistrictId.safeParse(district).success && SourceId.safeParse(source).success ? { district: district ?? '', source: source ?? '' } : null;
}
