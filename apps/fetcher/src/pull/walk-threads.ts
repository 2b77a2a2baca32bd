import { WalkWorker } from './walk-worker.js';

export interface WalkThreadsOptions {
  nowMs: () => number;
  /** Memory of one thread, MB; a net, not a measure. */
  maxMemoryMb: number;
  /** How long a thread without a pull is kept. */
  keepMs: number;
}

/** The walk threads of one fetcher. To start one costs more than the walk of a small district, so one that is done waits a little for the next pull. */
export class WalkThreads {
  readonly #idle = new Map<WalkWorker, NodeJS.Timeout>();
  #closed = false;

  constructor(private readonly options: WalkThreadsOptions) {}

  /** Threads that wait for a pull. */
  get idle(): number {
    return this.#idle.size;
  }

  /** Lets a thread work for one pull; the signal ends what is under way, with its reason. */
  async use<T>(signal: AbortSignal, work: (worker: WalkWorker) => Promise<T>): Promise<T> {
    const worker = this.#take();
    try {
      worker.begin(signal);
      return await work(worker);
    } finally {
      await this.#release(worker);
    }
  }

  /** Ends the threads that wait; those at work end with their pulls. */
  async close(): Promise<void> {
    this.#closed = true;
    const waiting = [...this.#idle];
    this.#idle.clear();
    for (const [, timer] of waiting) clearTimeout(timer);
    await Promise.all(waiting.map(([worker]) => worker.terminate()));
  }

  #take(): WalkWorker {
    for (const [worker, timer] of this.#idle) {
      this.#idle.delete(worker);
      clearTimeout(timer);
      // One may have died while it waited.
      if (worker.isReady) return worker;
      void worker.terminate();
    }
    return new WalkWorker(this.options.nowMs, this.options.maxMemoryMb);
  }

  /** A thread that failed or was stopped in the middle is of no more use. */
  async #release(worker: WalkWorker): Promise<void> {
    if (!(await worker.rest()) || this.#closed) return worker.terminate();
    const timer = setTimeout(() => {
      this.#idle.delete(worker);
      void worker.terminate();
    }, this.options.keepMs);
    this.#idle.set(worker, timer.unref());
  }
}
