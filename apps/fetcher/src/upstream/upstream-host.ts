import type { Clock } from '@lastgood/service-runtime';
import { type BreakerSettings, type BreakerState, HostBreaker } from './host-breaker.js';
import { Pace } from './pace.js';
import { Slots } from './slots.js';

/** What all calls to one host of one process share: the slots, the pace and the circuit. */
export class UpstreamHost {
  readonly slots = new Slots();
  readonly pace: Pace;
  readonly breaker: HostBreaker;

  constructor(readonly name: string, clock: Clock, settings?: BreakerSettings, onState?: (state: BreakerState) => void) {
    this.pace = new Pace(clock);
    this.breaker = new HostBreaker(settings, onState);
  }
}

/** The hosts in use, by `host:port`; idle ones with a closed circuit are forgotten once there are more than `max`. */
export class UpstreamHosts {
  readonly #hosts = new Map<string, UpstreamHost>();

  constructor(
    private readonly clock: Clock,
    private readonly options: { breaker?: BreakerSettings; max?: number; onState?: (host: string, state: BreakerState) => void; onForget?: (host: string) => void } = {},
  ) {}

  get(name: string): UpstreamHost {
    const known = this.#hosts.get(name);
    if (known) return known;
    this.#forgetIdle();
    const host = new UpstreamHost(name, this.clock, this.options.breaker, (state) => this.options.onState?.(name, state));
    this.#hosts.set(name, host);
    return host;
  }

  /** Stops the timers of every circuit. */
  close(): void {
    for (const host of this.#hosts.values()) host.breaker.close();
    this.#hosts.clear();
  }

  #forgetIdle(): void {
    const max = this.options.max ?? 256;
    for (const [name, host] of this.#hosts) {
      if (this.#hosts.size < max) return;
      if (!host.slots.idle || host.breaker.state !== 'closed') continue;
      host.breaker.close();
      this.#hosts.delete(name);
      this.options.onForget?.(name);
    }
  }
}
