import { randomUUID } from 'node:crypto';
import { parseEvent, ServiceError, UnreadableEvent, type ServiceName } from '@lastgood/contracts';
import type { ConsumeMessage } from 'amqplib';
import type { EventHandler } from '../event-bus.js';
import { reasonOf } from '../message-error.js';
import type { BrokerTools } from './broker-connection.js';
import { attemptsOf, HEADERS, propertiesAgain } from './message.js';
import type { Outgoing, Publisher } from './publisher.js';
import type { Answer } from './supervised-consumer.js';
import type { Topology } from './topology.js';

/** What one subscription does with the messages of one queue. */
export interface DeliveryOptions {
  service: ServiceName;
  handler: EventHandler;
  publisher: Publisher;
  topology: Topology;
  /** The queue that gives a message back to this queue after the wait; undefined while there is none. */
  retryQueue: (delayMs: number) => string | undefined;
  /** False: the retry queues are this connection's own, and nobody can declare them anew. */
  durable: boolean;
}

const TRY_TO_LEAVE_EVERY_MS = 1000;

/**
 * Hands messages to the handler. One that failed is first copied to where it waits or is parked, confirmed, and only then taken from its queue: a crash
 * in between makes a duplicate, never a loss.
 */
export class Delivery {
  #trouble: string | null = null;

  constructor(private readonly options: DeliveryOptions, private readonly tools: BrokerTools) {}

  trouble(): string | null {
    return this.#trouble;
  }

  /** Never rejects. */
  async handle(message: ConsumeMessage, alive: AbortSignal): Promise<Answer> {
    const attempts = attemptsOf(message) + 1;
    try {
      const event = parseEvent(message.content);
      await this.options.handler(event, { attempt: attempts });
      return 'ack';
    } catch (error) {
      return this.#leave(message, attempts, error, alive);
    }
  }

  async #leave(message: ConsumeMessage, attempts: number, error: unknown, alive: AbortSignal): Promise<Answer> {
    const { topology: { retryDelaysMs } } = this.options;
    const delayMs = error instanceof UnreadableEvent ? undefined : retryDelaysMs[attempts - 1];
    const parked = this.#toParked(message, attempts, reasonOf(error));
    const first = (delayMs === undefined ? undefined : this.#toRetry(message, attempts, delayMs)) ?? parked;
    // A full parked queue must not lose anything: the message goes on waiting instead. A missing queue of this replica: it is parked at once.
    const second = first === parked ? this.#toRetry(message, attempts - 1, retryDelaysMs.at(-1) ?? 0) ?? parked : parked;
    for (let next = first; !alive.aborted; next = next === first ? second : first) {
      try {
        await this.options.publisher.send(next, alive);
        if (next === parked) this.#trouble = null;
        return 'ack';
      } catch (refused) {
        const isFull = refused instanceof ServiceError && refused.code === 'event_queue_full';
        if (next === parked && isFull) this.#trouble = `${next.routingKey} is full: what should be parked there goes on being tried`;
        await this.tools.clock.sleep(TRY_TO_LEAVE_EVERY_MS, alive).catch(() => undefined);
      }
    }
    return 'give back';
  }

  #toRetry(message: ConsumeMessage, attempts: number, delayMs: number): Outgoing | undefined {
    const queue = this.options.retryQueue(delayMs);
    if (queue === undefined) return undefined;
    const properties = { ...propertiesAgain(message, { [HEADERS.attempts]: attempts }), expiration: Math.ceil(delayMs * (1 - this.tools.random() / 4)) };
    return this.#toQueue(queue, message, properties, this.options.durable);
  }

  #toParked(message: ConsumeMessage, attempts: number, reason: string): Outgoing {
    const parkedAt = new Date(this.tools.clock.now()).toISOString();
    const headers = { [HEADERS.attempts]: attempts, [HEADERS.parkedId]: randomUUID(), [HEADERS.parkedAt]: parkedAt, [HEADERS.reason]: reason };
    return this.#toQueue(this.options.topology.parkedQueue(this.options.service), message, propertiesAgain(message, headers), true);
  }

  #toQueue(queue: string, { content }: ConsumeMessage, properties: Outgoing['properties'], durable: boolean): Outgoing {
    return { exchange: '', routingKey: queue, content, properties, mandatory: true, service: durable ? this.options.service : null, persistent: durable };
  }
}
