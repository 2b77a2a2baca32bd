import { setTimeout as delay } from 'node:timers/promises';

/** Time as the bus needs it; any `Clock` fits. `sleep` rejects when the signal is aborted. */
export interface BusClock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The time of the machine; its sleeps do not keep the process alive. */
export const SYSTEM_TIME: BusClock = { now: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }) };

/** Chance of the machine: a number from 0 up to 1. */
export const SYSTEM_CHANCE = (): number => Math.random();
