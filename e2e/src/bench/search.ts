import { ParentsAnswer, StudentsAnswer } from '@lastgood/contracts';
import type { GeneratedDistrict } from '@lastgood/upstream-simulator';
import { Oracle } from '../testing/oracle.js';
import { ADMIN_TOKEN, DISTRICT, SOURCE, type Product } from '../testing/product.js';
import { putLoad, type LoadAnswer, type LoadTask } from './load.js';
import { benchQueries, pathOf, type BenchQuery } from './queries.js';
import { BenchProcess } from './start-process.js';

const QUERIES = 10_000;
const SEED = 20_260_102;
const CONNECTIONS = 32;
/** Rounds of the same queries before measuring, for either side. */
const WARM_UP = 2000;
const SAMPLE = 200;
const COUNT_CAP = 1000;

export interface SearchFigures {
  one: LoadAnswer;
  many: LoadAnswer;
  bareOne: LoadAnswer;
  bareMany: LoadAnswer;
  /** Requests per second at 32 connections, product to bare forward. */
  ratio: number;
  /** Answers compared with a filter over the published JSONL that shares no code with the product. */
  checked: number;
}

/** Searches of a running, refreshed product through its gateway, with the bare forward beside it. */
export async function measureSearch(product: Product, district: GeneratedDistrict, folder: string): Promise<SearchFigures> {
  const queries = benchQueries(district, QUERIES, SEED);
  const checked = await checkSample(product, queries);
  const paths = queries.map((query) => `/api/v1/districts/${DISTRICT}/${pathOf(query)}`);
  const task = { port: Number(new URL(product.url).port), paths, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };
  const [one, many] = await measure(task, folder);
  const bare = new BenchProcess('bare-forward.entry', [String(one.medianBodyBytes)]);
  try {
    const { port } = await bare.says<{ port: number }>();
    const [bareOne, bareMany] = await measure({ ...task, port }, folder);
    return { one, many, bareOne, bareMany, ratio: many.requestsPerSecond / bareMany.requestsPerSecond, checked };
  } finally {
    await bare.end();
  }
}

async function measure(task: Omit<LoadTask, 'connections'>, folder: string): Promise<[LoadAnswer, LoadAnswer]> {
  await putLoad({ ...task, paths: task.paths.slice(-WARM_UP), connections: CONNECTIONS }, folder);
  return [await putLoad({ ...task, connections: 1 }, folder), await putLoad({ ...task, connections: CONNECTIONS }, folder)];
}

/** Compares what a spread of the queries finds with the published files; throws at the first difference. Gives how many were compared. */
async function checkSample(product: Product, queries: readonly BenchQuery[]): Promise<number> {
  const sample = queries.filter((_, index) => index % Math.ceil(queries.length / SAMPLE) === index % 5);
  for (const dataset of ['students', 'parents'] as const) {
    const of = sample.filter((query) => query.dataset === dataset);
    const oracle = new Oracle(await (await product.fetch(`/api/v1/districts/${DISTRICT}/snapshots/latest-good/files/${dataset}.jsonl?source=${SOURCE}`)).text());
    for (const query of of) await compare(product, query, oracle);
  }
  return sample.length;
}

async function compare(product: Product, query: BenchQuery, oracle: Oracle): Promise<void> {
  const schema = query.dataset === 'students' ? StudentsAnswer : ParentsAnswer;
  const answer = await product.get(schema, `/api/v1/districts/${DISTRICT}/${pathOf(query)}&limit=200`);
  const page = answer.sources[0];
  const expected = oracle.find(query);
  const count = page?.count.capped ? COUNT_CAP : page?.count.value;
  const found = page?.items.map(({ sourcedId }) => sourcedId) ?? [];
  if (count !== Math.min(expected.size, COUNT_CAP) || found.length !== Math.min(expected.size, 200) || !found.every((id) => expected.has(id))) {
    throw new Error(`a search answers otherwise than the published files: ${pathOf(query)} (${count} found, ${expected.size} expected)`);
  }
}
