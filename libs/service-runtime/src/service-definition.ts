import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DistrictConfig, ServiceName } from '@lastgood/contracts';
import type { OwnedMigration } from '@lastgood/database';
import type { z } from 'zod';
import type { ConfigurationProblem } from './configuration-error.js';
import type { Environment } from './secrets.js';

/** A zod object whose keys are variables of the environment; mark secrets with `.meta({ secret: true })` and describe each. */
export type EnvironmentSchema<Config = unknown> = z.ZodObject & z.ZodType<Config>;

/** One service as `run` starts it: a Nest module of its own, with its own port, tables, metrics and folder. */
export interface ServiceDefinition<Config = unknown> {
  name: ServiceName;
  /** The variables that this service alone reads. Every variable `X` may also be given as `X_FILE`, the path of a file that holds it. */
  config: EnvironmentSchema<Config>;
  module(config: Config): DynamicModule | Type;
  /** Last touches on the application before it starts: a generated description of its routes. */
  prepare?(app: NestFastifyApplication): void;
  /** Called once the service can be reached, before `run` resolves: what must not be done for a start that fails. */
  listening?(app: NestFastifyApplication): Promise<void>;
  /** Called when news for every replica may have been missed: the broker was away and is back. */
  newsMissed?(app: NestFastifyApplication): void;
  /** What this service cannot work with in `lastgood.yaml`, besides its shape: every problem at once, never a value. */
  check?(districts: readonly DistrictConfig[], environment: Environment): ConfigurationProblem[];
  /** Its tables; applied before the module is made. */
  migrations?: readonly OwnedMigration[];
}
