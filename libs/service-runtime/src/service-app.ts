import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventBusServer, type EventBus } from '@lastgood/event-bus';
import type { Registry } from 'prom-client';
import { serveDirectly } from './direct-routes.js';
import { collectRoutes, guardInternalRoutes, hearOutRefused, measureRequests, serveHealth } from './http-hooks.js';
import { readJsonBodies } from './json-body.js';
import { SchemaPipe } from './schema-pipe.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import { NestLog } from './nest-log.js';
import { ProblemFilter, refuseUnroutable } from './problem-filter.js';
import type { Readiness } from './readiness.js';
import type { Route } from './routes.js';
import type { ConfiguredService } from './settings.js';

/** What one service's application is made of. */
export interface ServiceParts {
  service: ConfiguredService;
  /** The global module with the runtime's providers. */
  runtime: DynamicModule;
  bus: EventBus;
  log: Log;
  metrics: Metrics;
  processMetrics: Registry;
  readiness: Readiness;
  internalToken: string;
  /** Addresses or networks whose X-Forwarded headers are believed. */
  trustedProxies?: string | undefined;
  /** Gets every route of the service. */
  routes: Route[];
}

const BODY_LIMIT_BYTES = 256 * 1024;
const KEEP_ALIVE_MS = 72_000;

class ServiceModule {}

/** Makes the Nest application of one service and connects its event handlers; it does not listen yet. Throws on a missing or double event handler. */
export async function makeServiceApp(parts: ServiceParts): Promise<NestFastifyApplication> {
  const { definition, config } = parts.service;
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES, keepAliveTimeout: KEEP_ALIVE_MS, logger: false, skipMiddie: true, forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 512 }, trustProxy: parts.trustedProxies ?? false, frameworkErrors: refuseUnroutable,
  });
  const fastify = adapter.getInstance();
  collectRoutes(fastify, parts.routes);
  guardInternalRoutes(fastify, parts.internalToken);
  hearOutRefused(fastify);
  measureRequests(fastify, parts.metrics);
  serveHealth(fastify, definition.name, parts.readiness, parts.metrics, parts.processMetrics);
  const root: DynamicModule = { module: ServiceModule, imports: [parts.runtime, definition.module(config)] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, { logger: new NestLog(parts.log), abortOnError: false });
  readJsonBodies(app, BODY_LIMIT_BYTES);
  app.useGlobalPipes(new SchemaPipe());
  app.useGlobalFilters(new ProblemFilter(parts.log, parts.routes));
  app.connectMicroservice({ strategy: new EventBusServer(parts.bus, definition.name, () => definition.newsMissed?.(app)) }, { inheritAppConfig: true });
  try {
    definition.prepare?.(app);
    const allServed = serveDirectly(app);
    await app.init();
    allServed();
    await app.startAllMicroservices();
  } catch (error) {
    await app.close();
    throw error;
  }
  return app;
}
