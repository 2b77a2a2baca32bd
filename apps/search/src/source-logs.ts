import type { ObjectStore } from '@lastgood/object-store';
import type { Clock, Log } from '@lastgood/service-runtime';
import { LogReader, type LogState } from '@lastgood/snapshot-log';
import { readError, replicaBehind } from './read-errors.js';
import { within } from './within.js';

const POLLS_AT_ONCE = 8;

interface FollowedLog {
  reader: LogReader;
  /** True once the log was read to an end. */
  read: boolean;
  /** Null while it can be read, else the name of the error. */
  trouble: string | null;
}

/**
 * The logs of the sources that somebody asked for: read at the first question, then by events and by a slow poll. Sources that
 * nobody asks for cost nothing.
 */
export class SourceLogs {
  readonly #logs = new Map<string, FollowedLog>();
  readonly #stop = new AbortController();
  #polling: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: ObjectStore,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly changed: (state: LogState) => void,
  ) {}

  /** Null while every followed log can be read, else the reason in words. */
  get trouble(): string | null {
    const troubles = [...this.#logs.values()].flatMap(({ trouble }) => trouble ?? []);
    return troubles.length === 0 ? null : `${troubles.length} of ${this.#logs.size} logs cannot be read (${[...new Set(troubles)].join(', ')})`;
  }

  /** The newest state known here, or null before the log was read. */
  known(district: string, source: string): LogState | null {
    const followed = this.#logs.get(`${district}/${source}`);
    return followed?.read === true ? followed.reader.state : null;
  }

  /** The newest state known here; reads the log when this is the first question. Throws what clients may see. */
  async state(district: string, source: string): Promise<LogState> {
    return this.known(district, source) ?? this.poll(district, source);
  }

  /**
   * As `state`, but never older than the record `number`, which somebody has seen: reads the log to its end when that is not known here. Throws `replica_behind`
   * when the log does not reach it, or cannot be read within `waitMs`.
   */
  async stateAt(district: string, source: string, number: number, waitMs: number): Promise<LogState> {
    const known = await this.state(district, source);
    if (known.head >= number) return known;
    const read = async (): Promise<LogState> => {
      // A read that is under way may have begun before the record was there; the one after it did not.
      const joined = await this.poll(district, source);
      return joined.head >= number ? joined : this.poll(district, source);
    };
    const state = await within(this.clock, waitMs, read());
    if (state.head < number) throw replicaBehind();
    return state;
  }

  /** Reads a log to its end now. */
  async poll(district: string, source: string): Promise<LogState> {
    const key = `${district}/${source}`;
    let followed = this.#logs.get(key);
    if (!followed) this.#logs.set(key, (followed = { reader: new LogReader(this.store, { district, source }), read: false, trouble: null }));
    const before = followed.read ? followed.reader.state.head : -1;
    try {
      const state = await followed.reader.poll();
      followed.read = true;
      followed.trouble = null;
      if (state.head !== before) this.changed(state);
      return state;
    } catch (error) {
      followed.trouble = error instanceof Error ? error.name : 'unknown error';
      throw readError(error);
    }
  }

  /** An event says that a log grew: reads it, if anybody has asked for it here. */
  async heard(district: string, source: string): Promise<void> {
    if (this.#logs.has(`${district}/${source}`)) await this.poll(district, source);
  }

  /** Looks at every followed log, again and again. */
  start(everyMs: number): void {
    this.#polling = this.#pollAgain(everyMs);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#polling;
  }

  async #pollAgain(everyMs: number): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.clock.sleep(everyMs, this.#stop.signal).catch(() => undefined);
      await this.pollAll();
    }
  }

  /** Reads every followed log to its end, a few at a time; one that cannot be read is told to the log and does not stop the others. */
  async pollAll(): Promise<void> {
    const places = [...this.#logs.values()].map(({ reader }) => reader.place);
    const worker = async (): Promise<void> => {
      for (let place = places.pop(); place && !this.#stop.signal.aborted; place = places.pop()) {
        await this.poll(place.district, place.source).catch((error: unknown) => this.log.error('a log could not be read; it is tried again', error, { district: place?.district, source: place?.source }));
      }
    };
    await Promise.all(Array.from({ length: POLLS_AT_ONCE }, worker));
  }
}
