import type { ServiceName } from '@lastgood/contracts';
import type { Channel, Options } from 'amqplib';

/** Messages that may wait in a queue; the broker refuses more, so that whoever publishes keeps the event and tries again. */
const MAX_WAITING = 100_000;
/** Deliveries that end without an answer, as when each kills its process, before the broker parks the message itself. */
const MAX_DELIVERIES = 20;
/** Looking at parked messages gives them back to the queue, which counts as a delivery. */
const NO_DELIVERY_LIMIT = 1_000_000_000;

/** A queue with everything the broker is told about it. */
export interface QueueDefinition {
  name: string;
  options: Options.AssertQueue;
}

/** The names and arguments of everything on the broker, as docs/BROKER.md shows them. Valid on RabbitMQ 3.10 and 4. */
export class Topology {
  /** `retryDelaysMs`: the wait after each failed try. */
  constructor(readonly namespace: string, readonly retryDelaysMs: readonly number[]) {}

  /** The exchange from which every replica of a service gets its copy; the routing key is the service. */
  get fanOut(): string {
    return `${this.namespace}.fan-out`;
  }

  /** An exclusive queue that exists while one process looks through parked messages. */
  get parkedLock(): string {
    return `${this.namespace}.parked.lock`;
  }

  workQueue(service: ServiceName): string {
    return `${this.namespace}.${service}`;
  }

  parkedQueue(service: ServiceName): string {
    return `${this.workQueue(service)}.parked`;
  }

  retryQueue(service: ServiceName, delayMs: number): string {
    return `${this.workQueue(service)}.retry.${delayMs}ms`;
  }

  parked(service: ServiceName): QueueDefinition {
    return durable(this.parkedQueue(service), { 'x-delivery-limit': NO_DELIVERY_LIMIT });
  }

  /** The durable queues of a service, in the order in which they must be declared: where a queue gives messages to comes first. */
  ofService(service: ServiceName): QueueDefinition[] {
    const work = durable(this.workQueue(service), { ...deadLetterTo(this.parkedQueue(service)), 'x-delivery-limit': MAX_DELIVERIES });
    const retries = [...new Set(this.retryDelaysMs)].map((delayMs) =>
      durable(this.retryQueue(service, delayMs), { ...deadLetterTo(work.name), 'x-message-ttl': delayMs, 'x-delivery-limit': MAX_DELIVERIES }));
    return [this.parked(service), work, ...retries];
  }
}

/** Declares what a service consumes and publishes to; what is there already and equal stays as it is. */
export async function declareService(channel: Channel, topology: Topology, service: ServiceName): Promise<void> {
  await channel.assertExchange(topology.fanOut, 'direct', { durable: true });
  for (const { name, options } of topology.ofService(service)) await channel.assertQueue(name, options);
}

/** The queues of one replica: they belong to its connection and go with it. */
export interface ReplicaQueues {
  own: string;
  /** The queue that gives a message back after this wait in ms. */
  retries: ReadonlyMap<number, string>;
}

/** Declares and binds the queues of one replica, under names of the broker. */
export async function declareReplica(channel: Channel, topology: Topology, service: ServiceName): Promise<ReplicaQueues> {
  await declareService(channel, topology, service);
  const { queue: own } = await channel.assertQueue('', replicaOnly(true, { 'x-max-length': MAX_WAITING, 'x-overflow': 'drop-head' }));
  const retries = new Map<number, string>();
  for (const delayMs of new Set(topology.retryDelaysMs)) {
    const { queue } = await channel.assertQueue('', replicaOnly(false, { 'x-message-ttl': delayMs, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': own }));
    retries.set(delayMs, queue);
  }
  await channel.bindQueue(own, topology.fanOut, service);
  return { own, retries };
}

function durable(name: string, more: Record<string, unknown>): QueueDefinition {
  return { name, options: { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-max-length': MAX_WAITING, 'x-overflow': 'reject-publish', ...more } } };
}

function deadLetterTo(queue: string): Record<string, unknown> {
  return { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue, 'x-dead-letter-strategy': 'at-least-once' };
}

/** All go with the connection; the consumed one goes with its consumer already. A slow replica loses its oldest copies instead of holding up whoever publishes. */
function replicaOnly(autoDelete: boolean, more: Record<string, unknown>): Options.AssertQueue {
  return { exclusive: true, durable: false, autoDelete, arguments: { 'x-queue-type': 'classic', ...more } };
}
