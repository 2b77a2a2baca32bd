import type { Judge } from './judge.js';
import type { Random } from './random.js';

type Outcome = 'published' | 'held' | 'failed' | 'cancelled';

/** The writers' database: which runs were asked for, and what clients were told of them. */
export class RunBoard {
  readonly #open = new Map<string, string>();
  #requested = 0;

  constructor(private readonly judge: Judge) {}

  /** A new run; its date is fixed now. */
  request(random: Random): string {
    const run = random.id();
    this.#requested += 1;
    this.#open.set(run, `2026-01-${String(1 + (this.#requested % 28)).padStart(2, '0')}`);
    return run;
  }

  /** Runs that nobody was told the end of; anybody may take them over. */
  openRuns(): string[] {
    return [...this.#open.keys()];
  }

  dateOf(run: string): string {
    return this.#open.get(run) ?? '2026-01-31';
  }

  /** Tells a client how a run ended. */
  report(run: string, outcome: Outcome): void {
    this.#open.delete(run);
    this.judge.reported(run, outcome);
  }
}
