import { ServiceError } from '@lastgood/contracts';
import { ObjectStoreError } from '@lastgood/object-store';
import type { Clock, Log } from '@lastgood/service-runtime';

const HOUR_MS = 3_600_000;
const FIRST_MS = 60_000;

/** What a gateway does every hour, a minute after its start first. Each chore is told when to stop. */
export class Chores {
  readonly #stop = new AbortController();
  #running: Promise<void> | null = null;

  constructor(private readonly chores: readonly ((stop: AbortSignal) => Promise<unknown>)[], private readonly clock: Clock, private readonly log: Log) {}

  start(): void {
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let waitMs = FIRST_MS; ; waitMs = HOUR_MS) {
      await this.clock.sleep(waitMs, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      for (const chore of this.chores) {
        if (this.#stop.signal.aborted) return;
        await chore(this.#stop.signal).catch((error: unknown) => this.#tell(error));
      }
    }
  }

  #tell(error: unknown): void {
    if (error instanceof ServiceError || error instanceof ObjectStoreError) this.log.warn('An hourly chore of the gateway waits for the next hour.', { reason: error.message });
    else this.log.error('An hourly chore of the gateway failed.', error);
  }
}
