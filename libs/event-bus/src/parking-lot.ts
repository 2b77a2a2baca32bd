import { randomUUID } from 'node:crypto';
import type { ParkedMessage, ServiceName } from '@lastgood/contracts';
import type { ParkedMessages } from './event-bus.js';
import type { Message } from './message-queue.js';

type Parked = Message & { service: ServiceName; reason: string; parkedAt: string };

/** Parked messages in memory, at most `limit`; when it overflows the oldest goes and `trouble` says so. */
export class ParkingLot implements ParkedMessages {
  readonly #messages = new Map<string, Parked>();
  #lost = 0;

  constructor(
    private readonly clock: { now(): number },
    private readonly limit: number,
    private readonly giveBack: (message: Message & { service: ServiceName }) => void,
  ) {}

  park(service: ServiceName, message: Message, reason: string): void {
    this.#messages.set(randomUUID(), { ...message, service, reason, parkedAt: new Date(this.clock.now()).toISOString() });
    const [oldest] = this.#messages.keys();
    if (this.#messages.size <= this.limit || oldest === undefined) return;
    this.#messages.delete(oldest);
    this.#lost += 1;
  }

  /** Null, or in words that messages were lost here. */
  trouble(): string | null {
    return this.#lost === 0 ? null : `${this.#lost} parked messages were dropped because more than ${this.limit} were parked`;
  }

  async list(limit: number): Promise<ParkedMessage[]> {
    return [...this.#messages].slice(0, limit).map(([id, { service, type, attempts, reason, parkedAt, bytes }]) => ({
      id, service, type, attempts, reason, parkedAt, sizeBytes: bytes.length,
    }));
  }

  async replay(id: string): Promise<boolean> {
    const message = this.#messages.get(id);
    if (!message) return false;
    this.giveBack(message);
    return this.#messages.delete(id);
  }

  async drop(id: string): Promise<boolean> {
    return this.#messages.delete(id);
  }
}
