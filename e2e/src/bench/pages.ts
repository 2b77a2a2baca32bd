import { mkdirSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { BenchProcess } from './start-process.js';

/** Rows a page, the product's default. */
export const PAGE_ROWS = 10_000;
export const UPSTREAM_TOKEN = 'upstream-token';
const AT_ONCE = 2;
/** The first reading also warms the server up; the faster one counts. */
const READINGS = 2;

/** The page server with everything rendered, and how fast it serves. */
export interface Pages {
  url: string;
  rows: Record<string, number>;
  bytes: number;
  peoplePerSecond: number;
  process: BenchProcess;
}

/** Renders the pages of a district of so many people and serves them; reads all of them to measure the server. */
export async function servePages(people: number, folder: string): Promise<Pages> {
  const rowsFolder = join(folder, 'pages');
  mkdirSync(rowsFolder);
  const server = new BenchProcess('page-server.entry', [String(people), rowsFolder, UPSTREAM_TOKEN]);
  try {
    const { url, rows } = await server.says<{ url: string; rows: Record<string, number> }>();
    let [bytes, seconds] = [0, Number.POSITIVE_INFINITY];
    for (let reading = 0; reading < READINGS; reading++) {
      const start = performance.now();
      bytes = await readAll(url, rows);
      seconds = Math.min(seconds, (performance.now() - start) / 1000);
    }
    return { url, rows, bytes, peoplePerSecond: (rows['users'] ?? 0) / seconds, process: server };
  } catch (error) {
    await server.end();
    throw error;
  }
}

async function readAll(url: string, rows: Readonly<Record<string, number>>): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const pages = Object.entries(rows).flatMap(([collection, count]) => Array.from({ length: Math.ceil(count / PAGE_ROWS) }, (_, page) => `${url}/ims/oneroster/v1p1/${collection}?limit=${PAGE_ROWS}&offset=${page * PAGE_ROWS}`));
  let bytes = 0;
  const read = async (): Promise<void> => {
    for (let page = pages.shift(); page !== undefined; page = pages.shift()) bytes += await bytesOf(page, agent);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, read));
  agent.destroy();
  return bytes;
}

function bytesOf(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${UPSTREAM_TOKEN}` } }, (answer) => {
      let bytes = 0;
      if (answer.statusCode !== 200) reject(new Error(`the page server answered ${answer.statusCode}`));
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length)).on('end', () => resolve(bytes)).on('error', reject);
    }).on('error', reject);
  });
}
