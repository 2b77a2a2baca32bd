import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { type EventData, type EventEnvelope, type EventType, PageList, SourceConfig } from '@lastgood/contracts';
import { InProcessEventBus } from '@lastgood/event-bus';
import { DirectoryObjectStore, type ObjectStore } from '@lastgood/object-store';
import { Metrics, SystemClock } from '@lastgood/service-runtime';
import { type RunningSimulator, type SimulatorOptions, startSimulator } from '@lastgood/upstream-simulator';
import { FetchMetrics } from '../fetch-metrics.js';
import { LiveLookUps, type LiveLookUpsOptions } from '../live/live-look-ups.js';
import { FetchRuns, type FetchRunsOptions } from '../pull/fetch-runs.js';
import { WalkThreads } from '../pull/walk-threads.js';
import { makeAgent } from '../upstream/guarded-agent.js';
import { UpstreamHosts } from '../upstream/upstream-host.js';
import { KeptLog } from './kept-log.js';

/** A source as a test writes it; limits get short waits. */
export type TestSource = Partial<Omit<import('zod').input<typeof SourceConfig>, 'id' | 'baseUrl'>>;

const crashed = 'crashed';

/** A fetcher on a directory store and the in-process bus, whose events are kept, beside a simulator. */
export class PullStand {
  readonly events: EventEnvelope[] = [];
  readonly log = new KeptLog();
  readonly metrics = new Metrics();
  readonly clock = new SystemClock();
  readonly hosts = new UpstreamHosts(this.clock);
  readonly agent = makeAgent({ allowPrivateAddresses: true });
  readonly fetchMetrics = new FetchMetrics(this.metrics);
  source: SourceConfig;
  #watchers: (() => void)[] = [];
  readonly #threads: WalkThreads[] = [];

  private constructor(readonly simulator: RunningSimulator, readonly store: ObjectStore, readonly bus: InProcessEventBus, private readonly folder: string, source: TestSource) {
    this.source = PullStand.sourceAt(simulator.url, source);
  }

  static sourceAt(url: string, { limits, ...source }: TestSource): SourceConfig {
    return SourceConfig.parse({
      id: 'sis', kind: 'oneroster-1.1', baseUrl: `${url}/ims/oneroster/v1p1`, auth: { kind: 'bearer', token: 'upstream-token' }, allowPrivateAddresses: true,
      ...source, limits: { pageSize: 100, retryDelayMs: 1, requestsPerSecond: 1000, ...limits },
    });
  }

  static async start(source: TestSource = {}, simulator: SimulatorOptions = {}): Promise<PullStand> {
    const folder = await mkdtemp(join(tmpdir(), 'lastgood-fetcher-'));
    const bus = new InProcessEventBus();
    const stand = new PullStand(await startSimulator({ people: 1000, ...simulator }), await DirectoryObjectStore.open({ root: folder }), bus, folder, source);
    await bus.subscribe('writer', async (event) => {
      stand.events.push(event);
      for (const watcher of stand.#watchers) watcher();
    });
    return stand;
  }

  /** Another fetcher on the same store, bus and upstream. */
  fetcher(options: Partial<FetchRunsOptions> = {}): FetchRuns {
    return new FetchRuns({
      store: this.store, bus: this.bus, clock: this.clock, random: Math.random, log: this.log, crashPoints: { reach: () => undefined }, metrics: this.fetchMetrics, hosts: this.hosts,
      dispatcherFor: () => this.agent, sourceOf: () => this.source, progress: { heartbeatMs: 200, shortestMs: 50 }, walkThreads: this.walkThreads(512), maxPulls: 2, maxWaiting: 10, ...options,
    });
  }

  /** Live look-ups of the stand's source, which allows them. */
  liveLookUps(options: Partial<LiveLookUpsOptions> = {}): LiveLookUps {
    return new LiveLookUps({
      clock: this.clock, random: Math.random, log: this.log, metrics: this.fetchMetrics, hosts: this.hosts, dispatcherFor: () => this.agent, sourceOf: () => ({ ...this.source, liveLookUp: true }), most: 4, ...options,
    });
  }

  /** Walk threads with so much memory each; they end with the stand. */
  walkThreads(maxMemoryMb: number, keepMs = 500): WalkThreads {
    const threads = new WalkThreads({ nowMs: () => this.clock.now(), maxMemoryMb, keepMs });
    this.#threads.push(threads);
    return threads;
  }

  /** A fetcher that stops dead, without a word, when it reaches a place for the n-th time. */
  fetcherThatDiesAt(place: string, nth = 1): FetchRuns {
    let left = nth;
    const died: FetchRuns = this.fetcher({
      crashPoints: {
        reach: (name) => {
          if (name === place && (left -= 1) === 0) {
            void died.stop();
            throw new Error(crashed);
          }
        },
      },
    });
    return died;
  }

  request(epoch = 1, run = 'a'.repeat(26)): EventData<'refresh.requested'> {
    return { district: 'oakwood', source: 'sis', run, epoch, date: '2026-11-22', requestedAt: '2026-11-22T10:00:00.000Z' };
  }

  /** Pulls to the end and gives the last event of the epoch: `refresh.fetched` or `fetch.failed`. */
  async pull(epoch = 1, fetcher = this.fetcher()): Promise<EventEnvelope<'refresh.fetched'> | EventEnvelope<'fetch.failed'>> {
    fetcher.request(this.request(epoch));
    return this.outcome(epoch);
  }

  async outcome(epoch = 1): Promise<EventEnvelope<'refresh.fetched'> | EventEnvelope<'fetch.failed'>> {
    const found = () => [...this.of('refresh.fetched'), ...this.of('fetch.failed')].find(({ data }) => data.epoch === epoch);
    await this.until(() => found() !== undefined);
    const outcome = found();
    if (!outcome) throw new Error('the pull told no outcome');
    return outcome;
  }

  /** Resolves once an event made the condition true. */
  async until(condition: () => boolean): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => this.#watchers.push(() => condition() && resolve()));
  }

