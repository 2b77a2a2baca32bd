import { ADMIN_TOKEN, DISTRICT } from '../../testing/lastgood-client.js';
import type { ServersBeside } from '../../testing/servers-beside.js';
import { checkAnswers } from '../answer-check.js';
import { putLoad, type LoadAnswer } from '../load.js';
import { benchQueries, pathOf } from '../queries.js';
import { benchProduct } from '../refresh.js';
import { benchDistrict } from '../render-pages.js';
import { BenchStand, type CpuByPart } from './bench-stand.js';
import { middleOf, refreshToSearchable, type RefreshTimes } from './refresh-apart.js';

const ROUNDS = 3;
const QUERIES = 10_000;
const WARM_UP = 2000;
const SEED = 20_260_102;
const CONNECTIONS = 32;
const SAMPLE = 60;

/** The same district in one process and apart, one of each service. */
export interface OneDistrictFigures {
  inOne: { refresh: RefreshTimes; one: LoadAnswer; many: LoadAnswer };
  apart: { refresh: RefreshTimes; cpu: CpuByPart; messages: number; one: LoadAnswer; many: LoadAnswer };
  /** With a second search, asked through a gateway that knows both. */
  twoSearches: LoadAnswer;
  checked: number;
}

/** Refreshes the district three times and searches it, in one process first, then apart. */
export async function measureOneDistrict(people: number, upstream: string, servers: ServersBeside, folder: string): Promise<OneDistrictFigures> {
  const queries = benchQueries(benchDistrict(people), QUERIES, SEED);
  const load = loadOf(queries.map((query) => `/api/v1/districts/${DISTRICT}/${pathOf(query)}`), folder);
  const inOne = await measureInOne(upstream, load);
  const stand = await BenchStand.start(servers, 'one-district', {
    districts: [{ upstream, limits: '' }],
  });
  try {
    const { product } = stand;
    stand.relay.takeCount();
    const { result: rounds, cpu } = await stand.cpuOf(() => refreshes(() => refreshToSearchable(product)));
    const messages = stand.relay.takeCount() / ROUNDS;
    const sample = queries.filter((_, index) => index % Math.ceil(QUERIES / SAMPLE) === 0);
    await checkAnswers(product, sample);
    const { one, many } = await load(product.url);
    const second = await stand.add('search');
    const gateway = await stand.add('gateway', () => ({
      LASTGOOD_SEARCH_URL: [...product.searches, second].map(({ url }) => url).join(','), LASTGOOD_WRITER_URL: product.writers.map(({ url }) => url).join(','),
    }));
    const { many: twoSearches } = await load(gateway.url);
    const perRun = Object.fromEntries(Object.entries(cpu).map(([part, seconds]) => [part, seconds / ROUNDS]));
    return { inOne, apart: { refresh: middleOf(rounds), cpu: perRun, messages, one, many }, twoSearches, checked: sample.length };
  } finally {
    await stand.close();
  }
}

async function measureInOne(upstream: string, load: (url: string) => Promise<{ one: LoadAnswer; many: LoadAnswer }>): Promise<OneDistrictFigures['inOne']> {
  const product = benchProduct(upstream);
  try {
    await product.start();
    const rounds = await refreshes(() => refreshToSearchable(product));
    return { refresh: middleOf(rounds), ...(await load(product.url)) };
  } finally {
    await product.close();
  }
}

async function refreshes(refresh: () => Promise<RefreshTimes>): Promise<RefreshTimes[]> {
  const rounds: RefreshTimes[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await refresh());
  return rounds;
}

/** All searches over one connection, then over 32; whatever answers is warm by then. */
function loadOf(paths: readonly string[], folder: string): (url: string) => Promise<{ one: LoadAnswer; many: LoadAnswer }> {
  return async (url) => {
    const task = { port: Number(new URL(url).port), paths, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };
    await putLoad({ ...task, paths: paths.slice(-WARM_UP), connections: CONNECTIONS }, folder);
    return { one: await putLoad({ ...task, connections: 1 }, folder), many: await putLoad({ ...task, connections: CONNECTIONS }, folder) };
  };
}
