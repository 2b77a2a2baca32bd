import { resolve } from 'node:path';
import { ServiceName, type DistrictConfig } from '@lastgood/contracts';
import { ConfigurationError, type ConfigurationProblem } from './configuration-error.js';
import { Districts } from './districts.js';
import { misspeltVariables } from './misspelt-variables.js';
import { readEnvironment } from './read-environment.js';
import { readLastgoodFile } from './read-lastgood-file.js';
import { RuntimeSettings } from './runtime-settings.js';
import type { Environment } from './secrets.js';
import type { ServiceDefinition } from './service-definition.js';

/** In a process of its own, none of these can do its work with files that no other process sees. */
const NEED_BUCKET: ReadonlySet<ServiceName> = new Set(['fetcher', 'writer', 'search']);
const NEED_DATABASE: ReadonlySet<ServiceName> = new Set(['gateway', 'fetcher', 'writer']);

/** A service with its own configuration, read. */
export interface ConfiguredService {
  definition: ServiceDefinition;
  config: unknown;
}

/** Everything the process was told, checked as a whole. */
export interface Settings {
  runtime: RuntimeSettings;
  districts: Districts;
  services: ConfiguredService[];
  /** Absolute path. */
  dataFolder: string;
}

/** Reads all configuration; throws one `ConfigurationError` with every problem in it, those already `found` first. */
export function readSettings(definitions: readonly ServiceDefinition[], environment: Environment, embedded: boolean, found: readonly ConfigurationProblem[] = []): Settings {
  const problems = [...found];
  const runtime = readEnvironment(RuntimeSettings, environment, problems);
  const services = definitions.map((definition) => ({ definition, config: readEnvironment(definition.config, environment, problems) }));
  problems.push(...misspeltVariables([RuntimeSettings, ...definitions.map(({ config }) => config)].flatMap(({ shape }) => Object.keys(shape)), environment));
  if (runtime) problems.push(...combinations(runtime, definitions.map(({ name }) => name), embedded));
  const districts = environment.LASTGOOD_CONFIG ? readLastgoodFile(environment.LASTGOOD_CONFIG, problems) : [];
  if (runtime && !embedded) problems.push(...fetcherNeeded(runtime, definitions.map(({ name }) => name), districts));
  for (const { check } of definitions) problems.push(...(check?.(districts, environment) ?? []));
  if (!runtime || problems.length > 0) throw new ConfigurationError(problems);
  return { runtime, services, districts: new Districts(districts), dataFolder: resolve(runtime.LASTGOOD_DATA_DIR) };
}

/** A gateway alone must find the fetchers where a source allows live look-ups. */
function fetcherNeeded(runtime: RuntimeSettings, names: readonly ServiceName[], districts: readonly DistrictConfig[]): ConfigurationProblem[] {
  const allowing = districts.find(({ sources }) => sources.some(({ liveLookUp }) => liveLookUp));
  if (!allowing || !names.includes('gateway') || names.includes('fetcher') || runtime.LASTGOOD_FETCHER_URL !== undefined) return [];
  return [{ key: 'LASTGOOD_FETCHER_URL', message: `is not set; a source of the district ${allowing.id} has liveLookUp, for which the gateway asks the fetchers` }];
}

function combinations(runtime: RuntimeSettings, names: readonly ServiceName[], embedded: boolean): ConfigurationProblem[] {
  const { LASTGOOD_WRITER_PORT: writer, LASTGOOD_SEARCH_PORT: search, LASTGOOD_FETCHER_PORT: fetcher } = runtime;
  const problems = bucketProblems(runtime, !embedded && names.some((name) => NEED_BUCKET.has(name)));
  const ports = [runtime.PORT, writer, search, fetcher].filter((port) => port !== undefined && port !== 0);
  if (new Set(ports).size < ports.length) problems.push({ key: 'PORT', message: 'two services have the same port; give each its own' });
  if (embedded) return problems;
  if (runtime.LASTGOOD_BROKER_URL === undefined) problems.push({ key: 'LASTGOOD_BROKER_URL', message: 'is not set; a service in a process of its own needs RabbitMQ. Or start all services in one process (npm start)' });
  if (runtime.LASTGOOD_INTERNAL_TOKEN === undefined) problems.push({ key: 'LASTGOOD_INTERNAL_TOKEN', message: 'is not set; separate processes need the same one, 32 characters or more' });
  if (runtime.LASTGOOD_DATABASE_URL === undefined && names.some((name) => NEED_DATABASE.has(name))) problems.push({ key: 'LASTGOOD_DATABASE_URL', message: 'is not set; separate processes need the same PostgreSQL' });
  for (const name of ['writer', 'search'] as const) {
    const key = name === 'writer' ? 'LASTGOOD_WRITER_URL' : 'LASTGOOD_SEARCH_URL';
    if (names.includes('gateway') && !names.includes(name) && runtime[key] === undefined) problems.push({ key, message: `is not set; the gateway needs the address of ${name}` });
  }
  return problems;
}

/** The variables of the bucket belong together: all are set, or none where it is not `needed`. */
function bucketProblems(runtime: RuntimeSettings, needed: boolean): ConfigurationProblem[] {
  const keys = ['LASTGOOD_S3_BUCKET', 'LASTGOOD_S3_ACCESS_KEY', 'LASTGOOD_S3_SECRET_KEY'] as const;
  const missing = (['LASTGOOD_S3_ENDPOINT', ...keys] as const).filter((key) => runtime[key] === undefined);
  if (needed) return missing.map((key) => ({ key, message: 'is not set; separate processes need the same bucket' }));
  if (runtime.LASTGOOD_S3_ENDPOINT !== undefined) return missing.map((key) => ({ key, message: 'is not set; it is needed with LASTGOOD_S3_ENDPOINT' }));
  return keys.filter((key) => runtime[key] !== undefined).map((key) => ({ key: 'LASTGOOD_S3_ENDPOINT', message: `is not set, but ${key} is; set both or none` }));
}
