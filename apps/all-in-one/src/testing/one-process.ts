import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fetcherService } from '@lastgood/fetcher';
import { gatewayService } from '@lastgood/gateway';
import { searchService } from '@lastgood/search';
import { startServices, Terminal, type RunningServices } from '@lastgood/service-runtime';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { writerService } from '@lastgood/writer';

const ADMIN_TOKEN = 'admin-token-of-this-test-0123456789abcdef';
const LOOK_EVERY_MS = 50;
const PATIENCE_MS = 30_000;

/** Says nothing. */
export class NoTerminal extends Terminal {
  say(): void {}
}

/** What a test's installation is made of. */
export interface OneProcessParts {
  upstream: Omit<Parameters<typeof startSimulator>[0], 'auth'>;
  /** Properties of each source of the district `oak`, its id among them, beside those that lead to the upstream. */
  sources: readonly ({ id: string } & Record<string, unknown>)[];
  terminal?: Terminal;
  environment?: Record<string, string>;
}

/** Every service in one process with a district `oak`, and its upstream beside it. */
export class OneProcess {
  private constructor(readonly folder: string, readonly upstream: RunningSimulator, readonly services: RunningServices) {}

  static async start({ upstream: options, sources, terminal = new NoTerminal(), environment = {} }: OneProcessParts): Promise<OneProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'lastgood-one-process-'));
    const upstream = await startSimulator({ ...options, auth: { kind: 'bearer', token: 'upstream' } });
    const reached = { kind: 'oneroster-1.1', baseUrl: `${upstream.url}/ims/oneroster/v1p1`, auth: { kind: 'bearer', token: '${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, schedule: 'off' };
    await writeFile(join(folder, 'lastgood.yaml'), JSON.stringify({ version: 1, districts: [{ id: 'oak', name: 'Oak', sources: sources.map((source) => ({ ...reached, ...source })) }] }));
    const services = await startServices([gatewayService, fetcherService, writerService, searchService], {
      embedded: true, terminal, environment: { PORT: '0', ADMIN_TOKEN, UPSTREAM_TOKEN: 'upstream', LASTGOOD_DATA_DIR: join(folder, 'data'), LASTGOOD_CONFIG: join(folder, 'lastgood.yaml'), ...environment },
    });
    return new OneProcess(folder, upstream, services);
  }

  async close(): Promise<void> {
    await this.services.close();
    await this.upstream.close();
    await rm(this.folder, { recursive: true });
  }

  /** The answer to a request; `key` is an admin's when absent. */
  ask(path: string, { method = 'GET', body, key = ADMIN_TOKEN }: { method?: string; body?: unknown; key?: string } = {}): Promise<Response> {
    return fetch(new URL(`/api/v1${path}`, this.services.urls.gateway), {
      method, headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async json(...asked: Parameters<OneProcess['ask']>): Promise<unknown> {
    return (await this.ask(...asked)).json();
  }
}

/** What it finds once it finds something; throws after half a minute. */
export async function until<T>(find: () => Promise<T | null | undefined | false>): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await setTimeout(LOOK_EVERY_MS)) {
    const found = await find();
    if (found !== null && found !== undefined && found !== false) return found;
  }
  throw new Error('waited too long');
}
