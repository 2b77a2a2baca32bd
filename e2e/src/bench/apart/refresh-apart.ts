import { setTimeout as delay } from 'node:timers/promises';
import { Run, StudentsAnswer } from '@lastgood/contracts';
import { DISTRICT, type LastgoodClient } from '../../testing/lastgood-client.js';

const LOOK_EVERY_MS = 50;
const LIMIT_MS = 30 * 60_000;

/** One refresh from its request to the first answer from the new snapshot. */
export interface RefreshTimes {
  seconds: number;
  phases: Record<string, number>;
}

/** Refreshes and waits until the gateway answers from what came; throws when it does not publish. */
export async function refreshToSearchable(client: LastgoodClient): Promise<RefreshTimes> {
  const start = performance.now();
  const { id } = await client.request();
  const phases: Record<string, number> = {};
  for (let lookedAt = start; performance.now() - start < LIMIT_MS; await delay(LOOK_EVERY_MS)) {
    const run = await client.get(Run, `/api/v1/runs/${id}`);
    const now = performance.now();
    if (run.phase === 'failed' || run.phase === 'cancelled' || run.phase === 'quarantined') throw new Error(`the refresh ended as ${run.phase}: ${run.failure?.message}`);
    phases[run.phase] = (phases[run.phase] ?? 0) + (now - lookedAt) / 1000;
    lookedAt = now;
    if (run.phase === 'published' && (await answers(client)) === run.snapshot) return { seconds: (performance.now() - start) / 1000, phases };
  }
  throw new Error('the refresh did not end');
}

/** The snapshot that answers now; null before there is one. */
async function answers(client: LastgoodClient): Promise<string | null> {
  const answer = await client.fetch(`/api/v1/districts/${DISTRICT}/students?limit=1`);
  const body: unknown = await answer.json();
  return answer.ok ? StudentsAnswer.parse(body).sources[0]?.snapshot?.id ?? null : null;
}

/** The middle one by its seconds. */
export function middleOf(times: readonly RefreshTimes[]): RefreshTimes {
  return [...times].sort((a, b) => a.seconds - b.seconds)[Math.floor(times.length / 2)] as RefreshTimes;
}
