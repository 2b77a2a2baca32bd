import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReadStatus } from '@lastgood/contracts';
import { writeDistrictFile, type DistrictFileOptions } from './district-file.js';
import { ADMIN_TOKEN, LastgoodClient, successOf } from './lastgood-client.js';
import { ServiceProcess, type AppName } from './service-process.js';

const INTERNAL_TOKEN = 'end-to-end-internal-token-0123456789-abcdef';

export interface ApartOptions {
  districts: readonly DistrictFileOptions[];
  /** Where broker, database and store are. */
  servers: Record<string, string>;
  environment?: Record<string, string>;
  /** Two of each when absent. */
  replicas?: Partial<Record<'fetcher' | 'writer' | 'search', number>>;
}

/** Lastgood as a platform team runs it: one gateway, two or more fetchers, writers and searches, each a process of its own. */
export class ApartProduct extends LastgoodClient {
  readonly folder = mkdtempSync(join(tmpdir(), 'lastgood-apart-'));
  readonly fetchers: readonly ServiceProcess[];
  readonly writers: readonly ServiceProcess[];
  readonly searches: readonly ServiceProcess[];
  readonly gateway = this.process('gateway', 1, () => this.#addresses());

  constructor(private readonly options: ApartOptions) {
    super();
    const replicas = (app: 'fetcher' | 'writer' | 'search'): ServiceProcess[] => Array.from({ length: options.replicas?.[app] ?? 2 }, (_, index) => this.process(app, index + 1));
    [this.fetchers, this.writers, this.searches] = [replicas('fetcher'), replicas('writer'), replicas('search')];
    writeDistrictFile(join(this.folder, 'lastgood.yaml'), ...options.districts);
  }

  get url(): string {
    return this.gateway.url;
  }

  get output(): string {
    return this.gateway.output;
  }

  get all(): ServiceProcess[] {
    return [...this.searches, ...this.writers, ...this.fetchers, this.gateway];
  }

  /** A further process of this installation; it is not started. */
  process(app: AppName, number: number, more: () => Record<string, string> = () => ({})): ServiceProcess {
    return new ServiceProcess(app, join(this.folder, `${app}-${number}`), () => ({ ...this.#environment(), ...more() }));
  }

  /** Starts every process and waits until all are ready; gives the milliseconds that took. */
  async start(): Promise<number> {
    const begun = performance.now();
    for (const service of this.all) await service.takePort();
    await Promise.all(this.all.map((service) => service.start()));
    return performance.now() - begun;
  }

  /** Ends every process as an operator does; 0 when each ended well. */
  async stop(): Promise<number | null> {
    const codes = await Promise.all(this.all.map((service) => service.stop()));
    return codes.find((code) => code !== 0) ?? 0;
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((service) => service.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** An internal route of one process, asked as the gateway does. */
  ask(service: ServiceProcess, path: string): Promise<Response> {
    return fetch(service.url + path, { headers: { authorization: `Bearer ${INTERNAL_TOKEN}` } });
  }

  /** Both searches, so that a reader of either sees the end of a run. */
  protected override async hasHeard(district: string, logNumber: number): Promise<boolean> {
    const seen = await Promise.all(this.searches.map((search) => this.logNumberOf(search, district)));
    return seen.every((number) => number >= logNumber);
  }

  /** The newest log number of a district that one search knows. */
  async logNumberOf(search: ServiceProcess, district: string): Promise<number> {
    const status = ReadStatus.parse(await successOf(await this.ask(search, `/internal/districts/${district}/status`)));
    return status.sources[0]?.logNumber ?? 0;
  }

  #environment(): Record<string, string> {
    return {
      ...this.options.servers, LASTGOOD_CONFIG: join(this.folder, 'lastgood.yaml'), LASTGOOD_INTERNAL_TOKEN: INTERNAL_TOKEN, ADMIN_TOKEN, UPSTREAM_TOKEN: 'upstream-token',
      ...this.options.environment,
    };
  }

  /** What the gateway is told of its replicas. */
  #addresses(): Record<string, string> {
    const urlsOf = (services: readonly ServiceProcess[]): string => services.map(({ url }) => url).join(',');
    return { LASTGOOD_SEARCH_URL: urlsOf(this.searches), LASTGOOD_WRITER_URL: urlsOf(this.writers), LASTGOOD_FETCHER_URL: urlsOf(this.fetchers) };
  }
}
