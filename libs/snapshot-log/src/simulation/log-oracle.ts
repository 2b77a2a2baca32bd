import type { Violation } from './judge.js';

/** A record as its JSON says, read without the library. */
export interface RawRecord {
  number: number;
  kind: string;
  run: string;
  epoch: number;
  snapshot: string;
  folder: string;
  previousSha256: string | null;
  manifest?: { sha256: string };
  previewed?: number;
  actor: string;
}

/** What one snapshot is, in the oracle's own words. */
export interface OracleSnapshot {
  state: 'published' | 'held' | 'superseded' | 'expired' | 'rejected';
  folder: string;
  actors: string[];
}

/** The protocol's rules as a second, plain implementation that watches records arrive in the bucket. */
export class LogOracle {
  readonly snapshots = new Map<string, OracleSnapshot>();
  readonly expired = new Set<string>();
  /** Kind of the record that ended each run. */
  readonly ends = new Map<string, string>();
  /** Snapshot that readers get after each log number. */
  readonly currentAt: (string | null)[] = [null];
  /** One line per record, for whoever replays a seed. */
  readonly history: string[] = [];
  head = 0;
  current: string | null = null;
  onHold = false;
  #headHash: string | null = null;
  #newestBegin = { number: 0, run: '' };
  #currentSince = 0;

  constructor(private readonly violate: (invariant: Violation['invariant'], message: string) => void) {}

  /** Takes in a record that was just written; null when it is not the next one. */
  append(key: string, bytes: Buffer, hash: string): RawRecord | null {
    const record = JSON.parse(bytes.toString('utf8')) as RawRecord;
    const number = Number(key.slice(-25, -5));
    if (number <= this.head) return null;
    if (number !== this.head + 1 || record.number !== number) {
      this.violate('I3', `record ${number} follows record ${this.head}`);
      return null;
    }
    if (record.previousSha256 !== this.#headHash) this.violate('I3', `record ${number} does not carry the hash of its predecessor`);
    this.head = number;
    this.#headHash = hash;
    this.history.push(`${String(number).padStart(4)} ${record.kind.padEnd(10)} ${record.snapshot} by ${record.actor}`);
    this.#apply(record);
    this.currentAt[number] = this.current;
    return record;
  }

  /** Number of the newest begin. */
  get newestEpoch(): number {
    return this.#newestBegin.number;
  }

  /** The snapshot whose folder holds a key, while it is named and not expired; null otherwise. */
  liveFolder(key: string): string | null {
    for (const [snapshot, { folder }] of this.snapshots) {
      if (key.startsWith(folder)) return this.expired.has(snapshot) ? null : snapshot;
    }
    return null;
  }

  #apply(record: RawRecord): void {
    const target = this.snapshots.get(record.snapshot);
    switch (record.kind) {
      case 'begin':
        this.#newestBegin = { number: record.number, run: record.run };
        return;
      case 'abort': return this.#end(record);
      case 'publish':
      case 'quarantine': return this.#result(record);
      case 'approve': return this.#approve(record, target);
      case 'rollback':
        if (target?.state !== 'published') this.violate('I10', `record ${record.number} rolls back to ${record.snapshot}, which is ${target?.state ?? 'unknown'}`);
        this.onHold = true;
        target?.actors.push(record.actor);
        return this.#makeCurrent(record);
      case 'expire':
        if (this.current === record.snapshot) this.violate('I10', `record ${record.number} expires what readers get`);
        this.expired.add(record.snapshot);
        target?.actors.push(record.actor);
        if (target) target.state = target.state === 'held' ? 'rejected' : 'expired';
    }
  }

  #end(record: RawRecord): void {
    const earlier = this.ends.get(record.run);
    if (earlier) this.violate('I5', `run ${record.run} has a ${record.kind} record after a ${earlier} record`);
    else this.ends.set(record.run, record.kind);
  }

  #result(record: RawRecord): void {
    if (this.#newestBegin.number !== record.epoch || this.#newestBegin.run !== record.run) {
      this.violate('I4', `record ${record.number} has epoch ${record.epoch}, the newest begin is ${this.#newestBegin.number}`);
    }
    this.#end(record);
    for (const snapshot of this.snapshots.values()) if (snapshot.state === 'held') snapshot.state = 'superseded';
    const publishes = record.kind === 'publish';
    if (publishes && this.onHold) this.violate('hold', `record ${record.number} publishes while a rollback holds`);
    this.snapshots.set(record.snapshot, { state: publishes ? 'published' : 'held', folder: record.folder, actors: [record.actor] });
    if (publishes) this.#makeCurrent(record);
  }

  #approve(record: RawRecord, target: OracleSnapshot | undefined): void {
    const lifts = this.onHold && this.current === record.snapshot;
    if (!lifts && target?.state !== 'held') this.violate('approval', `record ${record.number} approves ${record.snapshot}, which is ${target?.state ?? 'unknown'}`);
    if (this.#currentSince > (record.previewed ?? 0)) this.violate('approval', `record ${record.number} approves on the preview ${record.previewed}, current changed at ${this.#currentSince}`);
    this.onHold = false;
    target?.actors.push(record.actor);
    if (target) target.state = 'published';
    if (!lifts) this.#makeCurrent(record);
  }

  #makeCurrent(record: RawRecord): void {
    this.current = record.snapshot;
    this.#currentSince = record.number;
  }
}
