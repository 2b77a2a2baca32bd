import { performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 400;
/** The last so many looks are judged together, so that the pause between two requests is not taken for the end of the work. */
const LOOKS = 5;
/** The part of the time in which a process without work may be busy. */
const IDLE = 0.02;
const WORTH_COLLECTING_BYTES = 16 * 1024 * 1024;
/** In three minutes: a start, a pause of a refresh and its end are each followed by one. */
const MOST_COLLECTIONS = 3;
const IN_LOOKS = (MOST_COLLECTIONS * 60_000) / LOOK_EVERY_MS;

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/** Says when a heap is worth collecting: nothing is to be done, the old generation has grown, and it was not collected too often lately. `bytes`: what the old generation takes now. */
export class Thrift {
  readonly #busy: number[] = [];
  /** The looks after which it was collected, the last ones. */
  readonly #collected: number[] = [];
  #looks = 0;

  constructor(private bytes: number) {}

  /** One look: the part of the time that the thread was busy since the last one, and what the old generation takes. */
  isWorthIt(busy: number, bytes: number): boolean {
    this.#looks += 1;
    this.#busy.push(busy);
    if (this.#busy.length > LOOKS) this.#busy.shift();
    if (this.#busy.length < LOOKS || this.#busy.reduce((sum, part) => sum + part, 0) > IDLE * LOOKS) return false;
    if (bytes < this.bytes + WORTH_COLLECTING_BYTES) return false;
    const [earliest = 0] = this.#collected;
    return this.#collected.length < MOST_COLLECTIONS || this.#looks - earliest >= IN_LOOKS;
  }

  /** The heap was collected, and so much was left of the old generation. */
  collected(bytes: number): void {
    this.bytes = bytes;
    this.#busy.length = 0;
    this.#collected.push(this.#looks);
    if (this.#collected.length > MOST_COLLECTIONS) this.#collected.shift();
  }
}

/** Gives back what a refresh left in this thread's heap, once nothing is to be done: V8 alone waits until more is allocated, which may be the next night's refresh. Looks again and again until it is stopped. */
export function giveBackWhenIdle(everyMs = LOOK_EVERY_MS): { stop: () => void } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  const thrift = new Thrift(oldBytes());
  let before = performance.eventLoopUtilization();
  const looking = setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    if (!thrift.isWorthIt(utilization, oldBytes())) return;
    collect({ type: 'major', flavor: 'last-resort' });
    thrift.collected(oldBytes());
  }, everyMs).unref();
  return { stop: () => clearInterval(looking) };
}

/** Without the young generation, which grows and shrinks with every request. */
export function oldBytes(): number {
  return getHeapSpaceStatistics().reduce((sum, { space_name: name, space_size: bytes }) => (name.startsWith('new_') ? sum : sum + bytes), 0);
}
