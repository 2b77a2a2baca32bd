import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { RefreshAnswer, Run, SnapshotDetail } from '@lastgood/contracts';
import { DISTRICT, Product, SOURCE } from '../testing/product.js';
import { cpuSecondsOf, MemoryWatch, memoryOf } from './memory.js';
import { UPSTREAM_TOKEN } from './pages.js';

const STARTS = 5;
const SETTLE_MS = 4000;
/** By then the product has found out that nothing more is to be done, and has given back what it does not need. */
const SETTLE_AFTER_MS = 8000;
/** Each look is two requests, whose work is the product's too. */
const LOOK_EVERY_MS = 100;
const LIMIT_MS = 30 * 60_000;

/** What one refresh from an empty data folder took. */
export interface RefreshFigures {
  /** Median of five starts on an empty data folder, milliseconds from spawn to ready. */
  startMs: number;
  idleBytes: number;
  /** From the request of the refresh to the first answer of a search. */
  seconds: number;
  cpuSeconds: number;
  phases: Record<string, number>;
  peakBytes: number;
  idleAfterBytes: number;
  /** sha256 of the content of every published file by its name. */
  files: Record<string, string>;
}

/** Lastgood with one district whose upstream is the page server, all settings but the address as they come. */
export function benchProduct(upstream: string): Product {
  const product = new Product({ upstream });
  writeFileSync(join(product.folder, 'lastgood.yaml'), `
version: 1
districts:
  - id: ${DISTRICT}
    name: Bench
    sources:
      - { id: ${SOURCE}, kind: oneroster-1.1, baseUrl: '${upstream}/ims/oneroster/v1p1', auth: { kind: bearer, token: ${UPSTREAM_TOKEN} }, allowPrivateAddresses: true, schedule: 'off' }
`);
  return product;
}

/** Starts the product five times, asks the last one for a refresh and waits until it can be searched. Leaves it running. */
export async function measureRefresh(product: Product): Promise<RefreshFigures> {
  const starts: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    if (start > 0) await product.stop();
    starts.push(await product.start());
  }
  await delay(SETTLE_MS);
  const idleBytes = memoryOf(product.pid);
  const watch = new MemoryWatch(product.pid);
  try {
    const cpuBefore = cpuSecondsOf(product.pid);
    const { seconds, phases } = await requestToSearchable(product);
    const cpuSeconds = cpuSecondsOf(product.pid) - cpuBefore;
    const peakBytes = watch.stop();
    await delay(SETTLE_AFTER_MS);
    const idleAfterBytes = memoryOf(product.pid);
    const { files } = await product.get(SnapshotDetail, `/api/v1/districts/${DISTRICT}/snapshots/latest-good?source=${SOURCE}`);
    const startMs = starts.sort((a, b) => a - b)[Math.floor(STARTS / 2)] as number;
    return { startMs, idleBytes, seconds, cpuSeconds, phases, peakBytes, idleAfterBytes, files: Object.fromEntries(files.map(({ name, sha256 }) => [name, sha256])) };
  } finally {
    watch.stop();
  }
}

/** Asks for a refresh and waits until it can be searched; gives the seconds of each phase too. */
export async function requestToSearchable(product: Product): Promise<{ seconds: number; phases: Record<string, number> }> {
  const start = performance.now();
  const answer = await product.post(RefreshAnswer, `/api/v1/snapshots/${DISTRICT}/refresh`, { source: SOURCE });
  const id = answer.runs[0]?.run.id;
  const phases: Record<string, number> = {};
  for (let lookedAt = start; performance.now() - start < LIMIT_MS; await delay(LOOK_EVERY_MS)) {
    const search = await product.fetch(`/api/v1/districts/${DISTRICT}/students?limit=1`);
    await search.arrayBuffer();
    const now = performance.now();
    if (search.status === 200) return { seconds: (now - start) / 1000, phases };
    const run = await product.get(Run, `/api/v1/runs/${id}`);
    if (run.phase === 'failed' || run.phase === 'cancelled' || run.phase === 'quarantined') throw new Error(`the refresh ended as ${run.phase}: ${run.failure?.message}`);
    phases[run.phase] = (phases[run.phase] ?? 0) + (now - lookedAt) / 1000;
    lookedAt = now;
  }
  throw new Error('the refresh did not end');
}
