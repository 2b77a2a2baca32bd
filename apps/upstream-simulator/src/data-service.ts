import type { FastifyReply, FastifyRequest } from 'fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { jsonAnswer, type Answer } from './answer.js';
import type { Authenticator } from './auth/caller.js';
import { deliver } from './deliver.js';
import { answerData } from './oneroster/data-answer.js';
import { Failure, statusInfo } from './oneroster/failure.js';
import { listKey } from './oneroster/pages.js';
import type { Version } from './oneroster/records.js';
import { readServicePath, type ServiceRequest } from './oneroster/service-path.js';
import { refusalOf, spoiled } from './quirks/answer-quirks.js';
import type { FiredQuirks } from './quirks/quirk-engine.js';
import type { SimulatorState } from './simulator-state.js';

/** The parts of a request's address. */
export interface Address {
  readonly origin: string;
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/** The address as the caller wrote it; the host comes from the Host header. */
export function addressOf(request: FastifyRequest): Address {
  const url = request.raw.url ?? '/';
  const mark = url.indexOf('?');
  return {
    origin: `http://${request.headers.host ?? 'localhost'}`,
    path: mark < 0 ? url : url.slice(0, mark),
    parameters: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
  };
}

/** The answer for a refusal in the form of the standard. */
export function failureAnswer(error: unknown, version: Version): Answer {
  if (!(error instanceof Failure)) throw error;
  return jsonAnswer(error.status, statusInfo(version, error.minor, error.message), error.headers);
}

/** Waits as long as a latency quirk says; ends early when the simulator stops. */
export async function delay(quirks: FiredQuirks, signal: AbortSignal): Promise<void> {
  const latency = quirks.get('latency');
  if (latency !== undefined) await wait(latency.ms, undefined, { signal }).catch(() => undefined);
}

interface Admitted {
  readonly tenant: number;
  readonly authenticator: Authenticator;
}

function admit(state: SimulatorState, service: ServiceRequest): Admitted {
  if (service.application === undefined) return { tenant: 0, authenticator: state.authenticator };
  const tenant = state.classLink.usable(service.application);
  if (tenant === undefined) throw new Failure(404, 'unknownobject', 'There is no such application.');
  return { tenant, authenticator: state.classLink.bearer(tenant) };
}

function numberParameter(parameters: URLSearchParams, name: string, fallback: number): number {
  const text = parameters.get(name) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : fallback;
}

function check(request: FastifyRequest, address: Address, service: ServiceRequest, authenticator: Authenticator): void {
  authenticator.check({
    method: request.method,
    address: address.origin + address.path,
    parameters: address.parameters,
    authorization: request.headers.authorization,
    cookie: request.headers.cookie,
    collection: service.target.collection,
  });
}

async function answer(
  state: SimulatorState,
  request: FastifyRequest,
  service: ServiceRequest,
  address: Address,
  limit: number,
  signal: AbortSignal,
): Promise<Answer> {
  const { collection } = service.target;
  const { tenant, authenticator } = admit(state, service);
  check(request, address, service, authenticator);
  const quirks = state.quirks.fire({ on: 'data', collection, offset: numberParameter(address.parameters, 'offset', 0) });
  if (quirks.has('bearerRotates')) {
    authenticator.rotate();
    throw new Failure(401, 'unauthorisedrequest', 'The bearer was replaced.', { 'www-authenticate': 'Bearer' });
  }
  await delay(quirks, signal);
  const refusal = refusalOf(quirks, { version: service.version, limit, running: state.log.running });
  if (refusal !== undefined) return refusal;
  const good = answerData(state, { service, ...address, tenant, quirks });
  return spoiled(good, quirks, service.version, listKey[collection]);
}

/** Answers a request for roster data; undefined when the path belongs to no roster service. */
export async function serveData(
  state: SimulatorState,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<boolean> {
  const address = addressOf(request);
  const service = readServicePath(address.path);
  if (service === undefined) return false;
  const limit = numberParameter(address.parameters, 'limit', 100);
  const kind = service.application === undefined ? service.version : 'classlink';
  const nested = service.target.kind === 'nested' ? `${service.target.parent}/` : '';
  const end = state.log.begin(`${kind} ${nested}${service.target.collection}`, numberParameter(address.parameters, 'offset', 0), limit);
  let status = 0;
  try {
    const result = await answer(state, request, service, address, limit, signal).catch((error: unknown) =>
      failureAnswer(error, service.version),
    );
    if (result.delivery === 'whole') status = result.status;
    await deliver(reply, result, signal);
  } finally {
    end(status);
  }
  return true;
}
