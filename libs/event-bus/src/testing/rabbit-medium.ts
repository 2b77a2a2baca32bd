import { randomBytes } from 'node:crypto';
import { ServiceName } from '@lastgood/contracts';
import { connect, type Channel } from 'amqplib';
import type { BusMedium } from '../event-bus-suite.js';
import { RabbitEventBus, type RabbitBusOptions } from '../rabbit-event-bus.js';
import { Topology } from '../rabbit/topology.js';
import { retryDelays } from '../retry-delays.js';

/** A part of a real broker under names of its own, and a connection beside the bus's to look at it and break it. */
export interface RabbitMedium extends BusMedium {
  connect(): Promise<RabbitEventBus>;
  topology: Topology;
  /** An ordinary channel of the test's own. */
  channel(): Promise<Channel>;
}

/** Opens it empty; `close` deletes all its queues. */
export async function openRabbitMedium(url: string, options: Omit<RabbitBusOptions, 'url'> = {}): Promise<RabbitMedium> {
  const namespace = options.namespace ?? `test-${randomBytes(5).toString('hex')}`;
  const { maxAttempts = 5, retryDelayMs = 1000, maxRetryDelayMs = 60_000 } = options;
  const topology = new Topology(namespace, retryDelays({ maxAttempts, retryDelayMs, maxRetryDelayMs }));
  const buses: RabbitEventBus[] = [];
  const withChannel = async <Result>(action: (channel: Channel) => Promise<Result>): Promise<Result> => {
    const connection = await connect(url, { noDelay: true });
    connection.on('error', () => undefined);
    try {
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      return await action(channel);
    } finally {
      await connection.close().catch(() => undefined);
    }
  };
  const connections: { close(): Promise<void> }[] = [];
  return {
    topology,
    connect: async () => {
      const bus = new RabbitEventBus({ url, ...options, namespace });
      buses.push(bus);
      return bus;
    },
    channel: async () => {
      const connection = await connect(url, { noDelay: true });
      connection.on('error', () => undefined);
      connections.push(connection);
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      return channel;
    },
    deliverRaw: (bytes, service) =>
      withChannel(async (channel) => {
        for (const { name, options: wanted } of topology.ofService(service)) await channel.assertQueue(name, wanted);
        channel.sendToQueue(topology.workQueue(service), Buffer.from(bytes));
        await channel.checkQueue(topology.workQueue(service));
      }),
    close: async () => {
      await Promise.all([...buses, ...connections].map((open) => open.close().catch(() => undefined)));
      await withChannel(async (channel) => {
        for (const { name } of ServiceName.options.flatMap((service) => topology.ofService(service))) await channel.deleteQueue(name);
        await channel.deleteExchange(topology.fanOut);
      });
    },
  };
}
