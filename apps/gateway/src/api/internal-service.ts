import { ServiceError, type ErrorKind, ERROR_KINDS, Problem } from '@lastgood/contracts';
import type { FastifyReply } from 'fastify';
import { Pool, errors, type Dispatcher } from 'undici';
import type { z } from 'zod';

/** Headers of an internal answer that clients get to see. */
const PASSED_HEADERS = ['content-type', 'etag', 'lastgood-snapshot', 'retry-after', 'content-disposition', 'content-length', 'cache-control'] as const;

interface HeldAnswer {
  statusCode: number;
  headers: Dispatcher.ResponseData['headers'];
  body: Buffer;
}

interface Call {
  method?: 'GET' | 'POST';
  body?: unknown;
  headers?: Record<string, string | undefined>;
  timeoutMs?: number;
}

/** One service behind the gateway, spoken to over HTTP by address. */
export class InternalService {
  readonly #pool: Pool;
  readonly #authorization: string;

  constructor(private readonly name: 'search' | 'writer', address: URL, token: string, private readonly timeoutMs: number) {
    this.#pool = new Pool(address.origin, { connections: 128, pipelining: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connectTimeout: Math.min(timeoutMs, 2_000) });
    this.#authorization = `Bearer ${token}`;
  }

  /** Answers the client with what the service answers, byte for byte, problems too. */
  async forward(reply: FastifyReply, path: string, call: Call = {}): Promise<void> {
    const { statusCode, headers, body } = await this.#held(path, call);
    copyHeaders(headers, reply);
    reply.status(statusCode).send(body.length === 0 ? undefined : body);
  }

  /** The same for bodies of any length: streamed, never held. */
  async stream(reply: FastifyReply, path: string, call: Call = {}): Promise<void> {
    const answer = await this.#ask(path, call);
    copyHeaders(answer.headers, reply);
    reply.status(answer.statusCode).send(answer.body);
  }

  /** The service's answer as data; its problems are thrown as `ServiceError`. */
  async json<S extends z.ZodType>(schema: S, path: string, call: Call = {}): Promise<z.infer<S>> {
    // From the connection to the last byte; a forwarded body may take as long as the client does.
    const answer = await this.#ask(path, call, AbortSignal.timeout(call.timeoutMs ?? this.timeoutMs));
    const body = jsonOf(await this.#whole(answer));
    const parsed = (answer.statusCode < 400 ? schema : Problem).safeParse(body);
    if (!parsed.success) throw this.#unavailable(parsed.error);
    if (answer.statusCode < 400) return parsed.data as z.infer<S>;
    throw errorOf(parsed.data as Problem);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** The answer with its whole body: what comes is gathered as it comes, since a stream for each search would cost more than the search. */
  #held(path: string, call: Call): Promise<HeldAnswer> {
    return new Promise((resolve, reject) => {
      const held: Omit<HeldAnswer, 'body'> = { statusCode: 0, headers: {} };
      const chunks: Buffer[] = [];
      this.#pool.dispatch(this.#requestOf(path, call), {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode, headers) => {
          held.statusCode = statusCode;
          held.headers = headers;
        },
        onResponseData: (_controller, chunk) => {
          chunks.push(chunk);
        },
        onResponseEnd: () => resolve({ ...held, body: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) }),
        onResponseError: (_controller, error) => reject(this.#unavailable(error)),
      });
    });
  }

  #requestOf(path: string, { method = 'GET', body, headers, timeoutMs = this.timeoutMs }: Call): Dispatcher.DispatchOptions {
    return {
      path,
      method,
      headersTimeout: timeoutMs,
      headers: { authorization: this.#authorization, ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }

  async #ask(path: string, call: Call, signal?: AbortSignal): Promise<Dispatcher.ResponseData> {
    try {
      return await this.#pool.request({
        ...this.#requestOf(path, call),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  async #whole(answer: Dispatcher.ResponseData): Promise<ArrayBuffer> {
    try {
      return await answer.body.arrayBuffer();
    } catch (error) {
      throw this.#unavailable(error);
    }
  }

  #unavailable(cause: unknown): ServiceError {
    const late = cause instanceof errors.HeadersTimeoutError || cause instanceof errors.BodyTimeoutError || cause instanceof errors.ConnectTimeoutError || (cause instanceof Error && cause.name === 'TimeoutError');
    return late
      ? new ServiceError('timeout', `${this.name}_timeout`, `The ${this.name} service did not answer in time; try again.`, { retryable: true, retryAfterMs: 2_000, cause })
      : new ServiceError('unavailable', `${this.name}_unavailable`, `The ${this.name} service cannot be reached; try again.`, { retryable: true, retryAfterMs: 2_000, cause });
  }
}

/** Undefined for what is no JSON: a half body, a page of some proxy. */
function jsonOf(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function copyHeaders(headers: Dispatcher.ResponseData['headers'], reply: FastifyReply): void {
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
