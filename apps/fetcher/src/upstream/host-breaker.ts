import CircuitBreaker from 'opossum';
import { UpstreamFailure } from './upstream-failure.js';

export interface BreakerSettings {
  /** Calls within 10 s before the failures among them can open the circuit. */
  volumeThreshold: number;
  errorThresholdPercentage: number;
  /** How long an open circuit waits before it lets one call try, milliseconds. */
  resetMs: number;
}

export const defaultBreaker: BreakerSettings = { volumeThreshold: 10, errorThresholdPercentage: 50, resetMs: 15_000 };

export type BreakerState = 'closed' | 'half-open' | 'open';

/** Longer than the longest time limit a call can have: a net below the calls' own limits, without which a lost call would leave the circuit half-open for ever. */
const netMs = 660_000;

/**
 * The circuit of one host, around single attempts; retries belong outside. Calls that say nothing against the host
 * (4xx, cancelled) do not open it, yet in half-open only a real answer closes it.
 */
export class HostBreaker {
  readonly #circuit: CircuitBreaker<[() => Promise<unknown>], unknown>;

  constructor(readonly settings: BreakerSettings = defaultBreaker, onState: (state: BreakerState) => void = () => undefined) {
    this.#circuit = new CircuitBreaker((attempt) => attempt(), {
      timeout: netMs,
      resetTimeout: settings.resetMs,
      volumeThreshold: settings.volumeThreshold,
      errorThresholdPercentage: settings.errorThresholdPercentage,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      errorFilter: (error: unknown) => this.#forgives(error),
    });
    this.#circuit.on('open', () => onState('open'));
    this.#circuit.on('halfOpen', () => onState('half-open'));
    this.#circuit.on('close', () => onState('closed'));
  }

  get state(): BreakerState {
    if (this.#circuit.opened) return 'open';
    return this.#circuit.halfOpen ? 'half-open' : 'closed';
  }

  /** Runs one attempt; an open circuit rejects at once with `upstream_circuit_open`. */
  async run<T>(attempt: () => Promise<T>): Promise<T> {
    try {
      return (await this.#circuit.fire(attempt)) as T;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EOPENBREAKER')) throw error;
      throw this.#refusal(error);
    }
  }

  /** Runs one attempt that the circuit learns nothing of, also beside the one trial of a half-open one; an open circuit rejects as for `run`. */
  async runUncounted<T>(attempt: () => Promise<T>): Promise<T> {
    if (this.state === 'open') throw this.#refusal();
    return attempt();
  }

  /** Resolves at the next change of state; rejects with the signal's reason. At once when the circuit is closed. */
  async change(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.state === 'closed') return;
    await new Promise<void>((resolve, reject) => {
      const settle = () => {
        for (const event of ['halfOpen', 'close', 'open'] as const) this.#circuit.removeListener(event, settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      this.#circuit.once('halfOpen', settle).once('close', settle).once('open', settle);
      signal.addEventListener('abort', settle, { once: true });
    });
  }

  /** Stops its timers. */
  close(): void {
    this.#circuit.shutdown();
  }

  #refusal(cause?: unknown): UpstreamFailure {
    return new UpstreamFailure('upstream_circuit_open', `Too many calls to the upstream's host failed lately; it is asked again ${Math.ceil(this.settings.resetMs / 1000)} s after the last failure.`, { retryable: true, retryAfterMs: this.settings.resetMs, blames: 'unclear', cause });
  }

  #forgives(error: unknown): boolean {
    if (!(error instanceof UpstreamFailure)) return false;
    return error.blames === 'none' || (error.blames === 'unclear' && !this.#circuit.halfOpen);
  }
}
