import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApartProduct } from './apart-product.js';
import { FaultLane } from './fault-lane.js';
import { DISTRICT, until } from './lastgood-client.js';
import type { ReadReport, ReaderBeside } from './reader-beside.js';
import type { ServersBeside } from './servers-beside.js';
import type { ServiceProcess } from './service-process.js';

/** A new refresh after a fault must have ended well within this time. */
export const RECOVERY_MS = 120_000;
/** Signs of life come often and are missed soon, so that a take-over takes seconds; refreshes may be asked for as often as a test likes. */
const SOON = { WRITER_SILENCE_SECONDS: '2', WRITER_LOOK_SECONDS: '0.25', LASTGOOD_FETCH_HEARTBEAT_SECONDS: '0.5', LASTGOOD_FETCH_CIRCUIT_RESET_SECONDS: '1', LASTGOOD_CHANGES_PER_MINUTE: '100000' };
/** Districts that are refreshed at once: while the run of one waits for its take-over, others come to the next points. */
const DISTRICTS = [DISTRICT, 'hillside', 'riverside'];
/** The district whose upstream is broken while points of failing runs are waited for. */
const TROUBLED = 'troubled';
const STRIKE_LIMIT_MS = 150_000;
const LOOK_EVERY_MS = 10;

/** Crash points, and the processes that may die at them. */
export interface Strike {
  points: readonly string[];
  services: readonly ServiceProcess[];
}

/** Services apart that are broken again and again while several districts are refreshed; of each, one reader asks the gateway and another a search. */
export class FaultStand {
  /** How often a process was killed, by the place at which it stood. */
  readonly kills: Record<string, number> = {};
  /** Milliseconds from the end of each fault to the end of all refreshes that were asked for after it. */
  readonly recoveries: Record<string, number[]> = {};
  #night = 0;

  private constructor(readonly product: ApartProduct, readonly lanes: readonly FaultLane[], readonly troubled: FaultLane, private readonly compiled: string) {}

  static async open(servers: ServersBeside): Promise<FaultStand> {
    const compiled = mkdtempSync(join(tmpdir(), 'lastgood-compiled-'));
    const upstreams = await Promise.all([...DISTRICTS, TROUBLED].map((_, index) => FaultLane.startUpstream(17 + index)));
    const districts = [...DISTRICTS, TROUBLED].map((id, index) => ({ id, upstream: upstreams[index]?.url ?? '' }));
    const product = new ApartProduct({ districts, servers: servers.environment, environment: { ...SOON, NODE_COMPILE_CACHE: compiled }, replicas: { writer: 3 } });
    const lanes = upstreams.map((upstream, index) => new FaultLane(districts[index]?.id ?? '', upstream, product, product.searches[index % 2] as ServiceProcess));
    const stand = new FaultStand(product, lanes, lanes.at(-1) as FaultLane, compiled);
    try {
      await product.start();
      await Promise.all(lanes.map((lane) => lane.refreshesAfter(new Date().toISOString(), RECOVERY_MS)));
      // What is compiled is kept only by an end in peace; later starts are cheaper by it.
      await product.stop();
      await product.start();
    } catch (error) {
      await stand.close();
      throw error;
    }
    for (const reader of stand.readers()) reader.start();
    return stand;
  }

  async close(): Promise<void> {
    for (const reader of this.readers()) await reader.stop();
    await this.product.close();
    for (const { upstream } of this.lanes) await upstream.close();
    rmSync(this.compiled, { recursive: true, force: true });
  }

  /** Those who ask the gateway, those who ask one search, or all. */
  readers(whom: 'gateway' | 'search' | 'all' = 'all'): ReaderBeside[] {
    return this.lanes.flatMap(({ throughGateway, direct }) => ({ gateway: [throughGateway], search: [direct], all: [throughGateway, direct] })[whom]);
  }

  /** What these readers saw together. */
  reads(readers = this.readers()): ReadReport {
    const sum: ReadReport = { reads: 0, failed: 0, failures: {}, wrong: 0, backwards: 0, unchecked: 0 };
    for (const report of readers.map((reader) => reader.report())) {
      for (const figure of ['reads', 'failed', 'wrong', 'backwards', 'unchecked'] as const) sum[figure] += report[figure];
      for (const [why, times] of Object.entries(report.failures)) sum.failures[why] = (sum.failures[why] ?? 0) + times;
    }
    return sum;
  }

  /** Resolves when every reader has got answers again. */
  async readOn(): Promise<void> {
    const answersOf = (reader: ReaderBeside): number => reader.report().reads - reader.report().failed;
    const before = this.readers().map(answersOf);
    await until(() => this.readers().every((reader, index) => answersOf(reader) >= (before[index] ?? 0) + 3), 60_000, 'the readers to read on');
  }

  async nextNight(): Promise<void> {
    this.#night += 1;
    await Promise.all(this.lanes.map(({ upstream }) => upstream.control.setNight(this.#night % 20)));
  }

  /**
   * Refreshes every district until each point was reached: the process that comes to it first stands still there, is killed, and starts again at once, while others
   * go on to the next point.
   */
  async strike(strikes: readonly Strike[], lanes: readonly FaultLane[] = this.lanes): Promise<void> {
    const wanted = new Set(strikes.flatMap(({ points }) => points));
    for (const { points, services } of strikes) for (const service of services) for (const point of points) service.arm(point);
    const over = new AbortController();
    const refreshing = Promise.all(lanes.map((lane) => lane.refreshAgainAndAgain(over.signal)));
    try {
      await until(async () => {
        await this.#killWhoStandsStill(wanted);
        return wanted.size === 0;
      }, STRIKE_LIMIT_MS, `a process to reach each of ${[...wanted].join(', ')}`, LOOK_EVERY_MS);
    } finally {
      over.abort();
      for (const service of this.product.all) for (const { points } of strikes) for (const point of points) service.disarm(point);
      // A second process may have been on its last step to a point.
      await this.#allReady(wanted);
      await refreshing;
    }
  }

  /** Kills each process that stands at a point and starts it again; nobody else stops at that point. */
  async #killWhoStandsStill(wanted: Set<string>): Promise<void> {
    for (const service of this.product.all) {
      const point = service.reached;
      if (point === undefined) continue;
      wanted.delete(point);
      for (const other of this.product.all) other.disarm(point);
      await this.kill(point, service);
      await service.launch();
    }
  }

  async #allReady(wanted: Set<string>): Promise<void> {
    await until(async () => {
      await this.#killWhoStandsStill(wanted);
      const ready = await Promise.all(this.product.all.map((service) => service.ready()));
      return ready.every((answer) => answer?.status === 200);
    }, 60_000, 'every process to be ready again', LOOK_EVERY_MS);
  }

  async kill(place: string, service: ServiceProcess): Promise<void> {
    await service.kill();
    this.kills[place] = (this.kills[place] ?? 0) + 1;
  }

  /** Of every district a run that was asked for now publishes in time, every search has it, and the status names it. `meanwhile`: once all are asked for. */
  async everythingHolds(fault: string, meanwhile?: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    const after = new Date().toISOString();
    await Promise.all(this.lanes.map((lane) => lane.ask()));
    await meanwhile?.();
    await Promise.all(this.lanes.map((lane) => lane.refreshesAfter(after, RECOVERY_MS)));
    const tookMs = Math.round(performance.now() - begun);
    expect(tookMs).toBeLessThan(RECOVERY_MS);
    (this.recoveries[fault] ??= []).push(tookMs);
  }
}
