import { randomBytes, randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { Module, type BeforeApplicationShutdown, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown, type Type } from '@nestjs/common';
import { APP_GUARD, DiscoveryService, DiscoveryModule, MetadataScanner, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Database } from '@lastgood/database';
import { Clock, Readiness, ServiceAddresses, Terminal, type ServiceDefinition } from '@lastgood/service-runtime';
import { AccessGuard } from './access/access.guard.js';
import { KeyRing } from './access/key-ring.js';
import { gatewayMigrations, type GatewayTables } from './access/key-tables.js';
import { RequestLimits } from './access/request-limits.js';
import { refuseOpenRoutes } from './access/refuse-open-routes.js';
import { AdminController } from './api/admin.controller.js';
import { ApiDescription, ApiDescriptionController, serveApiDescription } from './api/openapi.js';
import { DistrictsController } from './api/districts.controller.js';
import { InternalService } from './api/internal-service.js';
import { PeopleController } from './api/people.controller.js';
import { RunsController } from './api/runs.controller.js';
import { ScheduleController } from './api/schedule.controller.js';
import { SearchReads } from './api/search-reads.js';
import { Services } from './api/services.js';
import { SnapshotsController } from './api/snapshots.controller.js';
import { GatewayConfig } from './config.js';
import { RunEventStreams } from './live/run-event-streams.js';
import { RunEventsController } from './live/run-events.controller.js';
import { servePage } from './page/serve-page.js';
import { ReplicaSet } from './replicas/replica-set.js';
import { registerReadiness } from './replicas/register-readiness.js';

/** What the public API is made of. */
export const PUBLIC_CONTROLLERS: readonly Type[] = [DistrictsController, ScheduleController, SnapshotsController, PeopleController, RunsController, AdminController, ApiDescriptionController];

/** The services behind this one, as they are opened and closed. */
class InnerServices {
  constructor(readonly search: InternalService, readonly writer: InternalService) {}
}

function innerServices(addresses: ServiceAddresses, clock: Clock, readiness: Readiness, timeoutMs: number): InnerServices {
  const ports = { clock, timeoutMs, lookUp: (host: string) => lookup(host, { all: true }) };
  const [search, writer] = [new ReplicaSet(addresses.all('search'), ports), new ReplicaSet(addresses.all('writer'), ports)];
  registerReadiness(readiness, search, writer);
  return new InnerServices(new InternalService('search', search, addresses.internalToken, timeoutMs), new InternalService('writer', writer, addresses.internalToken, timeoutMs));
}

/** Order of starting and stopping what is not a request. */
class GatewayLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly streams: RunEventStreams,
    private readonly inner: InnerServices,
  ) {}

  onApplicationBootstrap(): void {
    refuseOpenRoutes(this.discovery.getControllers(), new MetadataScanner(), new Reflector());
  }

  /** Open streams would hold the HTTP server open. */
  beforeApplicationShutdown(): void {
    this.streams.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.inner.search.close(), this.inner.writer.close()]);
  }
}

@Module({})
export class GatewayModule {
  static with(config: GatewayConfig): DynamicModule {
    const presets = [config.ADMIN_TOKEN, config.ADMIN_TOKEN_PREVIOUS].filter((token) => token !== undefined);
    const random = { bytes: (n: number) => randomBytes(n), uuid: () => randomUUID() };
    return {
      module: GatewayModule,
      imports: [DiscoveryModule],
      controllers: [...PUBLIC_CONTROLLERS, RunEventsController],
      providers: [
        ApiDescription,
        { provide: KeyRing, inject: [Database, Clock], useFactory: (database: Database, clock: Clock) => new KeyRing(database.kysely<GatewayTables>(), clock, random, presets) },
        { provide: RequestLimits, useFactory: () => new RequestLimits({ changesPerMinute: config.LASTGOOD_CHANGES_PER_MINUTE, badKeysPerMinute: config.LASTGOOD_BAD_KEYS_PER_MINUTE }) },
        {
          provide: InnerServices,
          inject: [ServiceAddresses, Clock, Readiness],
          useFactory: (addresses: ServiceAddresses, clock: Clock, readiness: Readiness) => innerServices(addresses, clock, readiness, config.LASTGOOD_READ_TIMEOUT_MS),
        },
        { provide: Services, inject: [InnerServices], useFactory: ({ search, writer }: InnerServices) => new Services(new SearchReads(search), writer) },
        { provide: RunEventStreams, inject: [Services, Clock], useFactory: (services: Services, clock: Clock) => new RunEventStreams(services, clock) },
        { provide: APP_GUARD, inject: [Reflector, KeyRing, RequestLimits], useFactory: (reflector: Reflector, keys: KeyRing, limits: RequestLimits) => new AccessGuard(reflector, keys, limits) },
        {
          provide: GatewayLifecycle,
          inject: [DiscoveryService, RunEventStreams, InnerServices],
          useFactory: (discovery: DiscoveryService, streams: RunEventStreams, inner: InnerServices) => new GatewayLifecycle(discovery, streams, inner),
        },
      ],
    };
  }
}

/** Made only once the service listens: a start that fails must not have made a key that nobody saw. */
async function showFirstAdminKey(app: NestFastifyApplication): Promise<void> {
  const key = await app.get(KeyRing).createFirstAdminKey();
  if (key !== null) app.get(Terminal).say(`Admin key, shown this once: ${key}`);
}

function prepare(app: NestFastifyApplication): void {
  servePage(app);
  serveApiDescription(app);
}

/** The gateway: HTTP API, web page, access, live updates. */
export const gatewayService: ServiceDefinition<GatewayConfig> = {
  name: 'gateway',
  config: GatewayConfig,
  module: (config) => GatewayModule.with(config),
  migrations: gatewayMigrations,
  prepare,
  listening: showFirstAdminKey,
};
