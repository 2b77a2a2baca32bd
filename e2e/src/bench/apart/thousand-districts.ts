import { setTimeout as delay } from 'node:timers/promises';
import { until, type LastgoodClient } from '../../testing/lastgood-client.js';
import type { ServersBeside } from '../../testing/servers-beside.js';
import type { ServiceProcess } from '../../testing/service-process.js';
import { memoryOf } from '../memory.js';
import { BenchStand, type CpuByPart } from './bench-stand.js';

export const PEOPLE_OF_THOUSAND = 100;
const LIMIT_MS = 30 * 60_000;
/** The start must be over when the minute begins in which all are due. */
const LEAD_MS = 20_000;
const MINUTE_MS = 60_000;
const LOOK_EVERY_MS = 1000;
const POLL_SECONDS = 2;
const POLLS = 5;
const ASKED_AT_ONCE = 8;

/** All districts due in the same minute. */
export interface ThousandFigures {
  districts: number;
  published: number;
  /** Runs that were begun anew although nothing had failed. */
  takenOver: number;
  seconds: number;
  cpu: CpuByPart;
  messages: number;
  /** Memory of each service when a quarter of the districts were done, and when all were; bytes. */
  memory: Record<string, { quarter: number; end: number }>;
  /** CPU of one look at one followed log by the search's slow poll, milliseconds. */
  pollMs: number;
  /** CPU a second of everything while nothing is to be done and no log is followed. */
  idle: CpuByPart;
}

/** Lets the schedule refresh so many districts of 100 people in one minute, and watches until all are done. */
export async function measureThousand(upstream: string, servers: ServersBeside, districts: number): Promise<ThousandFigures> {
  const ids = Array.from({ length: districts }, (_, index) => `district-${index + 1}`);
  const dueMs = Math.ceil((Date.now() + LEAD_MS) / MINUTE_MS) * MINUTE_MS;
  const cron = `${new Date(dueMs).getUTCMinutes()} * * * *`;
  const stand = await BenchStand.start(servers, 'thousand', {
    districts: ids.map((id) => ({ id, upstream, cron, limits: 'requestsPerSecond: 1000' })), environment: { SEARCH_POLL_SECONDS: String(POLL_SECONDS) },
  });
  try {
    const [writer] = stand.product.writers as [ServiceProcess];
    await delay(Math.max(0, dueMs - Date.now()));
    stand.relay.takeCount();
    let quarter: Record<string, number> = {};
    const start = performance.now();
    const { cpu } = await stand.cpuOf(() => until(async () => {
      const published = await publishedBy(writer);
      if (published >= districts / 4 && Object.keys(quarter).length === 0) quarter = memoryByService(stand);
      return published >= districts;
    }, LIMIT_MS, `${districts} districts to be refreshed`, LOOK_EVERY_MS));
    const seconds = (performance.now() - start) / 1000;
    const end = memoryByService(stand);
    const messages = stand.relay.takeCount();
    const { cpu: idle } = await stand.cpuOf(() => delay(POLL_SECONDS * POLLS * 1000));
    await askEach(stand.product, ids);
    const { cpu: following } = await stand.cpuOf(() => delay(POLL_SECONDS * POLLS * 1000));
    return {
      districts, published: await publishedBy(writer), takenOver: takenOverBy(writer), seconds, cpu, messages,
      memory: Object.fromEntries(Object.entries(end).map(([service, bytes]) => [service, { quarter: quarter[service] ?? 0, end: bytes }])),
      pollMs: (Math.max(0, (following['search 1'] ?? 0) - (idle['search 1'] ?? 0)) * 1000) / (POLLS * districts),
      idle: Object.fromEntries(Object.entries(idle).map(([part, spent]) => [part, spent / (POLL_SECONDS * POLLS)])),
    };
  } finally {
    await stand.close();
  }
}

/** Runs that one writer has ended as published. */
async function publishedBy(writer: ServiceProcess): Promise<number> {
  const text = await (await fetch(`${writer.url}/metrics`)).text();
  return Number(/^lastgood_runs_total\{[^}]*outcome="published"[^}]*\} (\d+)/m.exec(text)?.[1] ?? 0);
}

function takenOverBy(writer: ServiceProcess): number {
  return writer.output.split('The run was taken over.').length - 1;
}

function memoryByService(stand: BenchStand): Record<string, number> {
  return Object.fromEntries([...stand.services].map(([name, { pid }]) => [name, memoryOf(pid)]));
}

/** Searches every district once, so that the search follows all logs. Throws when one cannot be searched. */
async function askEach(client: LastgoodClient, ids: readonly string[]): Promise<void> {
  const left = [...ids];
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const answer = await client.fetch(`/api/v1/districts/${id}/students?limit=1`);
      if (answer.status !== 200) throw new Error(`${id} cannot be searched: ${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
    }
  }));
}
