/** Lets many wait for "something changed, look again"; no change is kept for later. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Wakes everyone who waits. */
  tell(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  /** Wakes whoever waits longest. */
  tellOne(): void {
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    first();
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves at the next change; rejects with the signal's reason when it is aborted. */
  async next(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let stop = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.add(resolve);
        stop = () => {
          this.#waiting.delete(resolve);
          signal?.removeEventListener('abort', onAbort);
        };
        const onAbort = (): void => reject(signal?.reason);
        signal?.addEventListener('abort', onAbort);
      });
    } finally {
      stop();
    }
  }
}
