import type { Clock } from '@lastgood/service-runtime';
import { rankReplicas } from './rank-replicas.js';
import type { LookUp } from './replica-addresses.js';
import { ReplicaAddresses } from './replica-addresses.js';
import { Replica } from './replica.js';

/** Replicas that share the reads of one district, in turn; the others are asked when these are away. */
export const REPLICAS_PER_DISTRICT = 2;
const LOOK_UP_EVERY_MS = 5_000;
const PROBE_EVERY_MS = 1_000;
const MAX_RANKINGS = 10_000;

export interface ReplicaSetPorts {
  clock: Clock;
  lookUp: LookUp;
  /** For connections, headers and bodies. */
  timeoutMs: number;
}

/** Replicas to ask one after the other; the first `preferred` of them are as good as each other. */
export interface Candidates {
  replicas: readonly Replica[];
  preferred: number;
}

/** The replicas of one service: found by address, ranked by district, left alone while they are away. */
export class ReplicaSet {
  readonly #addresses: ReplicaAddresses;
  readonly #closing = new AbortController();
  readonly #rankings = new Map<string, readonly Replica[]>();
  /** The first look-up. */
  readonly #found: Promise<void>;
  #lookedUp: boolean;
  #replicas = new Map<string, Replica>();
  #only: Candidates | null = null;
  #turn = 0;

  constructor(urls: readonly URL[], private readonly ports: ReplicaSetPorts) {
    this.#addresses = new ReplicaAddresses(urls, ports.lookUp);
    this.#take();
    this.#lookedUp = this.#addresses.fixed;
    this.#found = this.#lookedUp ? Promise.resolve() : this.#renew();
    if (!this.#lookedUp) void this.#follow();
  }

  /** Whom to ask for a district; for `null` every replica in turn. Those that are away come last. Waits for the first look-up only. */
  async candidates(district: string | null): Promise<Candidates> {
    if (!this.#lookedUp) await this.#found;
    if (this.#only) return this.#only;
    const ranked = this.#ranked(district ?? '');
    const here = ranked.filter(({ trouble }) => trouble === null);
    const shared = district === null ? here.length : Math.min(REPLICAS_PER_DISTRICT, here.length);
    const turn = shared === 0 ? 0 : (this.#turn += 1) % shared;
    const away = ranked.filter(({ trouble }) => trouble !== null);
    return { replicas: [...here.slice(turn, shared), ...here.slice(0, turn), ...here.slice(shared), ...away], preferred: shared };
  }

  /** A replica failed: it is left alone until it says that it is ready, as long as there is another one. */
  failed(replica: Replica, reason: string): void {
    if (this.#only || replica.trouble !== null || this.#closing.signal.aborted) return;
    replica.trouble = reason;
    void this.#probeUntilReady(replica);
  }

  /** What is wrong now with replicas and names, by asking each of them: who is away, and what troubles those that are ready. Both are empty when all is well. */
  async troubles(): Promise<{ all: number; away: string[]; inside: string[] }> {
    const asked = await Promise.all([...this.#replicas.values()].map(async (replica) => ({ origin: replica.origin, ...(await replica.ask()) })));
    return {
      all: asked.length,
      away: asked.flatMap(({ origin, away }) => (away === null ? [] : [`${origin} ${away}`])),
      inside: asked.flatMap(({ origin, troubles }) => troubles.map((trouble) => `${origin} ${trouble}`)),
    };
  }

  /** Why names cannot be looked up; null when they can. */
  get lookUpTrouble(): string | null {
    return this.#addresses.trouble;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#replicas.values()].map((replica) => replica.close()));
  }

  #ranked(district: string): readonly Replica[] {
    let ranked = this.#rankings.get(district);
    if (ranked === undefined) {
      if (this.#rankings.size >= MAX_RANKINGS) this.#rankings.clear();
      ranked = rankReplicas(district, [...this.#replicas.keys()]).flatMap((origin) => this.#replicas.get(origin) ?? []);
      this.#rankings.set(district, ranked);
    }
    return ranked;
  }

  /** Takes over the addresses that are known: new ones get connections, those that are gone lose theirs. */
  #take(): void {
    if (this.#closing.signal.aborted) return;
    const before = this.#replicas;
    const known = this.#addresses.known;
    if (known.length === before.size && known.every(({ origin }) => before.has(origin))) return;
    this.#replicas = new Map(known.map((address) => [address.origin, before.get(address.origin) ?? new Replica(address, this.ports.timeoutMs)]));
    for (const [origin, replica] of before) if (!this.#replicas.has(origin)) void replica.close();
    this.#rankings.clear();
    const [first, second] = this.#replicas.values();
    this.#only = first && !second ? { replicas: [first], preferred: 1 } : null;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    await this.#found;
    while (!signal.aborted) {
      await this.ports.clock.sleep(LOOK_UP_EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      await this.#renew();
    }
  }

  async #renew(): Promise<void> {
    await this.#addresses.renew();
    this.#take();
    this.#lookedUp = true;
  }

  async #probeUntilReady(replica: Replica): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && this.#replicas.get(replica.origin) === replica && replica.trouble !== null) {
      await this.ports.clock.sleep(PROBE_EVERY_MS, signal).catch(() => undefined);
      if (!signal.aborted) replica.trouble = await replica.probe();
    }
  }
}
