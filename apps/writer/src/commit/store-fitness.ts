import { ServiceError } from '@lastgood/contracts';
import { probeStore, type ObjectStore, type StoreProbe } from '@lastgood/object-store';
import type { Clock, Log } from '@lastgood/service-runtime';

/** The wait after a probe that failed; doubles with every further one. */
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 60_000;
/** A store that is fit may be exchanged behind its address. */
const PROBE_FIT_EVERY_MS = 10 * 60_000;
const NOT_YET: Refusal = { ok: false, reason: 'it has not answered its first probe yet', retryable: true };

type Refusal = Extract<StoreProbe, { ok: false }>;

/** What it works on. */
export interface StoreFitnessParts {
  store: ObjectStore;
  clock: Clock;
  log: Log;
  newId(): string;
}

/**
 * Whether the store keeps the promises that the log stands on. Until a probe says so the writer writes nothing: a store that loses or overwrites
 * records would break what readers were promised. Reading goes on. What does not answer is probed again and again, whatever it was; no restart is needed.
 */
export class StoreFitness {
  /** Null while the store may be written to. */
  #refusal: Refusal | null = NOT_YET;
  /** What the newest probe found wrong, also when it takes nothing away: a fit store out of reach. */
  #trouble: Refusal | null = NOT_YET;
  #failures = 0;
  #probedMs = Number.NEGATIVE_INFINITY;
  #dueMs = 0;
  #probing: Promise<void> | null = null;

  constructor(private readonly parts: StoreFitnessParts) {}

  /** True while the newest probe that got an answer succeeded. */
  get isFit(): boolean {
    return this.#refusal === null;
  }

  /** Null while the store answers as it should, else the reason in words. */
  trouble(): string | null {
    return this.#trouble?.reason ?? null;
  }

  /** Throws `store_unfit` (503) with the reason while the store may not be written to. */
  require(): void {
    if (this.#refusal === null) return;
    const { reason, denied = false, retryable } = this.#refusal;
    const retryAfterMs = Math.max(1000, this.#dueMs - this.parts.clock.now());
    throw new ServiceError('unavailable', 'store_unfit', `Nothing is written, because the object store is not fit for it: ${reason}. ${adviceFor({ denied, retryable })}`.slice(0, 1000), { retryable, retryAfterMs });
  }

  /** Something that the store did or did not do makes it worth a probe, at the earliest 5 s after the last one. */
  doubt(): void {
    if (this.#trouble === null) this.#dueMs = Math.min(this.#dueMs, this.#probedMs + FIRST_WAIT_MS);
  }

  /** Probes when that is due: at first, every 10 min while all is well, after 5 s and then ever longer waits up to 1 min while something is wrong. Call it often; never rejects. */
  async look(): Promise<void> {
    if (this.#probing !== null) return this.#probing;
    if (this.parts.clock.now() < this.#dueMs) return;
    this.#probing = this.#probe().finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }

  async #probe(): Promise<void> {
    const { store, clock, log, newId } = this.parts;
    const before = this.#trouble;
    let answer: StoreProbe;
    try {
      answer = await probeStore(store, newId);
    } catch (error) {
      log.error('The probe of the object store broke.', error);
      answer = { ok: false, reason: 'its probe broke for a reason that is in the log of the writer', retryable: true };
    }
    this.#trouble = answer.ok ? null : answer;
    // Out of reach says nothing against a store that was fit: runs wait for it, they are not refused.
    if (answer.ok || !answer.retryable || this.#refusal !== null) this.#refusal = this.#trouble;
    this.#failures = answer.ok ? 0 : this.#failures + 1;
    this.#probedMs = clock.now();
    this.#dueMs = this.#probedMs + (answer.ok ? PROBE_FIT_EVERY_MS : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.#failures - 1)));
    this.#tell(before);
  }

  /** Once per change, not per probe. */
  #tell(before: Refusal | null): void {
    const now = this.#trouble;
    if (now === null && before !== null && before !== NOT_YET) this.parts.log.info('The object store answers as it should again.');
    if (now === null || (before !== NOT_YET && before?.reason === now.reason)) return;
    this.parts.log.error(this.isFit ? 'The object store is out of reach.' : 'The object store is not fit to be written to.', undefined, { reason: now.reason, retryable: now.retryable });
  }
}

function adviceFor({ denied, retryable }: { denied: boolean; retryable: boolean }): string {
  const again = 'It is probed again at least once a minute; no restart is needed when it is mended there.';
  if (denied) return `Give the configured access key its rights (read, write, list, delete), or configure another one and restart. ${again}`;
  return retryable ? again : `Use a store that supports conditional writes. ${again}`;
}
