import { Worker } from 'node:worker_threads';
import { ServiceError } from '@lastgood/contracts';
import { NoRolesError, UnreadableIndexError } from '@lastgood/index-file/reader';
import type { Log } from '@lastgood/service-runtime';
import { IndexInThread, type Reading } from './index-in-thread.js';
import { Pending } from './pending.js';
import type { FileToOpen, IndexQuestion, Outcome, ThreadAnswers, ThreadTask } from './thread-messages.js';

export interface ReadingThreadOptions {
  log: Log;
  /** Page cache of each open index. */
  cacheBytes: number;
  /** What the thread runs. */
  entry?: URL;
}

/** A task under way. */
interface Asked {
  task: Extract<ThreadTask, { id: number }>;
  /** Threads that ended under it. */
  endings: number;
  resolve: (reading: Reading) => void;
  reject: (error: unknown) => void;
}

const ENTRY = new URL('./reading.entry.js', import.meta.url);
const MOST_ENDINGS = 1;
/** So many messages are under way at once: one that is worked on, and one for when it is done. What comes meanwhile waits and goes together: waking a thread costs more than a question. */
const MOST_MESSAGES = 2;
const RETRY_AFTER_MS = 1000;
/** Questions that wait for their answer; more are refused: whoever asked the last would wait for all. */
const MOST_ASKED = 1_000;

/**
 * The one thread that reads index files, started when it is first needed. All questions of one turn of the event loop go in one message, and answers come back as bytes that can be
 * sent as they are. Should the thread end by itself, the next one opens the same files and is asked once more what was under way.
 */
export class ReadingThread {
  #worker: Worker | null = null;
  #waiting: ThreadTask[] = [];
  #isFlushing = false;
  #underWay = 0;
  readonly #asked = new Pending<Asked>(MOST_ASKED);
  readonly #files = new Map<number, FileToOpen>();
  #lastIndex = 0;
  #starts = 0;
  #stopped = false;

  constructor(private readonly options: ReadingThreadOptions) {}

  /** How often a thread was started: more than once only after one ended by itself. */
  get starts(): number {
    return this.#starts;
  }

  /** Opens a file that was checked when it looked like `mark`. Rejects with `UnreadableIndexError`, or as `ask`. */
  async open(path: string, mark: string): Promise<IndexInThread> {
    const index = ++this.#lastIndex;
    const file = { index, path, mark };
    await this.#ask((id) => ({ id, open: file }));
    this.#files.set(index, file);
    return new IndexInThread(this, index);
  }

  /** Asks an open file. Rejects with `too_many_questions`, retryable, while many wait for their answer. */
  ask(index: number, question: IndexQuestion): Promise<Reading> {
    if (!this.#files.has(index)) return Promise.reject(new Error('this index is closed'));
    return this.#ask((id) => ({ id, index, question }));
  }

  close(index: number): void {
    if (this.#files.delete(index)) this.#post({ close: index });
  }

  /** Ends the thread; what is under way fails. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const worker = this.#worker;
    await worker?.terminate();
    this.#failAll();
  }

  #ask(taskOf: (id: number) => Asked['task']): Promise<Reading> {
    if (this.#asked.isFull) return Promise.reject(tooManyQuestions());
    return new Promise((resolve, reject) => this.#post(this.#asked.add((id) => ({ task: taskOf(id), endings: 0, resolve, reject })).task));
  }

  #post(task: ThreadTask): void {
    if (this.#stopped) return this.#failAll();
    this.#waiting.push(task);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushing || this.#underWay === MOST_MESSAGES || this.#waiting.length === 0) return;
    this.#isFlushing = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    if (this.#stopped) return this.#failAll();
    const worker = (this.#worker ??= this.#startOrFail());
    if (!worker) return;
    this.#underWay += 1;
    worker.postMessage(this.#waiting);
    this.#waiting = [];
  }

  /** Null when the system gives no thread; then everything that was asked fails, and the next question tries again. */
  #startOrFail(): Worker | null {
    try {
      return this.#start();
    } catch (error) {
      this.options.log.error('the thread that reads indexes cannot be started', error);
      this.#failAll();
      return null;
    }
  }

  #start(): Worker {
    this.#starts += 1;
    const worker = new Worker(this.options.entry ?? ENTRY, { name: 'lastgood-reading', workerData: { cacheBytes: this.options.cacheBytes } });
    worker.on('message', ({ outcomes, bytes, last }: ThreadAnswers) => {
      if (last) this.#underWay -= 1;
      for (const outcome of outcomes) this.#settle(outcome, bytes);
      this.#flushSoon();
    });
    worker.on('error', (error) => this.options.log.error('the thread that reads indexes failed; it is started again', error));
    worker.once('exit', () => this.#ended());
    worker.unref();
    this.#underWay = 1;
    worker.postMessage([...this.#files.values()].map((reopen): ThreadTask => ({ reopen })));
    return worker;
  }

  #settle(outcome: Outcome, bytes: ArrayBuffer): void {
    const asked = this.#asked.take(outcome.id);
    if (asked === undefined) return;
    if ('failed' in outcome) return asked.reject(errorOf(outcome));
    const { figures, text, changed, seconds } = outcome;
    asked.resolve({ ...figures, text: text && Buffer.from(bytes, text[0], text[1] - text[0]), changed, seconds });
  }

  #ended(): void {
    this.#worker = null;
    this.#underWay = 0;
    if (this.#stopped) return;
    const unsent = new Set<ThreadTask>(this.#waiting);
    for (const asked of this.#asked.all) {
      if (unsent.has(asked.task)) continue;
      if (asked.endings < MOST_ENDINGS) {
        asked.endings += 1;
        this.#post(asked.task);
      } else this.#asked.take(asked.task.id)?.reject(readingInterrupted());
    }
    this.#flushSoon();
  }

  #failAll(): void {
    for (const { reject } of this.#asked.takeAll()) reject(readingInterrupted());
    this.#waiting = [];
  }
}

function errorOf({ failed, error }: Extract<Outcome, { failed: string }>): unknown {
  const message = error instanceof Error ? error.message : 'an index cannot be read';
  if (failed === 'no-roles') return new NoRolesError(message);
  return failed === 'damaged' ? new UnreadableIndexError(message, { cause: error }) : error;
}

/** The thread ended again under a question that was asked once more. */
function readingInterrupted(): ServiceError {
  return new ServiceError('unavailable', 'reading_interrupted', 'The part of the search service that reads indexes ended before it had answered; it starts again. Try again.', { retryable: true, retryAfterMs: RETRY_AFTER_MS });
}

/** More is asked than one thread answers in good time. */
function tooManyQuestions(): ServiceError {
  return new ServiceError('unavailable', 'too_many_questions', 'The search service has more questions than it can answer in good time. Try again.', { retryable: true, retryAfterMs: RETRY_AFTER_MS });
}
