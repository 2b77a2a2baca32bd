import type { ServiceDefinition } from '@lastgood/service-runtime';
import { FetcherConfig } from './fetcher-config.js';
import { FetcherModule } from './fetcher.module.js';

/** Calls upstreams and lands what they serve in staging. */
export const fetcherService: ServiceDefinition<FetcherConfig> = { name: 'fetcher', config: FetcherConfig, module: (config) => FetcherModule.of(config) };
