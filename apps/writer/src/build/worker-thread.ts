import type { RunFailure, Finding } from '@lastgood/contracts';
import { parentPort, Worker } from 'node:worker_threads';
import { BuildError, failure, type BuildThread } from './build-types.js';

interface Question {
  id: number;
  ask: unknown;
}
interface Reply {
  id: number;
  answer?: unknown;
  error?: { failure: RunFailure; findings: Finding[] } | { message: string; stack: string | undefined };
}

const HEAP_MB = 256;
/** Records live shortly: a small young generation is collected more often, at the same cost. */
const YOUNG_MB = 24;

/** A worker thread that answers questions one after the other. A BuildError crosses as one; any other error kills the thread. */
export class WorkerThread implements BuildThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { resolve(answer: unknown): void; reject(error: unknown): void }>();
  #asked = 0;
  #broken: Error | null = null;

  constructor(entry: URL, data: unknown) {
    this.#worker = new Worker(entry, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB } });
    this.#worker.on('message', (reply: Reply) => this.#settle(reply));
    this.#worker.on('error', (error) => this.#break(error instanceof Error ? error : new Error('The worker thread broke.')));
    this.#worker.on('exit', () => this.#break(new Error('The worker thread ended.')));
  }

  ask<Answer>(ask: unknown): Promise<Answer> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    const id = this.#asked++;
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
      const question: Question = { id, ask };
      this.#worker.postMessage(question);
    });
  }

  /** Ends the thread, whatever it does. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle({ id, answer, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
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

/** Inside a worker thread: answers every question, in order, one at a time. */
export function answerQuestions(answer: (ask: unknown) => unknown): void {
  const port = parentPort;
  if (port === null) throw new Error('This module runs in a worker thread only.');
  let before: Promise<void> = Promise.resolve();
  port.on('message', ({ id, ask }: Question) => {
    before = before.then(async () => {
      const reply: Reply = { id };
      try {
        reply.answer = await answer(ask);
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
