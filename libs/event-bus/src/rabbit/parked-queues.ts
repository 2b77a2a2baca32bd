import { EVENTS, ServiceError, ServiceName, type ParkedMessage } from '@lastgood/contracts';
import type { Channel, GetMessage } from 'amqplib';
import type { ParkedMessages } from '../event-bus.js';
import type { BrokerConnection, BrokerTools } from './broker-connection.js';
import { parkedIdOf, parkedMessage, propertiesAgain, typeOf } from './message.js';
import type { Outgoing, Publisher } from './publisher.js';
import { endOf } from './supervise.js';
import type { Topology } from './topology.js';

/** How many of a service's oldest parked messages a replay or drop looks through. */
const LOOKED_THROUGH = 10_000;
const LOCK_WITHIN_MS = 10_000;
const LOCK_AGAIN_MS = 25;

/**
 * The parked queue of each service. Looking takes messages out for a moment and gives them back in their order, so one process looks at a time, by
 * an exclusive queue as lock. Rejects with `unavailable` while the broker is away.
 */
export class ParkedQueues implements ParkedMessages {
  #turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly connection: BrokerConnection,
    private readonly publisher: Publisher,
    private readonly topology: Topology,
    private readonly tools: BrokerTools,
  ) {}

  async list(limit: number): Promise<ParkedMessage[]> {
    return this.#alone(async (channel) => {
      const found: ParkedMessage[] = [];
      for (const service of ServiceName.options) {
        await this.#look(channel, service, limit, async (message) => {
          found.push(parkedMessage(message, service));
          return 'keep';
        });
      }
      return found.sort((a, b) => Date.parse(a.parkedAt) - Date.parse(b.parkedAt)).slice(0, limit);
    });
  }

  async replay(id: string): Promise<boolean> {
    return this.#decide(id, (service, message) => this.publisher.send(this.#again(service, message)));
  }

  async drop(id: string): Promise<boolean> {
    return this.#decide(id, async () => undefined);
  }

  /** Does something with the message of this id, then takes it from the queue; false when there is none. */
  async #decide(id: string, action: (service: ServiceName, message: GetMessage) => Promise<void>): Promise<boolean> {
    const service = ServiceName.safeParse(id.split('.', 1)[0]).data;
    if (service === undefined) return false;
    return this.#alone((channel) =>
      this.#look(channel, service, LOOKED_THROUGH, async (message) => {
        if (parkedIdOf(message, service) !== id) return 'keep';
        await action(service, message);
        return 'take';
      }));
  }

  /** Takes out up to `limit` messages one after the other until one is taken for good, then gives back the others. */
  async #look(channel: Channel, service: ServiceName, limit: number, visit: (message: GetMessage) => Promise<'keep' | 'take'>): Promise<boolean> {
    const { name, options } = this.topology.parked(service);
    await channel.assertQueue(name, options);
    try {
      for (let count = 0; count < limit; count++) {
        const message = await channel.get(name);
        if (message === false) return false;
        if ((await visit(message)) === 'keep') continue;
        channel.ack(message);
        return true;
      }
      return false;
    } finally {
      channel.nackAll(true);
    }
  }

  #again(service: ServiceName, message: GetMessage): Outgoing {
    const type = typeOf(message);
    const toAll = type !== null && EVENTS[type].delivery === 'fan-out';
    return {
      exchange: toAll ? this.topology.fanOut : '', routingKey: toAll ? service : this.topology.workQueue(service), content: message.content,
      properties: propertiesAgain(message, {}), mandatory: !toAll, service, persistent: !toAll,
    };
  }

  #alone<Result>(action: (channel: Channel) => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(() => this.#locked(action));
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  async #locked<Result>(action: (channel: Channel) => Promise<Result>): Promise<Result> {
    const channel = await this.#lock();
    try {
      return await action(channel);
    } catch (error) {
      throw error instanceof ServiceError ? error : unavailable(error);
    } finally {
      // The answer to the last request tells that what was given back is there again.
      await channel.deleteQueue(this.topology.parkedLock).catch(() => undefined);
      await channel.close().catch(() => undefined);
    }
  }

  async #lock(): Promise<Channel> {
    const limitMs = this.tools.clock.now() + LOCK_WITHIN_MS;
    for (;;) {
      const { model } = this.connection;
      if (model === null) throw unavailable(undefined);
      try {
        const channel = await model.createChannel();
        void endOf(channel);
        await channel.assertQueue(this.topology.parkedLock, { exclusive: true, durable: false, autoDelete: true, arguments: { 'x-queue-type': 'classic' } });
        return channel;
      } catch (error) {
        if (!isLocked(error) || this.tools.clock.now() > limitMs) throw unavailable(error);
        await this.tools.clock.sleep(LOCK_AGAIN_MS);
      }
    }
  }
}

/** RESOURCE_LOCKED of AMQP 0-9-1: an exclusive queue of another connection. */
function isLocked(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 405;
}

function unavailable(cause: unknown): ServiceError {
  return new ServiceError('unavailable', 'broker_unavailable', 'The broker could not be asked for parked messages.', { retryable: true, retryAfterMs: 1000, cause });
}
