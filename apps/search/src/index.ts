import type { ServiceDefinition } from '@lastgood/service-runtime';
import { SearchConfig } from './config.js';
import { SearchModule } from './search.module.js';
import { Search } from './search.js';

/** The search service as `run` starts it: the read side, from log and bucket alone. */
export const searchService: ServiceDefinition<SearchConfig> = {
  name: 'search',
  config: SearchConfig,
  module: (config) => SearchModule.of(config),
  newsMissed: (app) => app.get(Search).newsMissed(),
};
