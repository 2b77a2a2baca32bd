import type { DynamicModule } from '@nestjs/common';
import type { SourceConfig } from '@lastgood/contracts';
import { Database } from '@lastgood/database';
import { EventBus } from '@lastgood/event-bus';
import { ObjectStore, ObjectStoreError } from '@lastgood/object-store';
import { Clock, CrashPoints, Districts, Log, Metrics, Readiness, Secrets } from '@lastgood/service-runtime';
import { FetchMetrics } from './fetch-metrics.js';
import { FetcherController } from './fetcher.controller.js';
import type { FetcherConfig } from './fetcher-config.js';
import { Fetcher } from './fetcher.js';
import { LiveController } from './live/live.controller.js';
import { LiveLookUps } from './live/live-look-ups.js';
import { FetchRuns } from './pull/fetch-runs.js';
import { WalkThreads } from './pull/walk-threads.js';
import { makeAgent } from './upstream/guarded-agent.js';
import { defaultBreaker } from './upstream/host-breaker.js';
import { SharedPace } from './upstream/shared-pace.js';
import { UpstreamHosts } from './upstream/upstream-host.js';

/** A key that need not exist: a definite answer of absence shows that the store answers. */
const STORE_PROBE = 'staging/ready';
const KEEP_THREADS_MS = 2000;

/** Wires the fetcher to the ports of the runtime. */
export class FetcherModule {
  static of(config: FetcherConfig): DynamicModule {
    const makeFetcher = (store: ObjectStore, bus: EventBus, clock: Clock, log: Log, crashPoints: CrashPoints, registry: Metrics, districts: Districts, secrets: Secrets, database: Database, readiness: Readiness): Fetcher => {
      readiness.register('object store', () => troubleOf(store), { variable: 'LASTGOOD_S3_ENDPOINT' });
      const metrics = new FetchMetrics(registry);
      const hosts = new UpstreamHosts(clock, {
        breaker: { ...defaultBreaker, resetMs: config.LASTGOOD_FETCH_CIRCUIT_RESET_SECONDS * 1000 },
        // An SQLite file belongs to one process, and so to one fetcher.
        ...(database.kind === 'postgresql' && { paceOf: (host: string) => new SharedPace(host, database, clock, log) }),
        onState: (host, state) => metrics.circuit(host, state),
        onForget: (host) => metrics.forgetHost(host),
      });
      const open = makeAgent({ allowPrivateAddresses: true });
      const guarded = makeAgent({ allowPrivateAddresses: false });
      const upstreams = {
        clock, log, metrics, hosts,
        random: Math.random,
        dispatcherFor: ({ allowPrivateAddresses }: SourceConfig) => (allowPrivateAddresses ? open : guarded),
        sourceOf: (district: string, source: string) => secrets.resolve(districts.source(district, source)),
      };
      const runs = new FetchRuns({
        ...upstreams, store, bus, crashPoints,
        progress: { heartbeatMs: config.LASTGOOD_FETCH_HEARTBEAT_SECONDS * 1000, shortestMs: 500 },
        walkThreads: new WalkThreads({ nowMs: () => clock.now(), maxMemoryMb: config.LASTGOOD_FETCH_WALK_MEMORY_MB, keepMs: KEEP_THREADS_MS }),
        maxPulls: config.LASTGOOD_FETCH_MAX_PULLS,
        maxWaiting: config.LASTGOOD_FETCH_MAX_WAITING,
      });
      return new Fetcher(runs, new LiveLookUps({ ...upstreams, most: config.LASTGOOD_FETCH_LIVE_LOOK_UPS }), hosts, [open, guarded]);
    };
    return {
      module: FetcherModule,
      controllers: [FetcherController, LiveController],
      providers: [{ provide: Fetcher, useFactory: makeFetcher, inject: [ObjectStore, EventBus, Clock, Log, CrashPoints, Metrics, Districts, Secrets, Database, Readiness] }],
    };
  }
}

async function troubleOf(store: ObjectStore): Promise<string | null> {
  try {
    await store.stat(STORE_PROBE);
    return null;
  } catch (error) {
    return `what is fetched cannot be stored (${error instanceof ObjectStoreError ? error.message : 'unknown error'})`;
  }
}
