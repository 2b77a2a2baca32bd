import type { ServiceName } from '@lastgood/contracts';
import type { Channel, ChannelModel } from 'amqplib';
import { endOf } from './supervise.js';
import { declareService, type Topology } from './topology.js';

/** Declares the queues of each service once for each publishing channel, on a channel of its own: a refused definition ends the channel it was tried on. */
export class Declarations {
  readonly #done = new WeakMap<Channel, Map<ServiceName, Promise<void>>>();

  constructor(private readonly topology: Topology) {}

  /** Resolves when all queues of the service are there; rejects with the broker's error. */
  of(publishing: Channel, model: ChannelModel, service: ServiceName): Promise<void> {
    const services = this.#done.get(publishing) ?? new Map<ServiceName, Promise<void>>();
    this.#done.set(publishing, services);
    const known = services.get(service);
    if (known) return known;
    const declared = this.#declare(model, service);
    services.set(service, declared);
    declared.catch(() => services.delete(service));
    return declared;
  }

  /** Declares them anew next time: one was missing. */
  forget(publishing: Channel, service: ServiceName): void {
    this.#done.get(publishing)?.delete(service);
  }

  async #declare(model: ChannelModel, service: ServiceName): Promise<void> {
    const channel = await model.createChannel();
    void endOf(channel);
    await declareService(channel, this.topology, service);
    await channel.close();
  }
}
