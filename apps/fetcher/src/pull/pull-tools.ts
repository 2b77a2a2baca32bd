import type { SourceConfig } from '@lastgood/contracts';
import type { EventBus } from '@lastgood/event-bus';
import type { ObjectStore } from '@lastgood/object-store';
import type { Clock, CrashPoints, Log } from '@lastgood/service-runtime';
import type { Dispatcher } from 'undici';
import type { FetchMetrics } from '../fetch-metrics.js';
import type { UpstreamHosts } from '../upstream/upstream-host.js';
import type { ProgressSettings } from './pull-progress.js';
import type { WalkThreads } from './walk-threads.js';

/** Everything a pull works with. */
export interface PullTools {
  store: ObjectStore;
  bus: EventBus;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  log: Log;
  crashPoints: Pick<CrashPoints, 'reach'>;
  metrics: FetchMetrics;
  hosts: UpstreamHosts;
  /** The agent for sources that may call private addresses, or the one that refuses them. */
  dispatcherFor: (source: SourceConfig) => Dispatcher;
  progress: ProgressSettings;
  walkThreads: WalkThreads;
}
