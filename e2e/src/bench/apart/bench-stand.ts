import { ApartProduct, type ApartOptions } from '../../testing/apart-product.js';
import type { ServersBeside } from '../../testing/servers-beside.js';
import type { ServiceProcess } from '../../testing/service-process.js';
import { cpuSecondsOf, cpuSecondsOfDescendants } from '../memory.js';
import { CountingRelay } from './counting-relay.js';

const SERVERS = { rabbitmq: 'beam.smp', minio: 'minio', postgresql: 'postgres' };

/** CPU seconds of each service and server. */
export type CpuByPart = Record<string, number>;

/** Services apart on their own database, bucket and relay, whose work can be told from one moment to another. */
export class BenchStand {
  readonly product: ApartProduct;
  /** Everything that runs, by its name in the report. */
  readonly services = new Map<string, ServiceProcess>();

  private constructor(options: ApartOptions, readonly relay: CountingRelay) {
    this.product = new ApartProduct(options);
    const { fetchers, writers, searches, gateway } = this.product;
    for (const service of [...fetchers, ...writers, ...searches, gateway]) this.#add(service);
  }

  /** `name` keeps its bucket and database apart from those of other stands on the same servers. One of each service. */
  static async start(servers: ServersBeside, name: string, options: Omit<ApartOptions, 'servers' | 'replicas'>): Promise<BenchStand> {
    const { relay, url } = await CountingRelay.before(servers.broker.url);
    const own = { LASTGOOD_BROKER_URL: url, LASTGOOD_DATABASE_URL: await servers.database.createDatabase(), LASTGOOD_S3_BUCKET: `${servers.store.bucketPrefix}${name}` };
    const stand = new BenchStand({ ...options, servers: { ...servers.environment, ...own }, replicas: { fetcher: 1, writer: 1, search: 1 } }, relay);
    try {
      await stand.product.start();
    } catch (error) {
      await stand.close();
      throw error;
    }
    return stand;
  }

  /** Starts one more process of this installation. */
  async add(app: 'fetcher' | 'search' | 'gateway', more?: () => Record<string, string>): Promise<ServiceProcess> {
    const service = this.product.process(app, [...this.services.values()].filter((one) => one.app === app).length + 1, more);
    await service.takePort();
    await service.start();
    this.#add(service);
    return service;
  }

  async stop(service: ServiceProcess): Promise<void> {
    await service.stop();
    for (const [name, one] of this.services) if (one === service) this.services.delete(name);
  }

  /** Does it; the CPU seconds that each part spent meanwhile. */
  async cpuOf<T>(work: () => Promise<T>): Promise<{ result: T; cpu: CpuByPart }> {
    const before = this.#cpu();
    const result = await work();
    const after = this.#cpu();
    return { result, cpu: Object.fromEntries(Object.entries(after).map(([part, seconds]) => [part, seconds - (before[part] ?? 0)])) };
  }

  async close(): Promise<void> {
    for (const service of this.services.values()) await service.kill();
    await this.product.close();
    await this.relay.close();
  }

  #add(service: ServiceProcess): void {
    const same = [...this.services.values()].filter(({ app }) => app === service.app).length;
    this.services.set(`${service.app} ${same + 1}`, service);
  }

  #cpu(): CpuByPart {
    return {
      ...Object.fromEntries([...this.services].map(([name, { pid }]) => [name, cpuSecondsOf(pid)])),
      ...Object.fromEntries(Object.entries(SERVERS).map(([name, command]) => [name, cpuSecondsOfDescendants(command)])),
    };
  }
}
