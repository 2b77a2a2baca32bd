import { ObjectStoreError } from '@lastgood/object-store';
import type { Judge } from './judge.js';
import { Random } from './random.js';

/** One simulated operating-system process: may be slow, cut off from the store, or killed at any of its operations. */
export interface Process {
  readonly name: string;
  alive: boolean;
  pausedUntil: number;
  cutOffUntil: number;
  /** Keys that it cannot reach while it is cut off: all, or those of the log alone, as stores that split by prefix do. */
  cutOffFrom: '' | 'log/';
  /** How far its clock is off, milliseconds. */
  readonly skewMs: number;
}

/** How often the situations happened that the protocol is made for. */
export interface Situations {
  slotLost: number;
  fenced: number;
  unknownThatLanded: number;
  unknownThatDidNot: number;
  lateApply: number;
  expireAgainstRollback: number;
  kills: number;
  pauses: number;
  takeOvers: number;
  unknownToTheEnd: number;
  /** A part that the store kept with fewer bytes than it was given. */
  tornPart: number;
}

export const noSituations = (): Situations => ({
  slotLost: 0, fenced: 0, unknownThatLanded: 0, unknownThatDidNot: 0, lateApply: 0, expireAgainstRollback: 0, kills: 0, pauses: 0,
  takeOvers: 0, unknownToTheEnd: 0, tornPart: 0,
});

type Effect = 'read' | 'write' | 'wait';

interface Operation {
  process: Process;
  effect: Effect;
  key: string;
  apply(): unknown;
  answer: { ready: boolean; value: unknown };
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const START_MS = Date.UTC(2026, 0, 5);
const MINUTE_MS = 60_000;

/**
 * The seeded scheduler: every operation of every process waits here until it is chosen; between two choices all code that can go on has gone on. No
 * timer, no clock, no randomness but the seed's.
 */
export class World {
  readonly random: Random;
  readonly situations = noSituations();
  nowMs = START_MS;
  step = 0;
  /** Store operations that were asked for. */
  operations = 0;
  /** While true: lost, late and refused answers, kills, pauses. */
  faults = true;
  /** While true, processes end after what they are doing. */
  draining = false;
  #waiting: Operation[] = [];
  #late: (() => void)[] = [];
  readonly #torn = new Map<string, boolean>();
  readonly #bodies = new Map<Process, (process: Process) => Promise<void>>();

  constructor(seed: number, readonly judge: Judge) {
    this.random = new Random(seed);
  }

