import { Worker } from 'node:worker_threads';
import type { WalkResult } from '@lastgood/sources';
import type { UpstreamAnswer } from '../upstream/http-attempt.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import { Moved, ThreadCalls } from './thread-calls.js';
import type { AnswerToParse, AskForPage, PageToLand, StoredPage, WalkNews, WalkTask } from './walk-messages.js';

/** What a walk needs of the pull it belongs to. */
export interface WalkPorts {
  /** Fetches a page and hands every answer to `parse` until that takes it; the signal says that the page is no longer wanted. */
  page(ask: { offset: number; limit: number; signal: AbortSignal }, parse: (answer: UpstreamAnswer) => Promise<void>): Promise<void>;
  land(page: PageToLand): Promise<void>;
  restart(restarted: { round: number; code: string }): Promise<void>;
  /** The next page of an earlier epoch, in order of offset, or null. */
  adopt(): Promise<{ offset: number; bytes: Uint8Array<ArrayBuffer> } | null>;
  news(news: WalkNews): void;
}

/** A page lives until it is landed; with less room for the young, every page is copied several times. */
const youngMemoryMb = 64;

/** A thread that walks the collections of one pull, one after the other, and then perhaps those of another. */
export class WalkWorker {
  readonly #worker: Worker;
  readonly #calls: ThreadCalls;
  readonly #asks = new Map<number, { abandoned: AbortController; over: Promise<void> }>();
  #ports: WalkPorts | null = null;
  #signal: AbortSignal | null = null;
  #failed = false;

  constructor(private readonly nowMs: () => number, maxMemoryMb: number) {
    this.#worker = new Worker(new URL('./walk-thread.js', import.meta.url), { name: 'lastgood-walk', resourceLimits: { maxOldGenerationSizeMb: maxMemoryMb, maxYoungGenerationSizeMb: youngMemoryMb } });
    this.#calls = new ThreadCalls(this.#worker, {
      page: (ask: AskForPage) => this.#page(ask),
      abandon: (ask: number) => this.#asks.get(ask)?.abandoned.abort(notWanted()),
      land: (page: PageToLand) => this.#walk().land(page),
      restart: (restarted: { round: number; code: string }) => this.#walk().restart(restarted),
      adopt: () => this.#adopt(),
      news: (news: WalkNews) => this.#walk().news(news),
    });
    this.#worker.on('error', (error: Error) => this.#calls.end(threadFailure(error)));
    this.#worker.on('exit', () => this.#calls.end(new Error('the walk thread ended')));
  }

  /** The walks until `rest` belong to one pull: once its signal is aborted they reject with its reason, and the thread is of no more use. */
  begin(signal: AbortSignal): void {
    this.#worker.ref();
    this.#signal = signal;
    signal.addEventListener('abort', this.#stop, { once: true });
    if (signal.aborted) this.#stop();
  }

  /** The pull is over. Resolves to true when the thread has done all that it was asked for, and may begin another. */
  async rest(): Promise<boolean> {
    this.#signal?.removeEventListener('abort', this.#stop);
    const asks = [...this.#asks.values()];
    for (const { abandoned } of asks) abandoned.abort(notWanted());
    await Promise.all(asks.map(({ over }) => over));
    [this.#signal, this.#ports] = [null, null];
    this.#worker.unref();
    return this.isReady;
  }

  /** True while a pull may begin: nothing failed here, and the thread lives. */
  get isReady(): boolean {
    return !this.#failed && this.#calls.idle;
  }

  /** Walks one collection; rejects with a SourceError, or whatever a port threw. */
  async walk(task: WalkTask, ports: WalkPorts): Promise<{ result: WalkResult; offered: StoredPage[] }> {
    this.#signal?.throwIfAborted();
    let failure: unknown = null;
    const remember = <T>(outcome: Promise<T>): Promise<T> => outcome.catch((error: unknown) => {
      failure ??= error;
      throw error;
    });
    this.#ports = {
      page: (ask, parse) => ports.page(ask, parse),
      land: (page) => remember(ports.land(page)),
      restart: (restarted) => remember(ports.restart(restarted)),
      adopt: () => remember(ports.adopt()),
      news: (news) => ports.news(news),
    };
    try {
      return await this.#calls.call('walk', task);
    } catch (error) {
      this.#failed = true;
      this.#signal?.throwIfAborted();
      throw failure ?? error;
    }
  }

  /** Ends the thread, whatever it does. */
  async terminate(): Promise<void> {
    this.#calls.end(new Error('the walk thread was closed'));
    await this.#worker.terminate();
  }

  readonly #stop = (): void => this.#calls.end(this.#signal?.reason as Error);

  async #page({ ask, offset, limit }: AskForPage): Promise<void> {
    const abandoned = new AbortController();
    const fetched = this.#fetch(ask, { offset, limit, signal: abandoned.signal }).finally(() => this.#asks.delete(ask));
    this.#asks.set(ask, { abandoned, over: fetched.catch(() => undefined) });
    await fetched;
  }

  async #fetch(ask: number, page: { offset: number; limit: number; signal: AbortSignal }): Promise<void> {
    await this.#walk().page(page, async ({ status, headers, body }) => {
      try {
        await this.#calls.call('parse', new Moved({ ask, answer: { status, headers: { ...headers }, body }, nowMs: this.nowMs() } satisfies AnswerToParse, [body.buffer]));
      } catch (error) {
        throw UpstreamFailure.from(error);
      }
    });
  }

  async #adopt(): Promise<unknown> {
    const page = await this.#walk().adopt();
    return page === null ? null : new Moved(page, [page.bytes.buffer]);
  }

  #walk(): WalkPorts {
    if (!this.#ports) throw new Error('no walk is under way');
    return this.#ports;
  }
}

function notWanted(): UpstreamFailure {
  return new UpstreamFailure('page_not_wanted', 'The page is no longer wanted.', { retryable: false, blames: 'unclear' });
}

function threadFailure(error: Error): Error {
  if (!('code' in error) || error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new UpstreamFailure('pages_too_large', 'The pages under way do not fit into the memory of a pull; lower pageSize, concurrency or maxAnswerBytes.', { retryable: false });
}
