import type { Run, RunLogLevel } from '@lastgood/contracts';
import { useInfiniteQuery } from '@tanstack/react-query';
import { runLogQuery } from '../api/queries.js';
import { nowMs } from '../time/system-clock.js';

const POLL_MS = 2_000;
/** Lines may come after the end of the run. */
const LATE_MS = 10_000;

/** What was logged of a run, by level and text; new lines come while it is active and shortly afterwards. */
export function useRunLog({ id, finishedAt }: Run, level: RunLogLevel, q: string) {
  return useInfiniteQuery({
    ...runLogQuery(id, level, q),
    refetchInterval: () => (finishedAt === null || nowMs() - new Date(finishedAt).getTime() < LATE_MS ? POLL_MS : false),
  });
}
