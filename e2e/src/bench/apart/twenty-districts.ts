import { setTimeout as delay } from 'node:timers/promises';
import { FINAL_PHASES, RunsAnswer, StudentsAnswer, type Run } from '@lastgood/contracts';
import type { LastgoodClient } from '../../testing/lastgood-client.js';
import type { ServersBeside } from '../../testing/servers-beside.js';
import { BenchStand } from './bench-stand.js';

const DISTRICTS = 20;
export const PEOPLE_OF_TWENTY = 5000;
const LIMIT_MS = 15 * 60_000;
const LOOK_EVERY_MS = 200;
const READ_PAUSE_MS = 10;

/** All districts refreshed at once. */
export interface TogetherFigures {
  seconds: number;
  /** The most runs of which data was fetched at one look. */
  fetchedAtOnce: number;
  reads: number;
  failedReads: number;
}

/** With one fetcher and with two; readers ask meanwhile. */
export interface TwentyFigures {
  districts: number;
  oneFetcher: TogetherFigures;
  twoFetchers: TogetherFigures;
}

/** Refreshes twenty districts at once, first so that readers have something, then with one fetcher and with two. */
export async function measureTwenty(upstream: string, servers: ServersBeside): Promise<TwentyFigures> {
  const ids = Array.from({ length: DISTRICTS }, (_, index) => `district-${index + 1}`);
  const stand = await BenchStand.start(servers, 'twenty', { districts: ids.map((id) => ({ id, upstream, limits: 'requestsPerSecond: 1000' })) });
  try {
    await refreshAll(stand.product, ids);
    const oneFetcher = await together(stand.product, ids);
    await stand.add('fetcher');
    return { districts: DISTRICTS, oneFetcher, twoFetchers: await together(stand.product, ids) };
  } finally {
    await stand.close();
  }
}

async function together(client: LastgoodClient, ids: readonly string[]): Promise<TogetherFigures> {
  const over = new AbortController();
  const reading = read(client, ids, over.signal);
  const start = performance.now();
  const fetchedAtOnce = await refreshAll(client, ids).finally(() => over.abort());
  return { seconds: (performance.now() - start) / 1000, fetchedAtOnce, ...(await reading) };
}

/** Asks for all at once and waits until every run has published. */
async function refreshAll(client: LastgoodClient, ids: readonly string[]): Promise<number> {
  const runs = new Set((await Promise.all(ids.map((id) => client.request(id)))).map(({ id }) => id));
  let most = 0;
  for (const end = performance.now() + LIMIT_MS; performance.now() < end; await delay(LOOK_EVERY_MS)) {
    const { items } = await client.get(RunsAnswer, '/api/v1/runs?limit=100');
    const mine = items.filter(({ id }) => runs.has(id));
    most = Math.max(most, mine.filter(({ phase }) => phase === 'fetching').length);
    const ended = mine.filter(({ phase }) => FINAL_PHASES.includes(phase));
    const bad = ended.find(({ phase }) => phase !== 'published');
    if (bad) throw new Error(`a run ended as ${bad.phase}: ${failureOf(bad)}`);
    if (ended.length === runs.size) return most;
  }
  throw new Error('the refreshes did not end');
}

const failureOf = ({ failure }: Run): string => failure?.message ?? 'no reason is known';

/** Searches one district after the other until it is told to end. */
async function read(client: LastgoodClient, ids: readonly string[], signal: AbortSignal): Promise<{ reads: number; failedReads: number }> {
  let [reads, failedReads] = [0, 0];
  while (!signal.aborted) {
    const good = await client.fetch(`/api/v1/districts/${ids[reads % ids.length] ?? ''}/students?q=ma&limit=20`)
      .then(async (answer) => answer.status === 200 && StudentsAnswer.parse(await answer.json()).sources[0]?.snapshot != null).catch(() => false);
    reads += 1;
    if (!good) failedReads += 1;
    await delay(READ_PAUSE_MS);
  }
  return { reads, failedReads };
}
