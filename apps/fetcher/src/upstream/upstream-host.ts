import type { Clock } from '@lastgood/service-runtime';
import { type BreakerSettings, type BreakerState, HostBreaker } from './host-breaker.js';
import { LocalPace, type Pace } from './pace.js';
import { Slots } from './slots.js';

/** What all calls to one host share: the slots and the circuit of this process, and the pace. */
export class UpstreamHost {
  readonly slots = new Slots();
  readonly breaker: HostBreaker;

  constructor(readonly name: string, readonly pace: Pace, settings?: BreakerSettings, onState?: (state: BreakerState) => void) {
    this.breaker = new HostBreaker(settings, onState);
  }
}

/** The hosts in use, by `host:port`; idle ones with a closed circuit are forgotten once there are more than `max`. */
export class UpstreamHosts {
  readonly #hosts = new Map<string, UpstreamHost>();

  constructor(
    private readonly clock: Clock,
    private readonly options: { breaker?: BreakerSettings; max?: number; paceOf?: (host: string) => Pace; onState?: (host: string, state: BreakerState) => void; onForget?: (host: string) => void } = {},
  ) {}

  get(name: string): UpstreamHost {
    const known = this.#hosts.get(name);
    if (known) return known;
    this.#forgetIdle();
    const host = new UpstreamHost(name, this.options.paceOf?.(name) ?? new LocalPace(this.clock), this.options.breaker, (state) => this.options.onState?.(name, state));
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
