import { randomBytes, randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { Module, type BeforeApplicationShutdown, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown, type Type } from '@nestjs/common';
import { APP_GUARD, DiscoveryService, DiscoveryModule, MetadataScanner, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Database } from '@lastgood/database';
import { ObjectStore } from '@lastgood/object-store';
import { Clock, Log, Readiness, ServiceAddresses, Terminal, type AskedService, type ServiceDefinition } from '@lastgood/service-runtime';
import { AccessGuard } from './access/access.guard.js';
import { KeyRing } from './access/key-ring.js';
import { RequestLimits } from './access/request-limits.js';
import { refuseOpenRoutes } from './access/refuse-open-routes.js';
import { SessionBook } from './access/session-book.js';
import { SignInLinks } from './access/sign-in-links.js';
import { AdminController } from './api/admin.controller.js';
import { ApiDescription, ApiDescriptionController, serveApiDescription } from './api/openapi.js';
import { DistrictsController } from './api/districts.controller.js';
import { InternalService } from './api/internal-service.js';
import { LiveLookUpController } from './api/live-look-up.controller.js';
import { PeopleController } from './api/people.controller.js';
import { RunsController } from './api/runs.controller.js';
import { ScheduleController } from './api/schedule.controller.js';
import { SearchReads } from './api/search-reads.js';
import { Services } from './api/services.js';
import { SessionController } from './api/session.controller.js';
import { SnapshotsController } from './api/snapshots.controller.js';
import { anchorChains } from './audit/anchor-chains.js';
import { auditProviders } from './audit/audit-providers.js';
import { AuditController } from './audit/audit.controller.js';
import { AuditedRequests } from './audit/audit-requests.js';
import { AuditTrail } from './audit/audit-trail.js';
import { removeOldEntries } from './audit/remove-old-entries.js';
import { EntryShipper } from './audit/ship-entries.js';
import { Chores } from './chores.js';
import { GatewayConfig } from './config.js';
import { gatewayMigrations, type GatewayTables } from './gateway-tables.js';
import { RunEventStreams } from './live/run-event-streams.js';
import { RunEventsController } from './live/run-events.controller.js';
import { servePage } from './page/serve-page.js';
import { ReplicaSet } from './replicas/replica-set.js';
import { registerReadiness } from './replicas/register-readiness.js';

/** What the public API is made of. */
export const PUBLIC_CONTROLLERS: readonly Type[] = [
  DistrictsController, ScheduleController, SnapshotsController, PeopleController, LiveLookUpController, RunsController, SessionController, AdminController, AuditController, ApiDescriptionController,
];

/** The services behind this one, as they are opened and closed. */
class InnerServices {
  constructor(readonly search: InternalService, readonly writer: InternalService, readonly fetcher: InternalService | null) {}
}

function innerServices(addresses: ServiceAddresses, clock: Clock, readiness: Readiness, timeoutMs: number): InnerServices {
  const ports = { clock, timeoutMs, lookUp: (host: string) => lookup(host, { all: true }) };
  const [search, writer] = [new ReplicaSet(addresses.all('search'), ports), new ReplicaSet(addresses.all('writer'), ports)];
  const fetcher = addresses.knows('fetcher') ? new ReplicaSet(addresses.all('fetcher'), ports) : null;
  registerReadiness(readiness, search, writer, fetcher);
  const asked = (name: AskedService, replicas: ReplicaSet): InternalService => new InternalService(name, replicas, addresses.internalToken, timeoutMs);
  return new InnerServices(asked('search', search), asked('writer', writer), fetcher && asked('fetcher', fetcher));
}

/** Order of starting and stopping what is not a request. */
class GatewayLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly streams: RunEventStreams,
    private readonly inner: InnerServices,
    private readonly trail: AuditTrail,
    private readonly shipper: EntryShipper,
    private readonly chores: Chores,
  ) {}

  onApplicationBootstrap(): void {
    refuseOpenRoutes(this.discovery.getControllers(), new MetadataScanner(), new Reflector());
    this.shipper.start();
    this.chores.start();
  }

  /** Open streams would hold the HTTP server open. */
  beforeApplicationShutdown(): void {
    this.streams.close();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.inner.search.close(), this.inner.writer.close(), this.inner.fetcher?.close(), this.chores.close(), this.trail.close().then(() => this.shipper.close())]);
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
        { provide: SessionBook, inject: [Database, KeyRing, Clock], useFactory: (database: Database, keys: KeyRing, clock: Clock) => new SessionBook(database.kysely<GatewayTables>(), keys, clock, random) },
        { provide: SignInLinks, inject: [SessionBook, Terminal], useFactory: (sessions: SessionBook, terminal: Terminal) => new SignInLinks(config.LASTGOOD_SIGN_IN_LINK, sessions, terminal) },
        {
          provide: RequestLimits,
          inject: [Database],
          useFactory: (database: Database) => new RequestLimits({ changes: config.LASTGOOD_CHANGES_PER_MINUTE, lookUps: config.LASTGOOD_LIVE_LOOK_UPS_PER_MINUTE, badKeys: config.LASTGOOD_BAD_KEYS_PER_MINUTE, signIns: config.LASTGOOD_SIGN_INS_PER_MINUTE }, database),
        },
        {
          provide: InnerServices,
          inject: [ServiceAddresses, Clock, Readiness],
          useFactory: (addresses: ServiceAddresses, clock: Clock, readiness: Readiness) => innerServices(addresses, clock, readiness, config.LASTGOOD_READ_TIMEOUT_MS),
        },
        { provide: Services, inject: [InnerServices], useFactory: ({ search, writer, fetcher }: InnerServices) => new Services(new SearchReads(search), writer, fetcher) },
        { provide: RunEventStreams, inject: [Services, Clock], useFactory: (services: Services, clock: Clock) => new RunEventStreams(services, clock) },
        {
          provide: APP_GUARD,
          inject: [Reflector, KeyRing, SessionBook, RequestLimits, AuditedRequests],
          useFactory: (reflector: Reflector, keys: KeyRing, sessions: SessionBook, limits: RequestLimits, audited: AuditedRequests) => new AccessGuard(reflector, keys, sessions, limits, audited),
        },
        ...auditProviders(config.LASTGOOD_AUDIT_RESERVE_MB),
        {
          provide: Chores,
          inject: [RequestLimits, SessionBook, Database, ObjectStore, Clock, Log, AuditTrail, EntryShipper],
          useFactory: (limits: RequestLimits, sessions: SessionBook, database: Database, store: ObjectStore, clock: Clock, log: Log, trail: AuditTrail, shipper: EntryShipper) => {
            const [db, keepDays] = [database.kysely<GatewayTables>(), config.LASTGOOD_AUDIT_KEEP_DAYS];
            const removal = keepDays === undefined ? [] : [(stop: AbortSignal) => removeOldEntries({ db, store, trail, shipper, clock }, keepDays, stop)];
            return new Chores([() => limits.sweep(clock.now()), () => sessions.sweep(), () => anchorChains(db, store, clock.now()), ...removal], clock, log);
          },
        },
        {
          provide: GatewayLifecycle,
          inject: [DiscoveryService, RunEventStreams, InnerServices, AuditTrail, EntryShipper, Chores],
          useFactory: (...parts: ConstructorParameters<typeof GatewayLifecycle>) => new GatewayLifecycle(...parts),
        },
      ],
    };
  }
}

/** Made only once the service listens: a start that fails must not have made a key that nobody saw. */
async function showWaysIn(app: NestFastifyApplication): Promise<void> {
  const key = await app.get(KeyRing).createFirstAdminKey();
  if (key !== null) app.get(Terminal).say(`Admin key, shown this once: ${key}`);
  await app.get(SignInLinks).show(await app.getUrl());
}

function prepare(app: NestFastifyApplication): void {
  app.get(AuditedRequests).install(app.getHttpAdapter().getInstance());
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
  listening: showWaysIn,
};
