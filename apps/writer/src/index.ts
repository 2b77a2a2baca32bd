import type { ServiceDefinition } from '@lastgood/service-runtime';
import { checkSources } from './check-sources.js';
import { WriterConfig } from './config.js';
import { writerMigrations } from './tables.js';
import { WriterModule } from './writer.module.js';

/** The writer as `run` starts it: owns runs and schedule, builds datasets, gates, commits to the log, keeps the retention. */
export const writerService: ServiceDefinition<WriterConfig> = {
  name: 'writer',
  config: WriterConfig,
  module: (config) => WriterModule.of(config),
  migrations: writerMigrations,
  check: checkSources,
};
export { Profile, PROFILE_NAME } from './gate/profile.js';
