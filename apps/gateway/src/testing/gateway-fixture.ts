import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBus } from '@lastgood/event-bus';
import { startServices, Terminal, type Clock, type RunningServices, type ServiceDefinition } from '@lastgood/service-runtime';
import Fastify, { type FastifyInstance } from 'fastify';
import { gatewayService } from '../gateway.module.js';
import { MetAnswers } from './met-answers.js';

export const ADMIN_TOKEN = 'preset-admin-token-for-tests-0123456789';
export const PREVIOUS_TOKEN = 'previous-admin-token-for-tests-987654321';

/** Remembers what was said to the person who started the process. */
export class KeptTerminal extends Terminal {
  readonly lines: string[] = [];

  say(line: string): void {
    this.lines.push(line);
  }
}

export interface GatewayFixture {
  url: URL;
  routes: NonNullable<RunningServices['routes']['gateway']>;
  /** Stands for search, writer and fetcher; tests register the routes they need before the first request. */
  behind: FastifyInstance;
  /** Every answer that a test met must be described by the API; asked when the gateway closes. */
  met: MetAnswers;
  terminal: KeptTerminal;
  /** The one of its process. */
  bus: EventBus;
  folder: string;
  call(path: string, init?: RequestInit & { key?: string | null }): Promise<Response>;
  close(): Promise<void>;
}

const LASTGOOD_YAML = `
version: 1
districts:
  - id: lakeside
    name: Lakeside Unified
    timeZone: America/Chicago
    sources:
      - { id: sis, kind: oneroster-1.1, baseUrl: 'https://sis.example.org/ims/oneroster/v1p1', auth: { kind: none } }
      - { id: classlink, kind: classlink, baseUrl: 'https://proxy.example.org', auth: { kind: none } }
  - id: hillside
    name: Hillside
    sources:
      - { id: sis, kind: oneroster-1.2, baseUrl: 'https://hill.example.org/v1p2', auth: { kind: none }, liveLookUp: true, badge: { freshDays: 0.5, oldDays: 3 } }
`;

/** A gateway as it ships on a free port, with the routes that `prepare` gives the services behind it. */
export async function startGateway(prepare: (behind: FastifyInstance) => void, options: { preset?: boolean; folder?: string; environment?: Record<string, string>; clock?: Clock } = {}): Promise<GatewayFixture> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'lastgood-gateway-'));
  const behind = Fastify({ forceCloseConnections: true });
  prepare(behind);
  const inner = await behind.listen({ port: 0, host: '127.0.0.1' });
  writeFileSync(join(folder, 'lastgood.yaml'), LASTGOOD_YAML);
  const terminal = new KeptTerminal();
  let bus: EventBus | undefined;
  const listening: ServiceDefinition['listening'] = async (app) => {
    bus = app.get(EventBus);
    await gatewayService.listening?.(app);
  };
  const starting: Promise<RunningServices> = startServices([{ ...gatewayService, listening }], {
    embedded: true,
    terminal,
    ...(options.clock && { clock: options.clock }),
    environment: {
      PORT: '0', LASTGOOD_DATA_DIR: join(folder, 'data'), LASTGOOD_CONFIG: join(folder, 'lastgood.yaml'), LASTGOOD_WRITER_URL: inner, LASTGOOD_SEARCH_URL: inner, LASTGOOD_FETCHER_URL: inner,
      LASTGOOD_CHANGES_PER_MINUTE: '1000', LASTGOOD_BAD_KEYS_PER_MINUTE: '1000',
      ...(options.preset === false ? {} : { ADMIN_TOKEN, ADMIN_TOKEN_PREVIOUS: PREVIOUS_TOKEN }), ...options.environment,
    },
  });
  const services = await starting.catch(async (error: unknown) => {
    await behind.close();
    throw error;
  });
  const url = services.urls.gateway as URL;
  const routes = services.routes.gateway ?? [];
  const met = new MetAnswers(routes);
  return {
    url, routes, met, behind, terminal, folder, bus: bus as EventBus,
    call: async (path, { key = ADMIN_TOKEN, ...init } = {}) => {
      const answer = await fetch(new URL(path, url), {
        ...init,
        headers: { ...(key === null ? {} : { authorization: `Bearer ${key}` }), ...(init.body ? { 'content-type': 'application/json' } : {}), ...(init.headers as Record<string, string>) },
      });
      met.saw(init.method ?? 'GET', path, answer.status, answer.headers.keys());
      return answer;
    },
    close: async () => {
      const description: unknown = await (await fetch(new URL('/api/openapi.json', url))).json();
      await services.close();
      await behind.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
      met.expectDescribed(description as Parameters<MetAnswers['expectDescribed']>[0]);
    },
  };
}
