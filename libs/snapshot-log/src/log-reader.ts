import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { type LogPlace, logKey, logPrefix, parseLogKey } from './keys.js';
import { LogDamagedError } from './log-error.js';
import { emptyLog, foldRecords, type HashedRecord, type LogState } from './log-state.js';
import { readRecord, sha256 } from './record-bytes.js';

const READ_AHEAD = 16;
/** Bound of one poll; a log that grew by more is read on by the next one. */
const MAX_RECORDS_PER_POLL = 1_000_000;

/**
 * Follows one log for readers: lists it once, then reads the next number until it is absent. The head it knows never decreases. Needs nothing
 * but the store; any number of callers may poll at once.
 */
export class LogReader {
  #state: LogState;
  #listed = false;
  #polling: Promise<LogState> | null = null;

  constructor(private readonly store: ObjectStore, readonly place: LogPlace) {
    this.#state = emptyLog(place);
  }

  /** The newest state known, without asking the store. */
  get state(): LogState {
    return this.#state;
  }

  /** Reads to the end of the log. Throws ObjectStoreError (nothing is lost, poll again) or LogDamagedError. */
  poll(): Promise<LogState> {
    this.#polling ??= this.#read().finally(() => {
      this.#polling = null;
    });
    return this.#polling;
  }

  /** The state with a record that the caller knows to be in the store, when it is the next one; spares reading it again. */
  accept(next: HashedRecord): LogState {
    if (next.record.number !== this.#state.head + 1) return this.#state;
    const state = foldRecords(this.#state, [next]);
    if (this.#polling === null) this.#state = state;
    return state;
  }

  async #read(): Promise<LogState> {
    if (!this.#listed) {
      await this.#readUpTo(await this.#lastListed());
      this.#listed = true;
    }
    for (let read = 0; read < MAX_RECORDS_PER_POLL; read += 1) {
      const next = await this.#readNumber(this.#state.head + 1);
      if (next === null) break;
      this.#state = foldRecords(this.#state, [next]);
    }
    return this.#state;
  }

  async #lastListed(): Promise<number> {
    const { head } = this.#state;
    let last = head;
    for await (const { key } of this.store.list(logPrefix(this.place), head > 0 ? { after: logKey(this.place, head) } : {})) {
      last = Math.max(last, parseLogKey(key)?.number ?? 0);
    }
    return last;
  }

  async #readUpTo(last: number): Promise<void> {
    while (this.#state.head < last) {
      const first = this.#state.head + 1;
      const length = Math.min(READ_AHEAD, last - first + 1);
      const records = await Promise.all(Array.from({ length }, async (_, index) => {
        const record = await this.#readNumber(first + index);
        if (record === null) throw new LogDamagedError(logKey(this.place, first + index), 'it is missing, though later records are there');
        return record;
      }));
      this.#state = foldRecords(this.#state, records);
    }
  }

  async #readNumber(number: number): Promise<HashedRecord | null> {
    const key = logKey(this.place, number);
    let bytes: Buffer;
    try {
      bytes = await this.store.read(key);
    } catch (error) {
      if (error instanceof ObjectStoreError && error.kind === 'not-found') return null;
      throw error;
    }
    const { record, problem } = readRecord(bytes);
    if (problem !== null) throw new LogDamagedError(key, problem);
    return { record, sha256: sha256(bytes) };
  }
}
