import type { LogRecord } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import { type Damage, LOOK, RESTORE } from './damage.js';
import { type LogPlace, attemptFolder, logKey, logPrefix, parseLogKey } from './keys.js';
import { LogDamagedError } from './log-error.js';
import { emptyLog, foldRecords, type LogState } from './log-state.js';
import { readRecord, sha256 } from './record-bytes.js';

/** A log as far as its records can be read: damage does not stop the reading. */
export interface VerifiedLog {
  place: LogPlace;
  /** The records that have the shape of one, damaged or not, in order. */
  records: LogRecord[];
  /** Numbers of those that were changed: what they say vouches for nothing. */
  changed: Set<number>;
  /** The fold up to the first damage; the whole log when `intact`. */
  state: LogState;
  intact: boolean;
  objects: number;
}

/** Reads every record of a log: checksum, number, chain, epoch, references. Every damage is reported; missing numbers too. */
export async function verifyLog(store: ObjectStore, place: LogPlace, onDamage: (damage: Damage) => void): Promise<VerifiedLog> {
  const log: VerifiedLog = { place, records: [], changed: new Set(), state: emptyLog(place), intact: true, objects: 0 };
  const damaged = (key: string, code: Damage['code'], message: string, todo = RESTORE): void => {
    log.intact = false;
    onDamage({ key, severity: 'damage', code, message, todo });
  };
  let previous: { number: number; sha256: string | null } = { number: 0, sha256: null };
  for await (const { key } of store.list(logPrefix(place))) {
    log.objects += 1;
    const number = parseLogKey(key)?.number;
    if (number === undefined) {
      damaged(key, 'unexpected_object', 'it is no log record', LOOK);
      continue;
    }
    for (let missing = previous.number + 1; missing < number && missing <= previous.number + 1000; missing += 1) {
      damaged(logKey(place, missing), 'record_missing', 'the record is missing, though later ones are there');
    }
    const bytes = await store.read(key);
    const { record, problem } = readRecord(bytes);
    const hash = sha256(bytes);
    if (problem !== null) {
      log.changed.add(number);
      damaged(key, 'record_damaged', `the record was changed: ${problem}`);
    } else {
      const out = outOfPlace(record, place, number);
      if (out !== null) damaged(key, 'record_out_of_place', out);
      if (previous.number === number - 1 && previous.sha256 !== null && record.previousSha256 !== previous.sha256) {
        damaged(key, 'chain_broken', `it does not carry the hash of record ${number - 1}`);
      }
      if (number === 1 && record.previousSha256 !== null) damaged(key, 'chain_broken', 'the first record carries the hash of a record before it');
    }
    if (record) log.records.push(record);
    if (log.intact && record) fold(log, record, hash, damaged);
    // A damaged record was named itself: its successor is not to blame for a hash that no longer fits.
    previous = { number, sha256: problem === null ? hash : null };
  }
  return log;
}

function fold(log: VerifiedLog, record: LogRecord, hash: string, damaged: (key: string, code: Damage['code'], message: string) => void): void {
  const before = log.state;
  try {
    log.state = foldRecords(before, [{ record, sha256: hash }]);
  } catch (error) {
    if (!(error instanceof LogDamagedError)) throw error;
    damaged(error.key, 'record_against_the_rules', error.message);
    return;
  }
  const against = againstTheRules(before, record);
  if (against !== null) damaged(logKey(log.place, record.number), 'record_against_the_rules', against);
}

function outOfPlace(record: LogRecord, place: LogPlace, number: number): string | null {
  if (record.number !== number) return `it carries the number ${record.number}`;
  if (record.district !== place.district || record.source !== place.source) return 'it belongs to another log';
  if (record.snapshot !== `${record.epoch}-${record.run}`) return 'its snapshot id is not made of its epoch and run';
  return null;
}

/** Invariants 4, 5 and 10 of a log, as far as records alone show them. */
function againstTheRules(before: LogState, record: LogRecord): string | null {
  if (record.kind === 'begin') return record.epoch === record.number ? folderOf(record, record.date) : 'the epoch of a begin is its number';
  const run = before.runs.get(record.run);
  if (run === undefined) return 'its run never began';
  if (record.kind === 'publish' || record.kind === 'quarantine') {
    if (before.newestBegin?.number !== record.epoch || before.newestBegin.run !== record.run) return 'its epoch is not that of the newest begin';
  }
  if ((record.kind === 'publish' || record.kind === 'quarantine' || record.kind === 'abort') && run.ended) return 'its run had ended';
  if (record.kind === 'expire' && before.current?.snapshot === record.snapshot) return 'it expires what readers get';
  return folderOf(record, run.date);
}

function folderOf(record: LogRecord, date: string): string | null {
  return record.folder === attemptFolder({ ...record, date }) ? null : 'its folder is not that of its snapshot';
}
