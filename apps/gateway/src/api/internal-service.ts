import { Readable } from 'node:stream';
import { ServiceError, type ErrorKind, ERROR_KINDS, MORE_REPLICAS_HEADER, Problem, REPLICA_BEHIND } from '@lastgood/contracts';
import type { AskedService } from '@lastgood/service-runtime';
import type { FastifyReply } from 'fastify';
import type { Dispatcher } from 'undici';
import type { z } from 'zod';
import { cameLate, didNotArrive, isOwnTimeout, reasonOf } from '../replicas/failures.js';
import type { ReplicaSet } from '../replicas/replica-set.js';
import type { Replica } from '../replicas/replica.js';

/** Headers of an internal answer that clients get to see. */
const PASSED_HEADERS = ['content-type', 'etag', 'lastgood-snapshot', 'lastgood-log', 'lastgood-count', 'retry-after', 'content-disposition', 'content-length', 'cache-control'] as const;
const UNAVAILABLE = 503;

export type AnswerHeaders = Dispatcher.ResponseData['headers'];

interface Answer<Body> {
  statusCode: number;
  headers: AnswerHeaders;
  body: Body;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT';
  body?: unknown;
  headers?: Record<string, string | undefined>;
  timeoutMs?: number;
  /** Asks the replicas of this district; without it, any. */
  district?: string;
  /** A POST that does the same when it arrives twice. */
  idempotent?: boolean;
  /** Told the headers of the answer that the client gets; when it throws, the client gets that instead. */
  answered?: (headers: AnswerHeaders) => void;
}

type Ask<Body> = (replica: Replica, more: boolean) => Promise<Answer<Body>>;

/**
 * One service behind the gateway, spoken to over HTTP. When a replica cannot be reached or is not ready the next one is asked; a request that changes something is sent
 * again only when it surely did not arrive, or is idempotent.
 */
export class InternalService {
  readonly #authorization: string;

  constructor(private readonly name: AskedService, readonly replicas: ReplicaSet, token: string, private readonly timeoutMs: number) {
    this.#authorization = `Bearer ${token}`;
  }

  /** Answers the client with what the service answers, byte for byte, problems too. */
  async forward(reply: FastifyReply, path: string, call: Call = {}): Promise<void> {
    const { statusCode, headers, body } = await this.#answer(call, (replica, more) => this.#held(replica, path, call, more));
    copyHeaders(headers, reply);
    reply.status(statusCode).send(body.length === 0 ? undefined : body);
  }

