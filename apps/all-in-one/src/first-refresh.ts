import { setTimeout as wait } from 'node:timers/promises';
import { FINAL_PHASES, RefreshAnswer, Run, RunStatus } from '@lastgood/contracts';
import type { ServiceAddresses } from '@lastgood/service-runtime';
import { SAMPLE } from './start-sample.js';

const POLL_MS = 1000;
const SAY_EVERY_MS = 5000;

/** Starts the sample's refresh unless it ever ran, or follows the one that is active, and says how far it is until it ends. */
export async function followFirstRefresh(addresses: ServiceAddresses, say: (line: string) => void): Promise<void> {
  const started = await firstRun(addresses);
  if (started === null) return;
  let run = started;
  let said = '';
  let saidAt = 0;
  for (;;) {
    const words = inWords(run);
    const now = performance.now();
    const phaseChanged = said.split(':', 1)[0] !== words.split(':', 1)[0];
    if (words !== said && (phaseChanged || now - saidAt >= SAY_EVERY_MS)) {
      say(words);
      said = words;
      saidAt = now;
    }
    if (FINAL_PHASES.includes(run.phase)) return;
    await wait(POLL_MS, undefined, { ref: false });
    run = await call(addresses, `/internal/runs/${run.id}`, Run);
  }
}

async function firstRun(addresses: ServiceAddresses): Promise<Run | null> {
  const status = await call(addresses, `/internal/districts/${SAMPLE.district}/runs-status`, RunStatus);
  const source = status.sources.find(({ source: id }) => id === SAMPLE.source);
  if (source?.activeRun) return source.activeRun;
  if (source?.lastRun) return null;
  const command = { source: SAMPLE.source, asker: { actor: 'first-start', via: 'schedule' } };
  const answer = await call(addresses, `/internal/districts/${SAMPLE.district}/refresh`, RefreshAnswer, command);
  return answer.runs[0]?.run ?? null;
}

/** One line: the phase, then how far it is. */
export function inWords({ phase, progress, failure, durationSeconds }: Run): string {
  const records = progress.records.toLocaleString('en');
  if (phase === 'published') return `refresh published: ${records} records in ${durationSeconds ?? '?'} s; search answers now`;
  if (phase === 'failed') return `refresh failed: ${failure?.message ?? 'no reason given'}`;
  if (FINAL_PHASES.includes(phase)) return `refresh ${phase}: ${records} records`;
  const of = progress.expectedRecords === null ? '' : ` of ${progress.expectedRecords.toLocaleString('en')}`;
  return `refresh ${phase}: ${records}${of} records so far`;
}

async function call<T>({ writer, internalToken }: ServiceAddresses, path: string, shape: { parse(value: unknown): T }, body?: unknown): Promise<T> {
  const answer = await fetch(new URL(path, writer), {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${internalToken}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`The writer answered ${answer.status} to ${path}.`);
  return shape.parse(await answer.json());
}
