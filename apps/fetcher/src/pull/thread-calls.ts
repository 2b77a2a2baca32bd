import type { Transferable } from 'node:worker_threads';
import { SourceError } from '@lastgood/sources';

/** What of an error crosses a thread: a SourceError with all it tells, of anything else the message. */
type SentError = { kind: 'source'; code: string; message: string; retryable: boolean; httpStatus: number | null; retryAfterMs: number | null; offset: number | null } | { kind: 'other'; message: string };

type Message =
  | { type: 'call'; id: number; name: string; argument: unknown }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'error'; id: number; error: SentError };

/** A value whose buffers move to the other thread instead of being copied. */
export class Moved<T> {
  constructor(readonly value: T, readonly buffers: readonly ArrayBuffer[]) {}
}

/** The other thread, as a Worker and a MessagePort both offer it. */
interface OtherThread {
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
  on(event: 'message', listener: (message: Message) => void): unknown;
}

type Handler = (argument: never) => unknown;

/** Calls in both directions between two threads, over one port. Handlers are named by `handlers`; errors cross as SourceErrors where they are. */
export class ThreadCalls {
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  #lastId = 0;
  #ended: Error | null = null;

  constructor(private readonly port: OtherThread, private readonly handlers: Readonly<Record<string, Handler>>) {
    port.on('message', (message: Message) => this.#receive(message));
  }

  /** Calls a handler of the other thread. `Moved` arguments give their buffers away. */
  async call<T>(name: string, argument: unknown): Promise<T> {
    if (this.#ended) throw this.#ended;
    const id = (this.#lastId += 1);
    const answered = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#post({ type: 'call', id, name, argument }, argument);
    return (await answered) as T;
  }

  /** True while nothing waits for an answer and more may be asked. */
  get idle(): boolean {
    return this.#ended === null && this.#waiting.size === 0;
  }

  /** Rejects everything that still waits, and every later call. */
  end(reason: Error): void {
    this.#ended ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }

  #receive(message: Message): void {
    if (message.type === 'call') {
      void this.#handle(message.id, message.name, message.argument);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.type === 'answer') waiting?.resolve(message.value);
    else waiting?.reject(received(message.error));
  }

  async #handle(id: number, name: string, argument: unknown): Promise<void> {
    try {
      const handler = this.handlers[name];
      if (!handler) throw new Error(`this thread has no handler ${name}`);
      const value = await handler(argument as never);
      this.#post({ type: 'answer', id, value }, value);
    } catch (error) {
      this.#post({ type: 'error', id, error: sent(error) }, null);
    }
  }

  #post(message: Message, payload: unknown): void {
    if (this.#ended) return;
    if (!(payload instanceof Moved)) {
      this.port.postMessage(message);
      return;
    }
    const plain = message.type === 'call' ? { ...message, argument: payload.value as unknown } : { ...message, value: payload.value as unknown };
    this.port.postMessage(plain, payload.buffers);
  }
}

function sent(error: unknown): SentError {
  if (!(error instanceof SourceError)) return { kind: 'other', message: error instanceof Error ? error.message : 'a thread failed' };
  const { code, message, retryable, httpStatus, retryAfterMs, offset } = error;
  return { kind: 'source', code, message, retryable, httpStatus, retryAfterMs, offset };
}

function received(error: SentError): Error {
  if (error.kind === 'other') return new Error(error.message);
  const { code, message, retryable, httpStatus, retryAfterMs, offset } = error;
  return new SourceError(code, message, {
    retryable, ...(httpStatus === null ? {} : { httpStatus }), ...(retryAfterMs === null ? {} : { retryAfterMs }), ...(offset === null ? {} : { offset }),
  });
}
