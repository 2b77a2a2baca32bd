import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DistrictStatus, FINAL_PHASES, RefreshAnswer, Run } from '@lastgood/contracts';
import type { z } from 'zod';

export const ADMIN_TOKEN = 'end-to-end-admin-token-0123456789-abcdef';
export const DISTRICT = 'lakeside';
export const SOURCE = 'sis';

/** What one district's `lastgood.yaml` of the scenario says, besides the address of the upstream. */
export interface ProductOptions {
  upstream: string;
  /** More lines of the source's settings, as YAML flow entries. */
  source?: string;
  environment?: Record<string, string>;
}

/** Lastgood as a user starts it: one process on embedded defaults, spoken to over HTTP only. */
export class Product {
  readonly folder = mkdtempSync(join(tmpdir(), 'lastgood-e2e-'));
  readonly crashFolder = join(this.folder, 'crash');
  #child: ChildProcess | null = null;
  #port = 0;
  output = '';

  constructor(private readonly options: ProductOptions) {
    mkdirSync(this.crashFolder);
    this.configure(options.source ?? '');
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Writes the configuration; takes effect at the next start. */
  configure(source: string): void {
    writeFileSync(join(this.folder, 'lastgood.yaml'), `
version: 1
districts:
  - id: ${DISTRICT}
    name: Lakeside Unified
    timeZone: America/Chicago
    sources:
      - { id: ${SOURCE}, kind: oneroster-1.1, baseUrl: '${this.options.upstream}/ims/oneroster/v1p1', auth: { kind: bearer, token: '\${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, schedule: 'off', limits: { pageSize: 500, retryDelayMs: 20, callTimeoutMs: 3000, requestsPerSecond: 1000 }${source ? `, ${source}` : ''} }
`);
  }

  /** Starts the process and waits until it is ready; gives the milliseconds that took. */
  async start(): Promise<number> {
    this.#port ||= await freePort();
    this.output = '';
    const begun = performance.now();
    const child = spawn(process.execPath, [fileURLToPath(new URL('../../../apps/all-in-one/dist/main.js', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env, NODE_OPTIONS: '', PORT: String(this.#port), LASTGOOD_DATA_DIR: this.dataFolder, LASTGOOD_CONFIG: join(this.folder, 'lastgood.yaml'), LASTGOOD_SAMPLE_PEOPLE: '0',
        ADMIN_TOKEN, UPSTREAM_TOKEN: 'upstream-token', LASTGOOD_CRASH_FOLDER: this.crashFolder, ...this.options.environment,
      },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    this.#child = child;
    await until(async () => {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Lastgood ended at its start:\n${this.output}`);
      return (await fetch(`${this.url}/readyz`).catch(() => null))?.status === 200;
    }, 60_000, 'the process to be ready', 25);
    return performance.now() - begun;
  }

  /** Ends the process as an operator does, and waits for its end. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Kills the process as power loss does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Resolves when the process has ended by itself. */
  async ended(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.url + path, { ...init, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(init.body ? { 'content-type': 'application/json' } : {}), ...(init.headers as Record<string, string>) } });
  }

  /** A JSON answer; anything but success throws with the problem's words. */
  async get<S extends z.ZodType>(schema: S, path: string): Promise<z.infer<S>> {
    return schema.parse(await successOf(await this.fetch(path)));
  }

  async post<S extends z.ZodType>(schema: S, path: string, body: unknown = {}): Promise<z.infer<S>> {
    return schema.parse(await successOf(await this.fetch(path, { method: 'POST', body: JSON.stringify(body) })));
  }

  /** Asks for a refresh; gives the run that was started or joined. */
  async request(): Promise<Run> {
    const answer = await this.post(RefreshAnswer, `/api/v1/snapshots/${DISTRICT}/refresh`, { source: SOURCE });
    const [first] = answer.runs;
    if (!first) throw new Error('a refresh answers with its run');
    return first.run;
  }

  /** A refresh from its request to its end. */
  async refresh(limitMs = 120_000): Promise<Run> {
    return this.endOf((await this.request()).id, limitMs);
  }

  async endOf(run: string, limitMs = 120_000): Promise<Run> {
    let last: Run | undefined;
    await until(async () => {
      last = await this.get(Run, `/api/v1/runs/${run}`);
      return FINAL_PHASES.includes(last.phase);
    }, limitMs, `the run ${run} to end`, 50);
    const { logNumber } = last as Run;
    await until(async () => ((await this.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`)).sources[0]?.logNumber ?? 0) >= (logNumber ?? 0), 10_000, 'the read side to hear of the end');
    return last as Run;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    this.#child = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
    return child.exitCode;
  }
}

async function successOf(answer: Response): Promise<unknown> {
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  return body;
}

/** Waits for a condition; throws with its name after `limitMs`. */
export async function until(condition: () => Promise<boolean> | boolean, limitMs: number, name: string, everyMs = 50): Promise<void> {
  const end = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms for ${name}`);
    await delay(everyMs);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a listening server has a port');
  return address.port;
}
