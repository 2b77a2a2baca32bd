interface Waiting {
  limit: number;
  enter: () => void;
}

/** Limits how many calls run at once, in order of arrival; every caller brings its own limit, so that sources of one host share it. */
export class Slots {
  #active = 0;
  #waiting: Waiting[] = [];

  get active(): number {
    return this.#active;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get idle(): boolean {
    return this.#active === 0 && this.#waiting.length === 0;
  }

  /** Resolves to the function that gives the slot back, once fewer than `limit` calls run; rejects with the signal's reason. */
  async take(limit: number, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        this.#admit();
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        limit,
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
      this.#admit();
    });
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#active -= 1;
      this.#admit();
    };
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#active < next.limit; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#active += 1;
      next.enter();
    }
  }
}
