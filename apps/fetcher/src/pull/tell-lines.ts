import { ServiceError, type ToldRunLogLine } from '@lastgood/contracts';
import type { EventBus } from '@lastgood/event-bus';
import { RunLinesLog, type Clock, type Log, type RunLine } from '@lastgood/service-runtime';
import type { PullPlace } from './staging.js';

/** Lines are gathered for this long, so that one event carries many. */
const GATHERED_MS = 1_000;
/** Lines of one event, and lines that wait while the bus does not take them. */
const TOLD_AT_ONCE = 20;
const WAITING = 200;
/** How often a bus that does not take lines is asked again in a row, and after how long. */
const TRIES = 60;
const AGAIN_MS = 5_000;

/** The log of one pull, whose lines are also told to be kept with the run. Lines that the bus does not take are told again for some minutes, and then with the next; the process's own log has every one. */
export class ToldLines {
  readonly log: Log;
  readonly #waiting: ToldRunLogLine[] = [];
  readonly #flushed = new AbortController();
  #number = 0;
  #telling: Promise<void> | null = null;

  constructor(log: Log, private readonly place: PullPlace, private readonly bus: EventBus, private readonly clock: Clock) {
    this.log = new RunLinesLog(log, (line) => this.#add(line)).with({ ...place });
  }

  /** Resolves when no line waits, or the bus was asked often enough. */
  async idle(): Promise<void> {
    await this.#telling;
  }

  /** Tells what waits without gathering more, from now on; lines that the bus does not take at once are given up. */
  async flush(): Promise<void> {
    this.#flushed.abort(new Error('lines are told at once'));
    await (this.#telling ??= this.#tell());
  }

  #add({ level, message, fields }: RunLine): void {
    if (this.#waiting.length >= WAITING) return;
    this.#waiting.push({ at: new Date(this.clock.now()).toISOString(), level, message, fields, number: this.#number });
    this.#number += 1;
    this.#telling ??= this.#tell();
  }

  async #tell(): Promise<void> {
    try {
      await this.#pause(GATHERED_MS);
      for (let refusals = 0; this.#waiting.length > 0;) {
        refusals = (await this.#isTaken()) ? 0 : refusals + 1;
        if (refusals === 0) continue;
        if (this.#flushed.signal.aborted || refusals >= TRIES) return;
        await this.#pause(AGAIN_MS);
      }
    } finally {
      this.#telling = null;
    }
  }

  /** False when the bus does not take the next lines for now. Those that it never takes are left out, so that they hold up no others. */
  async #isTaken(): Promise<boolean> {
    const lines = this.#waiting.splice(0, TOLD_AT_ONCE);
    try {
      await this.bus.publish('fetch.logged', { ...this.place, lines });
    } catch (error) {
      const isForNow = error instanceof ServiceError && error.options.retryable === true;
      if (isForNow) this.#waiting.unshift(...lines);
      this.log.debug(isForNow ? 'lines of the pull wait for the bus' : 'lines of the pull could not be told', { lines: lines.length });
      return !isForNow;
    }
    return true;
  }

  async #pause(ms: number): Promise<void> {
    await this.clock.sleep(ms, this.#flushed.signal).catch(() => undefined);
  }
}
