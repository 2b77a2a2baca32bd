import Fastify, { type FastifyInstance } from 'fastify';
import { CsvDistrict } from './csv/csv-district.js';
import { addControlRoutes } from './control/control-routes.js';
import { SimulatorControl } from './control/simulator-control.js';
import { serveApplications } from './class-link-service.js';
import { serveData } from './data-service.js';
import { simulatorOptionsSchema, type SimulatorOptions } from './options.js';
import { SimulatorState } from './simulator-state.js';
import { serveToken } from './token-service.js';

const bodyLimit = 1_048_576;

/** A simulator that is listening. */
export interface RunningSimulator {
  /** Address without a slash at the end, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly control: SimulatorControl;
  /** Ends all connections, hanging ones too, and stops listening. */
  close(): Promise<void>;
}

/** What a test may hand in so that it can replay. */
export interface SimulatorSurroundings {
  /** Milliseconds since 1970; tokens, timestamps and the request log go by it. */
  readonly now?: () => number;
}

function buildApp(state: SimulatorState, signal: AbortSignal): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit, forceCloseConnections: true, routerOptions: { maxParamLength: 1000 } });
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  addControlRoutes(app, state);
  app.setNotFoundHandler(async (request, reply) => {
    const path = (request.raw.url ?? '/').split('?', 1)[0] ?? '/';
    if (await serveToken(state, request, reply, signal)) return reply;
    if (request.method === 'GET' && (path === '/applications' || path.startsWith('/applications/'))) {
      await serveApplications(state, request, reply, signal);
      return reply;
    }
    if (request.method === 'GET' && (await serveData(state, request, reply, signal))) return reply;
    return reply.code(404).type('text/html; charset=utf-8').send('<!DOCTYPE html><title>404</title><p>Not found</p>');
  });
  return app;
}

/** Starts a simulator; rejects when an option is wrong, the CSV package cannot be read or the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}, surroundings: SimulatorSurroundings = {}): Promise<RunningSimulator> {
  const settings = simulatorOptionsSchema.parse(options);
  const files = settings.csv === undefined ? undefined : await CsvDistrict.open(settings.csv);
  const state = new SimulatorState(settings, files, surroundings.now ?? Date.now);
  const stop = new AbortController();
  const app = buildApp(state, stop.signal);
  const close = async (): Promise<void> => {
    stop.abort();
    await app.close();
    await files?.close();
  };
  try {
    const url = await app.listen({ host: settings.host, port: settings.port });
    return { url, control: new SimulatorControl(url), close };
  } catch (error) {
    await close();
    throw error;
  }
}
