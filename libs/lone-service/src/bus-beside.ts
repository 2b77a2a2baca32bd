import { EVENTS, type EventData, type EventEnvelope, type EventType, type ParkedMessage, type ServiceName } from '@lastgood/contracts';
import { RabbitEventBus } from '@lastgood/event-bus';
import { connect } from 'amqplib';
import { until } from './until.js';

/** What other services do on the broker: it hears what they consume, and says what they publish. */
export class BusBeside {
  /** What was heard, oldest first, deliveries of one event each by itself. */
  readonly events: EventEnvelope[] = [];

  private constructor(private readonly url: string, private readonly bus: RabbitEventBus) {}

  /** Takes the events of the services in `standsFor` from now on. */
  static async open(url: string, ...standsFor: ServiceName[]): Promise<BusBeside> {
    const beside = new BusBeside(url, new RabbitEventBus({ url, name: 'test' }));
    for (const service of standsFor) await beside.bus.subscribe(service, async (event) => void beside.events.push(event));
    return beside;
  }

  /** The bus itself, for stand-ins of services. */
  get port(): RabbitEventBus {
    return this.bus;
  }

  /** Publishes; while the broker is away it tries again, as an outbox does. */
  async publish<T extends EventType>(type: T, data: EventData<T>): Promise<void> {
    await until(`the broker to take ${type}`, () => this.bus.publish(type, data).then(() => true, () => false));
  }

  /** The data of the events of one type, of one run where it is told. */
  of<T extends EventType>(type: T, run?: string): EventData<T>[] {
    const all = this.events.filter((event): event is EventEnvelope<T> => event.type === type).map(({ data }) => data);
    return run === undefined ? all : all.filter((data) => 'run' in data && (typeof data.run === 'string' ? data.run : data.run.id) === run);
  }

  /** The first event of the type that fits, now or later. */
  heard<T extends EventType>(type: T, fits: (data: EventData<T>) => boolean, limitMs?: number): Promise<EventData<T>> {
    return until(`an event ${type}`, () => this.of(type).find(fits) ?? null, limitMs);
  }

  /** Brings bytes to a service as a publisher of another version would; `delivery` is that of the event. */
  async deliver(service: ServiceName, type: EventType, message: unknown): Promise<void> {
    const connection = await connect(this.url, { noDelay: true });
    try {
      const channel = await connection.createConfirmChannel();
      const [exchange, key] = EVENTS[type].delivery === 'work' ? ['', `lastgood.${service}`] : ['lastgood.fan-out', service];
      channel.publish(exchange, key, Buffer.from(JSON.stringify(message)), { type });
      await channel.waitForConfirms();
    } finally {
      await connection.close();
    }
  }

  /** The message that was parked because of this type, now or later. */
  parked(type: EventType): Promise<ParkedMessage> {
    return until(`a parked ${type}`, async () => (await this.bus.parked.list(100)).find((message) => message.type === type) ?? null);
  }

  /** Resolves once both connections to the broker work. */
  async well(): Promise<void> {
    await until('the broker to be back', () => this.bus.trouble() === null, 90_000);
  }

  close(): Promise<void> {
    return this.bus.close();
  }
}
