import type { RunFailure, Finding } from '@lastgood/contracts';
import { parentPort, Worker } from 'node:worker_threads';
import { BuildError, failure, type BuildThread } from './build-types.js';

/** What the other thread is told: a role begins, a question of it, the role is over. */
type Message = { do: 'begin'; role: unknown } | { do: 'ask'; id: number; ask: unknown } | { do: 'end'; id: number };
interface Reply {
  id: number;
  answer?: unknown;
  error?: { failure: RunFailure; findings: Finding[] } | { message: string; stack: string | undefined };
}

/** Answers the questions of one role, one at a time. */
export interface RoleHandler {
  answer(ask: unknown): unknown;
  /** Releases what is open. */
  close(): void;
}

const HEAP_MB = 256;
/** Records live shortly: a small young generation is collected more often, at the same cost. */
const YOUNG_MB = 24;

/** A worker thread that does one role after the other and answers its questions in their order. A BuildError crosses as one. */
class WorkerThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(answer: unknown): void; reject(error: unknown): void }>();
  #asked = 0;
  #failed = false;
  #broken: Error | null = null;

  constructor(entry: URL) {
    this.#worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB } });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#break(error instanceof Error ? error : new Error('The worker thread broke.')));
    this.#worker.on('exit', () => this.#break(new Error('The worker thread ended.')));
  }

  /** True when the thread has answered everything it was ever asked: only such a one is given another role. */
  get clean(): boolean {
    return this.#broken === null && !this.#failed && this.#waiting.size === 0;
  }

  begin(role: unknown): void {
    this.#worker.postMessage({ do: 'begin', role } satisfies Message);
  }

  ask<Answer>(ask: unknown): Promise<Answer> {
    return this.#send((id) => ({ do: 'ask', id, ask }));
  }

  end(): Promise<void> {
    return this.#send((id) => ({ do: 'end', id }));
  }

  /** Ends the thread, whatever it does. */
  async terminate(): Promise<void> {
    this.#break(new Error('The worker thread was ended.'));
    await this.#worker.terminate();
  }

  #send<Answer>(message: (id: number) => Message): Promise<Answer> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    const id = this.#asked++;
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
      this.#worker.postMessage(message(id));
    });
  }

  #settle({ id, answer, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#failed ||= error !== undefined;
    if (error === undefined) waiting?.resolve(answer);
    else if ('failure' in error) waiting?.reject(new BuildError(error.failure, error.findings));
    else waiting?.reject(Object.assign(new Error(error.message), { stack: error.stack }));
  }

  #break(error: Error): void {
    this.#broken ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#broken);
    this.#waiting.clear();
  }
}

/** The worker threads of one writer. To start one costs more than the build of a small district, so a thread that is done waits a little for the next role. */
export class WorkerThreads {
  readonly #idle = new Map<WorkerThread, NodeJS.Timeout>();
  #closed = false;

  /** `keepMs`: how long a thread without a role is kept. */
  constructor(private readonly entry: URL, private readonly keepMs: number) {}

  /** Threads that wait for a role. */
  get idle(): number {
    return this.#idle.size;
  }

  /** Somebody who does this role until `terminate`. */
  open(role: unknown): BuildThread {
    const [waiting] = this.#idle;
    if (waiting) {
      this.#idle.delete(waiting[0]);
      clearTimeout(waiting[1]);
    }
    const thread = waiting?.[0] ?? new WorkerThread(this.entry);
    thread.begin(role);
    let over: Promise<void> | null = null;
    return {
      // The thread may have another role by then.
      ask: (question) => (over === null ? thread.ask(question) : Promise.reject(new Error('This role is over.'))),
      terminate: () => (over ??= this.#release(thread)),
    };
  }

  /** Ends the threads that wait; those that still have a role end with it. */
  async close(): Promise<void> {
    this.#closed = true;
    const waiting = [...this.#idle];
    this.#idle.clear();
    for (const [, timer] of waiting) clearTimeout(timer);
    await Promise.all(waiting.map(([thread]) => thread.terminate()));
  }

  /** A thread that is in the middle of something, or has failed, is of no more use. */
  async #release(thread: WorkerThread): Promise<void> {
    const reusable = thread.clean && await thread.end().then(() => thread.clean, () => false);
    if (!reusable || this.#closed) return thread.terminate();
    const timer = setTimeout(() => {
      this.#idle.delete(thread);
      void thread.terminate();
    }, this.keepMs);
    this.#idle.set(thread, timer.unref());
  }
}

/** Inside a worker thread: does one role after the other, and answers every question of it in order, one at a time. */
export function doRoles(open: (role: unknown) => RoleHandler): void {
  const port = parentPort;
  if (port === null) throw new Error('This module runs in a worker thread only.');
  let handler: RoleHandler | null = null;
  let refusal: unknown = null;
  const begin = (role: unknown): void => {
    refusal = null;
    try {
      handler = open(role);
    } catch (error) {
      refusal = error;
    }
  };
  const end = (): void => {
    handler?.close();
    handler = null;
  };
  const answer = (ask: unknown): unknown => {
    if (handler === null) throw refusal ?? new Error('The thread has no role.');
    return handler.answer(ask);
  };
  let before: Promise<void> = Promise.resolve();
  port.on('message', (message: Message) => {
    before = before.then(async () => {
      if (message.do === 'begin') return begin(message.role);
      const reply: Reply = { id: message.id };
      try {
        reply.answer = await (message.do === 'end' ? end() : answer(message.ask));
      } catch (error) {
        reply.error = errorOf(error);
      }
      port.postMessage(reply);
    });
  });
}

function errorOf(error: unknown): NonNullable<Reply['error']> {
  if (error instanceof BuildError) return { failure: error.failure, findings: [...error.findings] };
  if (isDiskFull(error)) return { failure: diskFull(), findings: [] };
  return error instanceof Error ? { message: error.message, stack: error.stack } : { message: 'unknown error', stack: undefined };
}

const SQLITE_FULL = 13;

/** True when the local disk has no room left, whether the file system or SQLite says so. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')) return true;
  return 'errcode' in error && error.errcode === SQLITE_FULL;
}

/** The failure of a run for which the local disk had no room. */
export function diskFull(): RunFailure {
  return failure('disk_full', 'The local disk has no room for the build. Free some: a build needs about twice the uncompressed size of the roster.', { retryable: true });
}
