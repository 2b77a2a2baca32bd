import { ServiceError } from '@lastgood/contracts';
import { probeStore, type ObjectStore, type StoreProbe } from '@lastgood/object-store';
import type { Clock, Log } from '@lastgood/service-runtime';

const PROBE_EVERY_MS = 30_000;
const NOT_YET: StoreProbe = { ok: false, reason: 'it has not answered its first probe yet', retryable: true };

/** What it works on. */
export interface StoreFitnessParts {
  store: ObjectStore;
  clock: Clock;
  log: Log;
  newId(): string;
}

/**
 * Whether the store keeps the promises that the log stands on. Until a probe says so the writer writes nothing: a store that loses or overwrites
 * records would break what readers were promised. Reading goes on.
 */
export class StoreFitness {
  #answer = NOT_YET;
  #dueMs = 0;
  #probing: Promise<void> | null = null;

  constructor(private readonly parts: StoreFitnessParts) {}

  /** True once a probe succeeded. */
  get isFit(): boolean {
    return this.#answer.ok;
  }

  /** Null when the store may be written to, else the reason in words. */
  trouble(): string | null {
    return this.#answer.ok ? null : this.#answer.reason;
  }

  /** Throws `store_unfit` (503) with the reason until a probe succeeded. */
  require(): void {
    if (this.#answer.ok) return;
    const { reason, retryable } = this.#answer;
    const advice = retryable ? 'It is probed again every 30 s.' : 'Use a store that supports conditional writes, then restart the writer.';
    throw new ServiceError('unavailable', 'store_unfit', `Nothing is written, because the object store is not fit for it: ${reason}. ${advice}`.slice(0, 1000), { retryable, ...(retryable && { retryAfterMs: PROBE_EVERY_MS }) });
  }

  /** Probes when that is due: at first, then every 30 s while the store was only out of reach. Call it often; never rejects. */
  async look(): Promise<void> {
    if (this.#probing !== null) return this.#probing;
    const settled = this.#answer.ok || !this.#answer.retryable;
    if (settled || this.parts.clock.now() < this.#dueMs) return;
    this.#probing = this.#probe().finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }

  async #probe(): Promise<void> {
    const { store, clock, log, newId } = this.parts;
    this.#dueMs = clock.now() + PROBE_EVERY_MS;
    try {
      this.#answer = await probeStore(store, newId);
    } catch (error) {
      log.error('The probe of the object store broke.', error);
      this.#answer = { ok: false, reason: 'its probe broke for a reason that is in the log of the writer', retryable: true };
    }
    if (!this.#answer.ok) log.error('The object store is not fit to be written to.', undefined, { reason: this.#answer.reason, retryable: this.#answer.retryable });
  }
}
