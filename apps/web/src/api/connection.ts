import { useSyncExternalStore } from 'react';

const TRY_AGAIN_MS = 2000;

/** Whether the gateway can be reached, as the last call saw it; while it cannot, it is asked every 2 s. */
export class Connection {
  #lost = false;
  readonly #listeners = new Set<() => void>();
  readonly #healed = new Set<() => void>();

  get lost(): boolean {
    return this.#lost;
  }

  /** Calls back on every change; gives what ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  onHealed(listener: () => void): void {
    this.#healed.add(listener);
  }

  sawAnswer(): void {
    if (!this.#lost) return;
    this.#lost = false;
    for (const listener of [...this.#listeners, ...this.#healed]) listener();
  }

  sawNothing(): void {
    if (this.#lost) return;
    this.#lost = true;
    for (const listener of this.#listeners) listener();
    this.#tryAgain();
  }

  #tryAgain(): void {
    setTimeout(() => {
      if (!this.#lost) return;
      fetch('/livez', { cache: 'no-store' }).then(() => this.sawAnswer(), () => this.#tryAgain());
    }, TRY_AGAIN_MS);
  }
}

export const connection = new Connection();

export function useConnectionLost(): boolean {
  return useSyncExternalStore(connection.subscribe, () => connection.lost);
}
