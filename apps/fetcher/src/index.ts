import { ServiceError, type DistrictConfig } from '@lastgood/contracts';
import { resolveSecrets, type ConfigurationProblem, type Environment, type ServiceDefinition } from '@lastgood/service-runtime';
import { FetcherConfig } from './fetcher-config.js';
import { FetcherModule } from './fetcher.module.js';
import { fetcherMigrations } from './upstream/shared-pace.js';

/** Calls upstreams and lands what they serve in staging. */
export const fetcherService: ServiceDefinition<FetcherConfig> = { name: 'fetcher', config: FetcherConfig, module: (config) => FetcherModule.of(config), check: missingSecrets, migrations: fetcherMigrations };

/** Variables that `lastgood.yaml` refers to and the environment does not set. */
function missingSecrets(districts: readonly DistrictConfig[], environment: Environment): ConfigurationProblem[] {
  return districts.flatMap((district) => district.sources.flatMap((source) => {
    try {
      resolveSecrets(source, environment);
      return [];
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return [{ key: `districts.${district.id}.sources.${source.id}`, message: error.message }];
    }
  }));
}
