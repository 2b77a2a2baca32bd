import { Readable } from 'node:stream';
import { ServiceError } from '@lastgood/contracts';
import type { Clock, Districts } from '@lastgood/service-runtime';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuditTrail } from './audit-trail.js';
import { askedOf, factsOf, type Asked } from './request-facts.js';

const MINUTE_MS = 60_000;
/** Refused requests of nobody known that are entered one by one each minute; the rest is counted. */
const MAX_UNKNOWN = 600;

export const isChange = (method: string): boolean => method !== 'GET' && method !== 'HEAD';

/**
 * Which requests are entered, and when: reads of people and of what only some may see before their first byte leaves, changes before they are tried and again with how they
 * ended, everything refused.
 */
export class AuditedRequests {
  #minute = 0;
  #unknown = 0;

  constructor(private readonly trail: AuditTrail, private readonly clock: Clock, private readonly districts: Districts) {}

  /** Enters what is asked before an answer leaves. To be called before the routes are registered. */
  install(fastify: FastifyInstance): void {
    fastify.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
      const asked = askedOf(request);
      if (asked === undefined || !isEntered(request, asked, reply.statusCode)) return payload;
      try {
        await this.#enter(request, asked, reply);
        return payload;
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        if (payload instanceof Readable) payload.destroy();
        return refuse(reply, error);
      }
    });
  }

  /** Enters a change that is about to be tried. */
  async begin(request: FastifyRequest, asked: Asked): Promise<void> {
    asked.entry = await this.trail.enter(factsOf(request, asked, null, this.districts));
  }

  async #enter(request: FastifyRequest, asked: Asked, reply: FastifyReply): Promise<void> {
    const facts = factsOf(request, asked, reply, this.districts);
    if (asked.principal === null && !(await this.#takeUnknown())) return;
    await this.trail.enter(facts);
  }

  /** Whether one more of nobody known is entered; whoever floods must not fill the disk. */
  async #takeUnknown(): Promise<boolean> {
    const minute = Math.floor(this.clock.now() / MINUTE_MS);
    const left = minute === this.#minute ? 0 : this.#unknown - MAX_UNKNOWN;
    if (minute !== this.#minute) [this.#minute, this.#unknown] = [minute, 0];
    this.#unknown += 1;
    if (left > 0) {
      const none = { actor: null, district: null, source: null, snapshot: null, run: null, query: null, purpose: null };
      await this.trail.enter({ ...none, action: 'more_refused', count: left, outcome: 'denied', status: null });
    }
    return this.#unknown <= MAX_UNKNOWN;
  }
}

/** What leaves instead of an answer that could not be entered: nothing of that answer. */
function refuse(reply: FastifyReply, error: ServiceError): string {
  const problem = error.toProblem();
  for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
  void reply.status(problem.status).header('content-type', 'application/problem+json; charset=utf-8').header('retry-after', problem.retryAfterSeconds ?? 1);
  return JSON.stringify(problem);
}

function isEntered({ method }: FastifyRequest, { permission, granted }: Asked, status: number): boolean {
  if (!granted || status === 401 || status === 403 || status === 429) return true;
  return isChange(method) || (permission !== 'none' && permission !== 'status');
}