  /** Asks for an operation; resolves when the scheduler answers it, never after a kill. */
  perform<T>(process: Process, effect: Effect, key: string, apply: () => T): Promise<T> {
    if (effect !== 'wait') this.operations += 1;
    return new Promise<T>((resolve, reject) => {
      if (!process.alive) return;
      this.#waiting.push({
        process, effect, key, apply, answer: { ready: false, value: undefined }, resolve: (value) => resolve(value as T), reject,
      });
    });
  }

  /** Whether the store keeps only some of a part's bytes; the same for every try at its key. */
  tears(key: string): boolean {
    let torn = this.#torn.get(key);
    if (torn === undefined) {
      torn = this.faults && this.random.chance(0.01);
      this.#torn.set(key, torn);
      if (torn) this.situations.tornPart += 1;
    }
    return torn;
  }

  /** Starts a process; it starts anew after a kill or when the store failed it, until the world drains. */
  spawn(name: string, body: (process: Process) => Promise<void>): Process {
    const process: Process = { name, alive: true, pausedUntil: 0, cutOffUntil: 0, cutOffFrom: '', skewMs: (this.random.int(11) - 5) * MINUTE_MS };
    this.#bodies.set(process, body);
    const ended = (): void => {
      this.#bodies.delete(process);
    };
    body(process).then(ended, (error: unknown) => {
      ended();
      if (!(error instanceof ObjectStoreError)) this.judge.unexpected(error, name);
      process.alive = false;
      if (!this.draining) this.spawn(name, body);
    });
    return process;
  }

  /** True while a process runs. */
  get busy(): boolean {
    return this.#bodies.size > 0 || this.#late.length > 0;
  }

  /** Chooses until `done`; returns false when `maxSteps` were not enough or nothing is left to choose. */
  async run(done: () => boolean, maxSteps: number): Promise<boolean> {
    for (let steps = 0; steps < maxSteps; steps += 1) {
      await quiet();
      if (done()) return true;
      this.step += 1;
      this.nowMs += this.random.int(2 * MINUTE_MS);
      if (this.faults) this.#trouble();
      if (!this.#choose()) return done();
    }
    return false;
  }

  #trouble(): void {
    const process = this.random.pick([...this.#bodies.keys()]);
    if (process === undefined) return;
    if (this.random.chance(0.002)) this.#kill(process);
    else if (this.random.chance(0.008)) {
      process.pausedUntil = this.step + 10 + this.random.int(150);
      this.situations.pauses += 1;
    } else if (this.random.chance(0.008)) {
      this.#cutOff(process, 20 + this.random.int(200));
    }
  }

  #kill(process: Process): void {
    const body = this.#bodies.get(process);
    if (body === undefined) return;
    process.alive = false;
    this.#bodies.delete(process);
    this.situations.kills += 1;
    for (const operation of this.#waiting.filter((waiting) => waiting.process === process)) {
      // What was on its way when the process died may still arrive.
      if (operation.effect === 'write' && !operation.answer.ready && this.random.chance(0.5)) this.#applyLate(operation);
    }
    this.#waiting = this.#waiting.filter((waiting) => waiting.process !== process);
    if (!this.draining) this.spawn(process.name, body);
  }

  #choose(): boolean {
    if (this.#late.length > 0 && (this.random.chance(0.05) || this.#waiting.length === 0)) {
      this.#late.splice(this.random.int(this.#late.length), 1)[0]?.();
      return true;
    }
    const awake = this.#waiting.filter(({ process }) => !this.faults || process.pausedUntil <= this.step);
    const operation = this.random.pick(awake.length > 0 ? awake : this.#waiting);
    if (operation === undefined) return false;
    this.#advance(operation);
    return true;
  }

  #advance(operation: Operation): void {
    if (!operation.answer.ready) {
      if (this.faults && operation.effect !== 'wait' && this.#fail(operation)) return this.#leave(operation);
      operation.answer = { ready: true, value: attempt(operation.apply) };
      if (this.random.chance(0.4)) return;
    }
    this.#leave(operation);
    const { value } = operation.answer;
    if (value instanceof Error) operation.reject(value);
    else operation.resolve(value);
  }

  /** Lets an operation fail now and then, more often while its process is cut off; true when it did. */
  #fail(operation: Operation): boolean {
    const cutOff = operation.process.cutOffUntil > this.step && operation.key.startsWith(operation.process.cutOffFrom);
    if (!this.random.chance(cutOff ? 0.97 : 0.06)) return false;
    if (operation.effect === 'read') {
      operation.reject(new ObjectStoreError('timeout', 'no answer', { retryable: true }));
      return true;
    }
    // Often the line breaks while a record is on its way, and stays broken.
    if (operation.effect === 'write' && operation.key.startsWith('log/') && this.random.chance(0.7)) this.#cutOff(operation.process, 150 + this.random.int(400));
    const kind = this.random.next();
    if (kind < 0.3) {
      attempt(operation.apply);
      this.situations.unknownThatLanded += 1;
    } else if (kind < 0.6) {
      this.#applyLate(operation);
    } else if (kind < 0.9) {
      this.situations.unknownThatDidNot += 1;
    } else {
      operation.reject(new ObjectStoreError('unavailable', 'slow down', { retryable: true }));
      return true;
    }
    operation.reject(new ObjectStoreError('timeout', 'no answer', { retryable: true, outcomeUnknown: true }));
    return true;
  }

  #cutOff(process: Process, steps: number): void {
    process.cutOffUntil = this.step + steps;
    process.cutOffFrom = this.random.chance(0.5) ? 'log/' : '';
  }

  #applyLate(operation: Operation): void {
    this.#late.push(() => {
      this.situations.lateApply += 1;
      attempt(operation.apply);
    });
  }

  #leave(operation: Operation): void {
    this.#waiting.splice(this.#waiting.indexOf(operation), 1);
  }
}

function attempt(apply: () => unknown): unknown {
  try {
    return apply();
  } catch (error) {
    return error;
  }
}

/** Resolves when nothing can go on by itself: promises, ticks and streams in memory have run dry. */
function quiet(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
