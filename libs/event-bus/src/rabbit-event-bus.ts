import { EVENTS, ServiceError, type EventData, type EventType, type ServiceName } from '@lastgood/contracts';
import { encodeEvent } from './encode-event.js';
import { EventBus, type EventHandler, type SubscribeOptions, type Subscription } from './event-bus.js';
import { brokerAddress } from './rabbit/broker-address.js';
import { BrokerConnection, type BrokerTools } from './rabbit/broker-connection.js';
import type { BusReport } from './rabbit/bus-report.js';
import { Declarations } from './rabbit/declarations.js';
import { Delivery } from './rabbit/delivery.js';
import { ParkedQueues } from './rabbit/parked-queues.js';
import { Publisher, type Outgoing } from './rabbit/publisher.js';
import { SupervisedConsumer } from './rabbit/supervised-consumer.js';
import { declareReplica, declareService, Topology, type ReplicaQueues } from './rabbit/topology.js';
import { retryDelays } from './retry-delays.js';
import { SYSTEM_CHANCE, SYSTEM_TIME, type BusClock } from './system-clock.js';

export interface RabbitBusOptions {
  /** `amqp://user:password@host:port/vhost`, or `amqps://...`. */
  url: string;
  /** Who connects, as the broker lists its connections; for people. */
  name?: string;
  /** Begins the name of every queue and exchange. */
  namespace?: string;
  clock?: BusClock;
  random?: () => number;
  report?: BusReport;
  maxAttempts?: number;
  retryDelayMs?: number;
  maxRetryDelayMs?: number;
}

const START_PATIENCE_MS = 5_000;
const SILENT: BusReport = { info: () => undefined, warn: () => undefined };

/**
 * The bus on RabbitMQ 3.10 or newer; docs/BROKER.md shows its queues. It connects by itself and for ever: services start while the broker is away, and
 * `trouble` says so. Throws `invalid` when the address is none.
 */
export class RabbitEventBus extends EventBus {
  readonly #clock: BusClock;
  readonly #topology: Topology;
  readonly #publishing: BrokerConnection;
  readonly #consuming: BrokerConnection;
  readonly #publisher: Publisher;
  readonly #tools: BrokerTools;
  readonly #subscriptions = new Set<{ stop: () => Promise<void>; trouble: () => string | null }>();
  readonly parked: ParkedQueues;
  #closed = false;
  #report: BusReport;

  constructor(options: RabbitBusOptions) {
    super();
    const { url, name = 'services', namespace = 'lastgood', clock = SYSTEM_TIME, random = SYSTEM_CHANCE, report = SILENT } = options;
    const { maxAttempts = 5, retryDelayMs = 1000, maxRetryDelayMs = 60_000 } = options;
    this.#clock = clock;
    this.#report = report;
    this.#tools = { clock, random, report: { info: (message) => this.#report.info(message), warn: (message) => this.#report.warn(message) } };
    this.#topology = new Topology(namespace, retryDelays({ maxAttempts, retryDelayMs, maxRetryDelayMs }));
    const address = brokerAddress(url);
    this.#publishing = new BrokerConnection(address, `publish (${name})`, this.#tools);
    this.#consuming = new BrokerConnection(address, `consume (${name})`, this.#tools);
    this.#publisher = new Publisher(this.#publishing, new Declarations(this.#topology), this.#tools);
    this.parked = new ParkedQueues(this.#consuming, this.#publisher, this.#topology, this.#tools);
  }

  async publish<T extends EventType>(type: T, data: EventData<T>): Promise<void> {
    this.#refuseWhenClosed();
    const { id, bytes } = encodeEvent(type, data, this.#clock.now());
    const { consumedBy, delivery } = EVENTS[type];
    const work = delivery === 'work';
    const message = {
      content: bytes, properties: { messageId: id, type, contentType: 'application/json', timestamp: Math.floor(this.#clock.now() / 1000) },
      // Nobody may be there to hear a fan-out event; work must wait in its queue.
      mandatory: work, persistent: work, isConsumed: work, exchange: work ? '' : this.#topology.fanOut,
    } satisfies Partial<Outgoing>;
    await Promise.all(consumedBy.map((service) => this.#publisher.send({ ...message, routingKey: work ? this.#topology.workQueue(service) : service, service })));
  }

  async subscribe(service: ServiceName, handler: EventHandler, options: SubscribeOptions = {}): Promise<Subscription> {
    this.#refuseWhenClosed();
    const consumers = [this.#consumeWork(service, handler, options), this.#consumeFanOut(service, handler, options)];
    const subscription = {
      stop: async () => {
        await Promise.all(consumers.map(({ consumer }) => consumer.stop()));
        this.#subscriptions.delete(subscription);
      },
      trouble: () => consumers.map(({ consumer, delivery }) => consumer.trouble() ?? delivery.trouble()).find((trouble) => trouble !== null) ?? null,
    };
    this.#subscriptions.add(subscription);
    await Promise.all(consumers.map(({ consumer }) => consumer.settled(START_PATIENCE_MS)));
    return subscription;
  }

  /** Tells connections that are lost and come back to this log from now on, beginning with the trouble there is. */
  reportTo(report: BusReport): void {
    this.#report = report;
    const trouble = this.#publishing.wasTried ? this.trouble() : null;
    if (trouble !== null) report.warn(trouble);
  }

  trouble(): string | null {
    if (this.#closed) return 'the event bus is closed';
    const parts = [this.#publisher, this.#consuming, ...this.#subscriptions];
    return parts.map((part) => part.trouble()).find((trouble) => trouble !== null) ?? null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()));
    await this.#publisher.close();
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
  }

  #consumeWork(service: ServiceName, handler: EventHandler, { concurrency = 16 }: SubscribeOptions): Consumption {
    const topology = this.#topology;
    const delivery = new Delivery({ service, handler, publisher: this.#publisher, topology, durable: true, retryQueue: (delayMs) => topology.retryQueue(service, delayMs) }, this.#tools);
    const consumer = new SupervisedConsumer(this.#consuming, {
      name: `the work queue of ${service}`, concurrency,
      prepare: async (channel) => {
        await declareService(channel, topology, service);
        return topology.workQueue(service);
      },
      handle: (message, alive) => delivery.handle(message, alive),
    }, this.#tools);
    return { consumer, delivery };
  }

  #consumeFanOut(service: ServiceName, handler: EventHandler, { concurrency = 16, resumed }: SubscribeOptions): Consumption {
    const topology = this.#topology;
    let queues: ReplicaQueues | undefined;
    const delivery = new Delivery({ service, handler, publisher: this.#publisher, topology, durable: false, retryQueue: (delayMs) => queues?.retries.get(delayMs) }, this.#tools);
    const consumer = new SupervisedConsumer(this.#consuming, {
      name: `the fan-out to this replica of ${service}`, concurrency, resumed,
      prepare: async (channel) => {
        queues = await declareReplica(channel, topology, service);
        return queues.own;
      },
      handle: (message, alive) => delivery.handle(message, alive),
    }, this.#tools);
    return { consumer, delivery };
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new ServiceError('unavailable', 'event_bus_closed', 'The event bus is closed.', { retryable: true });
  }
}

interface Consumption {
  consumer: SupervisedConsumer;
  delivery: Delivery;
}
