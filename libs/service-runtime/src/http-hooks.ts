import { timingSafeEqual } from 'node:crypto';
import { finished } from 'node:stream/promises';
import { ServiceError } from '@lastgood/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import type { Metrics } from './metrics.js';
import type { Readiness } from './readiness.js';
import type { Route } from './routes.js';

/** Adds every route that is registered from now on to the list. */
export function collectRoutes(fastify: FastifyInstance, routes: Route[]): void {
  fastify.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.push({ method: each, pattern: url });
  });
}

/** Refuses every `/internal/` route without the internal token, compared in constant time. */
export function guardInternalRoutes(fastify: FastifyInstance, internalToken: string): void {
  const expected = Buffer.from(`Bearer ${internalToken}`);
  fastify.addHook('onRequest', (request, _reply, done) => {
    if (!request.routeOptions.url?.startsWith('/internal/') || carries(request, expected)) return done();
    done(new ServiceError('unauthenticated', 'internal_token_needed', 'This address is for the services of this installation.', { retryable: false }));
  });
}

function carries(request: FastifyRequest, expected: Buffer): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

const HEARD_OUT_BYTES = 8_000_000;
const HEARD_OUT_MS = 5_000;

/**
 * Reads a refused body to its end before the answer goes, up to 8 MB and for 5 s: the connection is closed after it, and a client that still sends
 * then would lose the answer.
 */
export function hearOutRefused(fastify: FastifyInstance): void {
  fastify.addHook('onSend', ({ raw }, reply, payload, done) => {
    if (reply.statusCode < 400 || raw.complete || !(Number(raw.headers['content-length']) <= HEARD_OUT_BYTES)) return done(null, payload);
    raw.resume();
    void finished(raw, { writable: false, signal: AbortSignal.timeout(HEARD_OUT_MS) }).catch(() => undefined).then(() => done(null, payload));
  });
}

const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Counts and times every answer by method, route pattern and status; raw URLs never become labels. */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  const durations = metrics.histogram('lastgood_http_request_duration_seconds', 'Time from a request to the end of its answer.', DURATION_BUCKETS, ['method', 'route', 'status']);
  fastify.addHook('onResponse', (request, reply, done) => {
    durations.observe({ method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode }, reply.elapsedTime / 1000);
    done();
  });
}

/** `/livez`, `/readyz` and `/metrics` of one service. */
export function serveHealth(fastify: FastifyInstance, service: string, readiness: Readiness, metrics: Metrics, process: Registry): void {
  fastify.get('/livez', async () => ({ service, alive: true }));
  fastify.get('/readyz', async (_request, reply) => {
    const dependencies = await readiness.states();
    const ready = dependencies.every(({ neededForReads, trouble }) => !neededForReads || trouble === null);
    return reply.status(ready ? 200 : 503).send({ service, ready, dependencies });
  });
  fastify.get('/metrics', async (_request, reply) => {
    const texts = await Promise.all([process.metrics(), metrics.registry.metrics()]);
    return reply.header('Content-Type', metrics.registry.contentType).send(texts.join('\n'));
  });
}
