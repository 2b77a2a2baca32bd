import type { FastifyReply, FastifyRequest } from 'fastify';
import { jsonAnswer, type Answer } from './answer.js';
import { OAuth2 } from './auth/oauth2.js';
import { addressOf, delay } from './data-service.js';
import { deliver } from './deliver.js';
import { refusalOf, spoiled } from './quirks/answer-quirks.js';
import type { SimulatorState } from './simulator-state.js';

async function answer(state: SimulatorState, issuer: OAuth2, request: FastifyRequest, signal: AbortSignal): Promise<Answer> {
  const quirks = state.quirks.fire({ on: 'token', offset: 0 });
  await delay(quirks, signal);
  const refusal = refusalOf(quirks, { version: '1.1', limit: 0, running: state.log.running });
  if (refusal !== undefined) return refusal;
  const form = typeof request.body === 'string' ? request.body : '';
  const { parameters } = addressOf(request);
  const issued = issuer.issue({
    authorization: request.headers.authorization,
    query: parameters,
    form: new URLSearchParams(form),
  });
  const good = jsonAnswer(issued.status, issued.body, issued.headers);
  return issued.status === 200 ? spoiled(good, quirks, '1.1', 'token') : good;
}

/** Answers a token request when the simulator uses OAuth 2 and the path is that of its token endpoint. */
export async function serveToken(
  state: SimulatorState,
  request: FastifyRequest,
  reply: FastifyReply,
  signal: AbortSignal,
): Promise<boolean> {
  const issuer = state.authenticator;
  if (!(issuer instanceof OAuth2) || addressOf(request).path !== issuer.config.tokenPath) return false;
  const end = state.log.begin('token', 0, 0);
  let status = 0;
  try {
    const result = await answer(state, issuer, request, signal);
    if (result.delivery === 'whole') status = result.status;
    await deliver(reply, result, signal);
  } finally {
    end(status);
  }
  return true;
}
