import { EVENTS, ServiceError, type EventData, type EventType, type ServiceName } from '@lastgood/contracts';
import { encodeEvent } from './encode-event.js';
import { EventBus, type EventHandler, type SubscribeOptions, type Subscription } from './event-bus.js';
import { MessageQueue, type Message, type RetryPolicy } from './message-queue.js';
import { ParkingLot } from './parking-lot.js';
import { SYSTEM_CHANCE, SYSTEM_TIME, type BusClock } from './system-clock.js';

export interface InProcessBusOptions {
  clock?: BusClock;
  /** A number from 0 up to 1, for the jitter of waits. */
  random?: () => number;
  /** Tries of one message before it is parked, the first included. */
  maxAttempts?: number;
  /** Wait before the second try; doubles from try to try, less up to a quarter of jitter, up to `maxRetryDelayMs`. */
  retryDelayMs?: number;
  maxRetryDelayMs?: number;
  /** Messages that may wait in one queue; a publish beyond it is refused as `unavailable`. */
  queueLimit?: number;
  /** Parked messages that are kept; beyond it the oldest goes. */
  parkedLimit?: number;
}


/**
 * The bus of a process that holds every service: messages travel as the same JSON bytes as over a broker and are read with the
 * same checks, but live in memory only. What was not handled when the process ends is lost; the runs' own records bring it back.
 */
export class InProcessEventBus extends EventBus {
  readonly #clock: BusClock;
  readonly #retries: RetryPolicy;
  readonly #queueLimit: number;
  readonly #work = new Map<ServiceName, MessageQueue>();
  readonly #replicas = new Map<ServiceName, Set<MessageQueue>>();
  readonly #closing = new AbortController();
  readonly parked: ParkingLot;

  constructor(options: InProcessBusOptions = {}) {
    super();
    this.#clock = options.clock ?? SYSTEM_TIME;
    this.#queueLimit = options.queueLimit ?? 10_000;
    this.#retries = {
      maxAttempts: options.maxAttempts ?? 5,
      retryDelayMs: options.retryDelayMs ?? 1000,
      maxRetryDelayMs: options.maxRetryDelayMs ?? 60_000,
      random: options.random ?? SYSTEM_CHANCE,
    };
    this.parked = new ParkingLot(this.#clock, options.parkedLimit ?? 10_000, (message) => this.#replay(message));
  }

  async publish<T extends EventType>(type: T, data: EventData<T>): Promise<void> {
    this.#refuseWhenClosed();
    const { bytes } = encodeEvent(type, data, this.#clock.now());
    const queues = EVENTS[type].consumedBy.flatMap((service) => this.#queuesFor(type, service));
    if (queues.some((queue) => queue.isFull)) throw new ServiceError('unavailable', 'event_queue_full', `A queue of ${type} is full.`, { retryable: true, retryAfterMs: 1000 });
    for (const queue of queues) queue.add({ bytes, attempts: 0, type });
  }

  async subscribe(service: ServiceName, handler: EventHandler, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#refuseWhenClosed();
    const concurrency = options.concurrency ?? 16;
    const own = this.#queue(service);
    const replicas = this.#replicas.get(service) ?? new Set();
    this.#replicas.set(service, replicas.add(own));
    const consumers = [own, this.#workQueue(service)].map((queue) => queue.consume(handler, concurrency));
    return {
      stop: async () => {
        replicas.delete(own);
        await Promise.all(consumers.map((consumer) => consumer.stop()));
      },
    };
  }

  /** Puts bytes into a service's work queue as a broken or foreign sender would; for suites and tests. */
  async deliverRaw(bytes: Uint8Array, service: ServiceName): Promise<void> {
    this.#refuseWhenClosed();
    this.#workQueue(service).add({ bytes, attempts: 0, type: null });
  }

  trouble(): string | null {
    if (this.#closing.signal.aborted) return 'the event bus is closed';
    const full = [...this.#work].find(([, queue]) => queue.isFull);
    return full ? `the queue of ${full[0]} is full` : this.parked.trouble();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const queues = [...this.#work.values(), ...[...this.#replicas.values()].flatMap((set) => [...set])];
    await Promise.all(queues.map((queue) => queue.stop()));
  }

  #queuesFor(type: EventType, service: ServiceName): MessageQueue[] {
    return EVENTS[type].delivery === 'work' ? [this.#workQueue(service)] : [...(this.#replicas.get(service) ?? [])];
  }

  #workQueue(service: ServiceName): MessageQueue {
    const queue = this.#work.get(service) ?? this.#queue(service);
    this.#work.set(service, queue);
    return queue;
  }

  #queue(service: ServiceName): MessageQueue {
    return new MessageQueue({
      limit: this.#queueLimit,
      retries: this.#retries,
      sleep: (ms) => this.#clock.sleep(ms, this.#closing.signal),
      park: (message, reason) => this.parked.park(service, message, reason),
    });
  }

  #replay(message: Message & { service: ServiceName }): void {
    this.#refuseWhenClosed();
    const again = { bytes: message.bytes, type: message.type, attempts: 0 };
    const queues = message.type === null ? [this.#workQueue(message.service)] : this.#queuesFor(message.type, message.service);
    for (const queue of queues) queue.add(again);
  }

  #refuseWhenClosed(): void {
    if (this.#closing.signal.aborted) throw new ServiceError('unavailable', 'event_bus_closed', 'The event bus is closed.', { retryable: true });
  }
}
