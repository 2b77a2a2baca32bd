import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonAnswer, type Answer } from './answer.js';
import { addressOf, delay, failureAnswer, type Address } from './data-service.js';
import { deliver } from './deliver.js';
import { Failure } from './oneroster/failure.js';
import { refusalOf, spoiled } from './quirks/answer-quirks.js';
import type { SimulatorState } from './simulator-state.js';

const page = { fallback: 100, most: 1000 };

function whole(parameters: URLSearchParams, name: string, fallback: number): number {
  const text = parameters.get(name) ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : fallback;
}

/** One page of the districts that the partner may read; as at ClassLink there are no count headers. */
function applications(state: SimulatorState, { parameters }: Address): Answer {
  const limit = Math.min(page.most, Math.max(1, whole(parameters, 'limit', page.fallback)));
  const offset = whole(parameters, 'offset', 0);
  const end = Math.min(state.classLink.count, offset + limit);
  const list = [];
  for (let number = offset; number < end; number += 1) list.push(state.classLink.application(number));
  return jsonAnswer(200, { status: 1, applications: list });
}

/** The direct OAuth 1 credentials of a district. */
function server(state: SimulatorState, id: string, { origin }: Address): Answer {
  const number = state.classLink.usable(id);
  const { auth } = state.settings;
  if (number === undefined) throw new Failure(404, 'unknownobject', 'There is no such application.');
  if (auth.kind !== 'oauth1') throw new Failure(404, 'unknownobject', 'This district has no direct server.');
  return jsonAnswer(200, {
    status: 1,
    server: { client_id: auth.consumerKey, client_secret: auth.consumerSecret, endpoint_url: origin },
    message: '',
  });
}

async function answer(state: SimulatorState, request: FastifyRequest, address: Address, signal: AbortSignal): Promise<Answer> {
  state.classLink.partner.check({
    method: request.method,
    address: address.origin + address.path,
    parameters: address.parameters,
    authorization: request.headers.authorization,
  });
  const quirks = state.quirks.fire({ on: 'applications', offset: whole(address.parameters, 'offset', 0) });
  await delay(quirks, signal);
  const limit = whole(address.parameters, 'limit', page.fallback);
  const refusal = refusalOf(quirks, { version: '1.1', limit, running: state.log.running });
  if (refusal !== undefined) return refusal;
  const id = /^\/applications\/([^/]+)\/server$/.exec(address.path)?.[1];
  if (id === undefined) return spoiled(applications(state, address), quirks, '1.1', 'applications');
  try {
    return server(state, decodeURIComponent(id), address);
  } catch (error) {
    if (error instanceof URIError) throw new Failure(404, 'unknownobject', 'There is no such application.');
    throw error;
  }
}

/** Answers `GET /applications` and `GET /applications/{id}/server` to the partner. */
export async function serveApplications(
  state: SimulatorState,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<void> {
  const address = addressOf(request);
  const end = state.log.begin('applications', whole(address.parameters, 'offset', 0), whole(address.parameters, 'limit', page.fallback));
  let status = 0;
  try {
    const result = await answer(state, request, address, signal).catch((error: unknown) => failureAnswer(error, '1.1'));
    if (result.delivery === 'whole') status = result.status;
    await deliver(reply, result, signal);
  } finally {
    end(status);
  }
}
