import { DistrictStatus, type Run } from '@lastgood/contracts';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { ApartProduct } from './apart-product.js';
import { DISTRICT, until } from './lastgood-client.js';
import { ReaderBeside, type ReadReport } from './reader-beside.js';
import type { ServersBeside } from './servers-beside.js';
import type { ServiceProcess } from './service-process.js';

/** A new refresh after a fault must have ended well within this time. */
export const RECOVERY_MS = 120_000;
/** Signs of life come often and are missed soon, so that a take-over takes seconds. */
const SOON = { WRITER_SILENCE_SECONDS: '3', WRITER_LOOK_SECONDS: '0.5', LASTGOOD_FETCH_HEARTBEAT_SECONDS: '0.5' };

/** Services apart that are broken again and again, while one reader asks the gateway and another the second search. */
export class FaultStand {
  /** How often a process was killed, by the place at which it stood. */
  readonly kills: Record<string, number> = {};
  /** Milliseconds from the end of each fault to the end of a refresh that was asked for after it. */
  readonly recoveries: Record<string, number[]> = {};
  #night = 0;

  private constructor(readonly upstream: RunningSimulator, readonly product: ApartProduct, readonly servers: ServersBeside, readonly readers: readonly ReaderBeside[]) {}

  static async open(servers: ServersBeside): Promise<FaultStand> {
    const upstream = await startSimulator({ people: 200, seed: 17, auth: { kind: 'bearer', token: 'upstream-token' } });
    const product = new ApartProduct({ upstream: upstream.url, servers: servers.environment, environment: SOON });
    const [, second] = product.searches;
    const direct = { fetch: (path: string) => product.ask(second as ServiceProcess, path.replace('/api/v1/', '/internal/')) };
    const stand = new FaultStand(upstream, product, servers, [new ReaderBeside(product, 40), new ReaderBeside(direct, 40)]);
    try {
      await product.start();
      expect((await product.refresh()).phase).toBe('published');
    } catch (error) {
      await stand.close();
      throw error;
    }
    for (const reader of stand.readers) reader.start();
    return stand;
  }

  async close(): Promise<void> {
    for (const reader of this.readers) await reader.stop();
    await this.product.close();
    await this.upstream.close();
  }

  /** What these readers saw together; both when absent. The first asks the gateway. */
  reads(readers = this.readers): ReadReport {
    const sum: ReadReport = { reads: 0, failed: 0, failures: {}, wrong: 0, backwards: 0, unchecked: 0 };
    for (const report of readers.map((reader) => reader.report())) {
      for (const figure of ['reads', 'failed', 'wrong', 'backwards', 'unchecked'] as const) sum[figure] += report[figure];
      for (const [why, times] of Object.entries(report.failures)) sum.failures[why] = (sum.failures[why] ?? 0) + times;
    }
    return sum;
  }

  /** Resolves when both readers have read on for a while. */
  async readOn(): Promise<void> {
    const before = this.readers.map((reader) => reader.report().reads);
    await until(() => this.readers.every((reader, index) => reader.report().reads >= (before[index] ?? 0) + 20), 60_000, 'the readers to read on');
  }

  async nextNight(): Promise<void> {
    this.#night += 1;
    await this.upstream.control.setNight(this.#night % 20);
  }

  /** Lets the first of these processes that comes to the point stand still there, kills it, and starts it again. Gives the time of the new start. */
  async killAt(point: string, services: readonly ServiceProcess[]): Promise<string> {
    for (const service of services) service.arm(point);
    // The answer may never come: the process can stop before it has answered.
    const request = this.product.request().catch(() => null);
    await until(() => services.some((service) => service.hasReached(point)), 60_000, `a process to reach ${point}`, 5);
    for (const service of services) service.disarm(point);
    const killedAt = await this.#killReached(point, services);
    // A second one may have been on its last step to the point.
    await this.#killReached(point, services);
    await request;
    return killedAt;
  }

  async #killReached(point: string, services: readonly ServiceProcess[]): Promise<string> {
    const reached = services.filter((service) => service.hasReached(point));
    await Promise.all(reached.map((service) => this.kill(point, service)));
    const killedAt = new Date().toISOString();
    await Promise.all(reached.map((service) => service.start()));
    return killedAt;
  }

  async kill(place: string, service: ServiceProcess): Promise<void> {
    await service.kill();
    this.kills[place] = (this.kills[place] ?? 0) + 1;
  }

  /** A run that was asked for after the fault publishes in time, every search has it, and the status names it. */
  async everythingHolds(fault: string, after = new Date().toISOString()): Promise<void> {
    const begun = performance.now();
    const fresh = await this.#freshRun(after);
    const tookMs = Math.round(performance.now() - begun);
    expect(fresh).toMatchObject({ phase: 'published' });
    expect(tookMs).toBeLessThan(RECOVERY_MS);
    (this.recoveries[fault] ??= []).push(tookMs);
    await until(async () => {
      const [source] = (await this.product.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`)).sources;
      return source?.current?.id === fresh.snapshot;
    }, 10_000, 'the new snapshot to be current');
  }

  /** The run that was active goes on by itself, and a request joins it: then one more is asked for. */
  async #freshRun(after: string): Promise<Run> {
    const first = await this.product.request();
    const run = await this.product.endOf(first.id, RECOVERY_MS);
    return first.requestedAt > after ? run : this.product.refresh(RECOVERY_MS);
  }
}
