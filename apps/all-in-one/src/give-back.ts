import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 1000;
/** The part of the time in which a process without work may be busy. */
const IDLE = 0.1;
const WORTH_COLLECTING_BYTES = 16 * 1024 * 1024;

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/** Gives back what a refresh left in this thread's heap, once nothing is to be done: V8 alone waits until more is allocated, which may be the next night's refresh. Looks again and again until it is stopped. */
export function giveBackWhenIdle(everyMs = LOOK_EVERY_MS): { stop: () => void } {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as Collect;
  let before = performance.eventLoopUtilization();
  let least = getHeapStatistics().total_heap_size;
  const looking = setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(before);
    before = performance.eventLoopUtilization();
    const bytes = getHeapStatistics().total_heap_size;
    if (utilization > IDLE || bytes < least + WORTH_COLLECTING_BYTES) return;
    collect({ type: 'major', flavor: 'last-resort' });
    least = getHeapStatistics().total_heap_size;
  }, everyMs).unref();
  return { stop: () => clearInterval(looking) };
}
