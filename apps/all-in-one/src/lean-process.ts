/**
 * What keeps the memory of one process with many threads small: young generations of 8 MB (of 16 MB nothing got faster, and an idle process kept 40 MB more), no pool of memory of ended
 * threads, and (glibc only) two arenas instead of eight for each core, with blocks from 128 KB on, and a free end of the heap, given back to the system at once: without that the
 * threshold grows with every large block, and what a refresh needed stays with an idle process (350 MB instead of 200 after 50,000 people). Below 128 KB are the 64 KB that Node takes
 * for every read of a socket: a call of the system for each would cost more than the read. All of it counts only at the start of a process.
 */
const V8_FLAGS = ['--max-semi-space-size=8', '--no-memory-pool'];
const ENVIRONMENT = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Starts this process anew in its place (same id, same streams) with settings for little memory, unless it has them; where the system cannot do that, nothing happens. */
export function becomeLean(environment: NodeJS.ProcessEnv): void {
  const [, ...rest] = process.argv;
  const isLean = V8_FLAGS.every((flag) => process.execArgv.includes(flag));
  if (isLean || process.platform === 'win32' || process.execve === undefined) return;
  process.execve(process.execPath, [process.execPath, ...V8_FLAGS, ...process.execArgv, ...rest], { ...ENVIRONMENT, ...environment });
}
