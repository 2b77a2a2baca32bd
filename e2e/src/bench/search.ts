import type { GeneratedDistrict } from '@lastgood/upstream-simulator';
import { ADMIN_TOKEN, DISTRICT, type Product } from '../testing/product.js';
import { checkAnswers } from './answer-check.js';
import { putLoad, type LoadAnswer } from './load.js';
import { cpuSecondsByThread, cpuSecondsOf } from './memory.js';
import { benchQueries, pathOf } from './queries.js';
import { BenchProcess } from './start-process.js';

const QUERIES = 10_000;
const SEED = 20_260_102;
const CONNECTIONS = 32;
/** Queries before measuring, for either side. */
const WARM_UP = 2000;
/** Product and bare forward take turns, so that other work on the machine meets both. */
const ROUNDS = 3;
const SAMPLE = 60;

export interface SearchFigures {
  one: LoadAnswer;
  many: LoadAnswer;
  bareOne: LoadAnswer;
  bareMany: LoadAnswer;
  /** Requests per second at 32 connections, product to bare forward. */
  ratio: number;
  /** CPU time of a request at 32 connections over all rounds, milliseconds of the process that answers. */
  cpuMs: { product: number; bare: number };
  /** That of the product by the names of its threads. */
  threadCpuMs: Record<string, number>;
  /** Answers compared with a filter over the published JSONL that shares no code with the product. */
  checked: number;
}

/** Searches of a running, refreshed product through its gateway, with the bare forward beside it. */
export async function measureSearch(product: Product, district: GeneratedDistrict, folder: string): Promise<SearchFigures> {
  const queries = benchQueries(district, QUERIES, SEED);
  const sample = queries.filter((_, index) => index % Math.ceil(QUERIES / SAMPLE) === 0);
  await checkAnswers(product, sample);
  const paths = queries.map((query) => `/api/v1/districts/${DISTRICT}/${pathOf(query)}`);
  const task = { port: Number(new URL(product.url).port), paths, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };
  await putLoad({ ...task, paths: paths.slice(-WARM_UP), connections: CONNECTIONS }, folder);
  const one = await putLoad({ ...task, connections: 1 }, folder);
  const bare = new BenchProcess('bare-forward.entry', [String(one.medianBodyBytes)]);
  try {
    const { port } = await bare.says<{ port: number }>();
    await putLoad({ ...task, port, paths: paths.slice(-WARM_UP), connections: CONNECTIONS }, folder);
    const bareOne = await putLoad({ ...task, port, connections: 1 }, folder);
    const cpuMs = { product: 0, bare: 0 };
    const threadCpuMs: Record<string, number> = {};
    const at32 = async (side: keyof typeof cpuMs, pid: number, of: number): Promise<LoadAnswer> => {
      const before = cpuSecondsOf(pid);
      const answer = await putLoad({ ...task, port: of, connections: CONNECTIONS }, folder);
      cpuMs[side] += ((cpuSecondsOf(pid) - before) * 1000) / (QUERIES * ROUNDS);
      return answer;
    };
    const rounds: { many: LoadAnswer; bareMany: LoadAnswer }[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = cpuSecondsByThread(product.pid);
      const many = await at32('product', product.pid, task.port);
      for (const [name, seconds] of cpuSecondsByThread(product.pid)) threadCpuMs[name] = (threadCpuMs[name] ?? 0) + ((seconds - (before.get(name) ?? 0)) * 1000) / (QUERIES * ROUNDS);
      rounds.push({ many, bareMany: await at32('bare', bare.pid, port) });
    }
    const [many, bareMany] = [median(rounds.map((round) => round.many)), median(rounds.map((round) => round.bareMany))];
    return { one, many, bareOne, bareMany, ratio: many.requestsPerSecond / bareMany.requestsPerSecond, cpuMs, threadCpuMs, checked: sample.length };
  } finally {
    await bare.end();
  }
}

/** The answer in the middle by requests per second. */
function median(answers: LoadAnswer[]): LoadAnswer {
  return answers.sort((a, b) => a.requestsPerSecond - b.requestsPerSecond)[Math.floor(answers.length / 2)] as LoadAnswer;
}