  /** The same for bodies of any length: streamed, never held. */
  async stream(reply: FastifyReply, path: string, call: Call = {}): Promise<void> {
    const { statusCode, headers, body } = await this.#answer<Buffer | Readable>(call, async (replica, more) => {
      const answer = await replica.pool.request(this.#requestOf(replica, path, call, more));
      return answer.statusCode === UNAVAILABLE ? { ...answer, body: Buffer.from(await answer.body.arrayBuffer()) } : answer;
    });
    copyHeaders(headers, reply);
    reply.status(statusCode).send(body);
  }

  /** The service's answer as data; its problems are thrown as `ServiceError`. */
  async json<S extends z.ZodType>(schema: S, path: string, call: Call = {}): Promise<z.infer<S>> {
    // From the connection to the last byte; a forwarded body may take as long as the client does.
    const signal = AbortSignal.timeout(call.timeoutMs ?? this.timeoutMs);
    const { statusCode, body } = await this.#answer(call, async (replica, more) => {
      const answer = await replica.pool.request({ ...this.#requestOf(replica, path, call, more), signal });
      return { ...answer, body: Buffer.from(await answer.body.arrayBuffer()) };
    });
    const parsed = (statusCode < 400 ? schema : Problem).safeParse(jsonOf(body));
    if (!parsed.success) throw this.#unavailable(parsed.error);
    if (statusCode < 400) return parsed.data as z.infer<S>;
    throw errorOf(parsed.data as Problem);
  }

  close(): Promise<void> {
    return this.replicas.close();
  }

  /** The first answer of a replica that another could not better. */
  async #answer<Body>(call: Call, ask: Ask<Body>): Promise<Answer<Body>> {
    const { replicas, preferred } = await this.replicas.candidates(call.district ?? null);
    for (const [index, replica] of replicas.entries()) {
      const last = index + 1 === replicas.length;
      const more = index + 1 < preferred;
      const answer = await ask(replica, more).catch((error: unknown) => {
        if (!isOwnTimeout(error)) this.replicas.failed(replica, reasonOf(error));
        if (last || !maySendAgain(call, error)) throw this.#unavailable(error);
        return null;
      });
      if (answer === null || (answer.statusCode === UNAVAILABLE && !last && this.#anotherMay(answer, replica, call, more))) continue;
      told(call, answer);
      return answer;
    }
    throw this.#unavailable(new Error(this.replicas.lookUpTrouble ?? 'no address is known'));
  }

  /** Whether another replica may give what this one, which answered 503, did not. */
  #anotherMay({ body }: Answer<unknown>, replica: Replica, call: Call, more: boolean): boolean {
    const problem = Problem.safeParse(Buffer.isBuffer(body) ? jsonOf(body) : undefined);
    // What speaks no problem is no service that is running: one that stops, or a proxy before one that is gone.
    if (!problem.success) this.replicas.failed(replica, 'is not ready (503)');
    if (isChange(call)) return false;
    if (!problem.success) return true;
    const { code, retryable } = problem.data;
    return code === REPLICA_BEHIND ? more : retryable && code !== 'no_snapshot_yet';
  }

  /** The answer with its whole body: what comes is gathered as it comes, since a stream for each search would cost more than the search. */
  #held(replica: Replica, path: string, call: Call, more: boolean): Promise<Answer<Buffer>> {
    return new Promise((resolve, reject) => {
      const held: Omit<Answer<Buffer>, 'body'> = { statusCode: 0, headers: {} };
      const chunks: Buffer[] = [];
      replica.pool.dispatch(this.#requestOf(replica, path, call, more), {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode, headers) => {
          held.statusCode = statusCode;
          held.headers = headers;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => resolve({ ...held, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) }),
        onResponseError: (_controller, error) => reject(error),
      });
    });
  }

  #requestOf(replica: Replica, path: string, { method = 'GET', body, headers, timeoutMs = this.timeoutMs }: Call, more: boolean): Dispatcher.DispatchOptions {
    return {
      path,
      method,
      headersTimeout: timeoutMs,
      headers: {
        authorization: this.#authorization, ...replica.headers, ...headers,
        ...(more ? { [MORE_REPLICAS_HEADER]: '1' } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }

  #unavailable(cause: unknown): ServiceError {
    return cameLate(cause)
      ? new ServiceError('timeout', `${this.name}_timeout`, `The ${this.name} service did not answer in time; try again.`, { retryable: true, retryAfterMs: 2_000, cause })
      : new ServiceError('unavailable', `${this.name}_unavailable`, `The ${this.name} service cannot be reached; try again.`, { retryable: true, retryAfterMs: 2_000, cause });
  }
}

function told({ answered }: Call, { headers, body }: Answer<unknown>): void {
  try {
    answered?.(headers);
  } catch (error) {
    if (body instanceof Readable) body.destroy();
    throw error;
  }
}

/** True for a request that would do its work twice when it arrives twice. */
const isChange = ({ method, idempotent }: Call): boolean => method === 'POST' && idempotent !== true;

function maySendAgain(call: Call, error: unknown): boolean {
  return didNotArrive(error) || (!isChange(call) && !cameLate(error));
}

/** Undefined for what is no JSON: a half body, a page of some proxy. */
function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

function copyHeaders(headers: AnswerHeaders, reply: FastifyReply): void {
  for (const name of PASSED_HEADERS) {
    const value = headers[name];
    if (value !== undefined) void reply.header(name, value);
  }
}

function errorOf(problem: Problem): ServiceError {
  const kind = (Object.keys(ERROR_KINDS) as ErrorKind[]).find((candidate) => ERROR_KINDS[candidate] === problem.status) ?? 'unavailable';
  return new ServiceError(kind, problem.code, problem.detail, {
    retryable: problem.retryable,
    ...(problem.retryAfterSeconds === undefined ? {} : { retryAfterMs: problem.retryAfterSeconds * 1000 }),
    ...(problem.run === undefined ? {} : { run: problem.run }),
    ...(problem.snapshot === undefined ? {} : { snapshot: problem.snapshot }),
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  });
}
