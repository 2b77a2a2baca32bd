import type { ToldRunLogLine } from '@lastgood/contracts';
import type { EventBus } from '@lastgood/event-bus';
import { RunLinesLog, type Clock, type Log, type RunLine } from '@lastgood/service-runtime';
import type { PullPlace } from './staging.js';

/** Lines are gathered for this long, so that one event carries many. */
const GATHERED_MS = 1_000;
/** Lines of one event, and lines that wait while the bus does not take them. */
const TOLD_AT_ONCE = 20;
const WAITING = 200;

/** The log of one pull, whose lines are also told to be kept with the run. Lines that the bus does not take go with the next; the process's own log has every one. */
export class ToldLines {
  readonly log: Log;
  readonly #waiting: ToldRunLogLine[] = [];
  #number = 0;
  #isTelling = false;

  constructor(log: Log, private readonly place: PullPlace, private readonly bus: EventBus, private readonly clock: Clock) {
    this.log = new RunLinesLog(log, (line) => this.#add(line)).with({ ...place });
  }

  #add({ level, message, fields }: RunLine): void {
    if (this.#waiting.length >= WAITING) return;
    this.#waiting.push({ at: new Date(this.clock.now()).toISOString(), level, message, fields, number: this.#number });
    this.#number += 1;
    void this.#tell();
  }

  async #tell(): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    try {
      await this.clock.sleep(GATHERED_MS);
      while (this.#waiting.length > 0) {
        const lines = this.#waiting.slice(0, TOLD_AT_ONCE);
        await this.bus.publish('fetch.logged', { ...this.place, lines });
        this.#waiting.splice(0, lines.length);
      }
    } catch {
      this.log.debug('lines of the pull wait for the bus', { lines: this.#waiting.length });
    } finally {
      this.#isTelling = false;
    }
  }
}
