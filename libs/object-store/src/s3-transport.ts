import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { S3Answer, S3TimeLimit, s3Error } from './s3-errors.js';

/** Limits of one operation, in milliseconds. */
export interface S3TimeLimits {
  /** From asking for a connection of the system to having one, TLS included. */
  connectMs: number;
  /** Without a byte in either direction while we wait for the store. */
  idleMs: number;
  /** The whole operation; for a stream until its first byte. */
  totalMs: number;
}

interface Operation {
  /** What is done, for error texts: the key, never its bytes. */
  what: string;
  writes: boolean;
  /** Further headers of the request, not signed. */
  headers?: Record<string, string>;
}

const maxErrorBytes = 64 * 1024;
const freeSocketMs = 4_000;

/**
 * The HTTP side of the S3 client: own keep-alive connections, time limits and abort per operation, no redirects. An answer other than 2xx
 * is an `S3Answer` error here already, because the client forgets status and body of the answers it would retry.
 */
export class S3Transport {
  readonly agent: HttpAgent;
  readonly #request: typeof httpRequest;
  readonly #operation = new AsyncLocalStorage<Operation & { signal: AbortSignal }>();

  constructor(secure: boolean, private readonly limits: S3TimeLimits, maxSockets: number) {
    // A free socket leaves before the server closes it, else the next request would meet a reset.
    const options = { keepAlive: true, maxSockets, timeout: freeSocketMs };
    this.agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
    this.#request = secure ? httpsRequest : httpRequest;
  }

  /** Runs calls of the client as one operation under the time limits; every failure is an ObjectStoreError. */
  async run<T>(operation: Operation, calls: () => Promise<T>): Promise<T> {
    const abort = new AbortController();
    const finished = new AbortController();
    const limit = wait(this.limits.totalMs, undefined, { signal: finished.signal }).then(() => {
      const error = new S3TimeLimit('total', this.limits.totalMs);
      abort.abort(error);
      throw error;
    });
    try {
      return await Promise.race([this.#operation.run({ ...operation, signal: abort.signal }, calls), limit]);
    } catch (error) {
      throw s3Error(abort.signal.aborted ? abort.signal.reason : error, operation.what, operation.writes);
    } finally {
      limit.catch(() => undefined);
      finished.abort();
    }
  }

  /** `http.request` as the client calls it. */
  request(options: RequestOptions, onAnswer: (answer: IncomingMessage) => void): ClientRequest {
    const operation = this.#operation.getStore();
    const headers = { ...options.headers, ...operation?.headers } as Record<string, string>;
    const request = this.#request({ ...options, headers, agent: this.agent, signal: operation?.signal });
    let answered: IncomingMessage | undefined;
    request.on('response', (answer) => {
      answered = answer;
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) onAnswer(answer);
      else void readErrorCode(answer).then((code) => request.emit('error', new S3Answer(status, code)));
    });
    this.#limitConnecting(request);
    request.setTimeout(this.limits.idleMs, () => {
      // A reader that takes its time is not the store's silence; connecting has its own limit.
      if (answered?.isPaused() || request.socket?.connecting) return;
      const error = new S3TimeLimit('idle', this.limits.idleMs);
      if (answered) answered.destroy(error);
      else request.destroy(error);
    });
    return request;
  }

  close(): void {
    this.agent.destroy();
  }

  #limitConnecting(request: ClientRequest): void {
    request.on('socket', (socket) => {
      if (!socket.connecting) return;
      const connected = new AbortController();
      const connectMs = this.limits.connectMs;
      wait(connectMs, undefined, { signal: connected.signal }).then(
        () => request.destroy(new S3TimeLimit('connect', connectMs)),
        () => undefined,
      );
      const stop = () => connected.abort();
      socket.once(this.agent instanceof HttpsAgent ? 'secureConnect' : 'connect', stop);
      socket.once('close', stop);
    });
  }
}

/** The S3 code of an error answer: from the first 64 KiB of its XML, else from MinIO's header, which answers to HEAD carry. */
async function readErrorCode(answer: IncomingMessage): Promise<string> {
  const header = answer.headers['x-minio-error-code'];
  let text = '';
  try {
    for await (const chunk of answer) {
      text += String(chunk);
      if (text.length > maxErrorBytes) break;
    }
  } catch {
    // A body that breaks off: the status is known all the same.
  }
  const code = /<Code>([A-Za-z0-9_.:-]{1,100})<\/Code>/.exec(text)?.[1];
  return code ?? (typeof header === 'string' ? header : '');
}