  of<T extends EventType>(type: T): EventEnvelope<T>[] {
    return this.events.filter((event): event is EventEnvelope<T> => event.type === type);
  }

  /** The failure's event of a pull that must fail. */
  async failure(epoch = 1): Promise<EventData<'fetch.failed'>['failure']> {
    const outcome = await this.pull(epoch);
    if (outcome.type !== 'fetch.failed') throw new Error('the pull did not fail');
    return (outcome.data as EventData<'fetch.failed'>).failure;
  }

  /** The page lists of a pull that must have been complete, by collection. */
  async pageLists(outcome: EventEnvelope): Promise<Map<string, PageList>> {
    if (outcome.type !== 'refresh.fetched') throw new Error(`the pull was not complete: ${JSON.stringify(outcome.data)}`);
    const lists = new Map<string, PageList>();
    for (const { key, collection } of (outcome.data as EventData<'refresh.fetched'>).pageLists) lists.set(collection, PageList.parse(JSON.parse((await this.store.read(key)).toString('utf8'))));
    return lists;
  }

  /** The records of the pages that a list names, in order. */
  async records(list: PageList | undefined): Promise<Record<string, unknown>[]> {
    const records: Record<string, unknown>[] = [];
    for (const { key, rows } of list?.pages ?? []) {
      const lines = zstdDecompressSync(await this.store.read(key)).toString('utf8').trimEnd().split('\n');
      if (lines.length !== rows) throw new Error(`${key} has ${lines.length} lines instead of ${rows}`);
      records.push(...lines.map((line) => JSON.parse(line) as Record<string, unknown>));
    }
    return records;
  }

  /** The records that the upstream serves right now, asked page by page without our code. */
  async upstreamRecords(collection: string): Promise<Record<string, unknown>[]> {
    const records: Record<string, unknown>[] = [];
    for (;;) {
      const answer = await fetch(`${this.simulator.url}/ims/oneroster/v1p1/${collection}?limit=10000&offset=${records.length}&sort=sourcedId`, { headers: { authorization: 'Bearer upstream-token' } });
      const page = ((await answer.json()) as Record<string, Record<string, unknown>[]>)[collection] ?? [];
      if (page.length === 0) return records;
      records.push(...page);
    }
  }

  async upstreamIds(collection: string): Promise<unknown[]> {
    return (await this.upstreamRecords(collection)).map(({ sourcedId }) => sourcedId);
  }

  /** The tenant of the first application that the simulator lists. */
  async firstTenant(): Promise<string> {
    const answer = await fetch(`${this.simulator.url}/applications?limit=100`, { headers: { authorization: 'Bearer partner-bearer' } });
    const { applications } = (await answer.json()) as { applications: { tenant_id: string | number }[] };
    return String(applications[0]?.tenant_id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const threads of this.#threads) await threads.close();
    this.hosts.close();
    await this.agent.destroy();
    await this.simulator.close();
    await this.bus.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
