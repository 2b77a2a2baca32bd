import { ServiceError, type ServiceName } from '@lastgood/contracts';
import type { ChannelModel, ConfirmChannel, Options } from 'amqplib';
import type { BrokerConnection, BrokerTools } from './broker-connection.js';
import { brokerTrouble } from './broker-error.js';
import { Changes } from './changes.js';
import { Declarations } from './declarations.js';
import { endOf, supervise } from './supervise.js';

/** A message on its way to one queue, or through the fan-out exchange to as many as there are. */
export interface Outgoing {
  exchange: string;
  routingKey: string;
  content: Buffer;
  properties: Options.Publish;
  /** A queue must take it; else it comes back. */
  mandatory: boolean;
  /** Whose queues are declared first, and again when the message comes back; null for queues that nobody can declare anew. */
  service: ServiceName | null;
  persistent: boolean;
  /** Consumers listen to its queue, which must not be made anew at once when it is missing. */
  isConsumed?: boolean;
}

/** What became of one try: `refused` by a full queue, `lost` with the channel (it may have arrived), `late` without any answer. */
type Outcome = 'confirmed' | 'returned' | 'refused' | 'lost' | 'late';

interface Flight {
  sentAtMs: number;
  returned: boolean;
  patience: AbortSignal | undefined;
  settle: (outcome: Outcome) => void;
}

const MAX_IN_FLIGHT = 512;
const MAX_WAITING = 10_000;
/** A hiccup of the broker is waited out; what is published later in an outage is refused at once. */
const HICCUP_MS = 5_000;
const CONFIRM_TIMEOUT_MS = 30_000;
const MAX_RETURNS = 3;
/** RabbitMQ 3.10 takes a queue that is made anew at once for the deleted one, and hands its consumers messages that never arrive. */
const AFTER_RETURN_MS = 1_000;
const LOOK_EVERY_MS = 100;
const DRAIN_MS = 5_000;
/** amqplib has no other sign for it. */
const NACKED = 'message nacked';

/** Publishes with confirms, many in flight at once, on a connection of its own, so that an alarm which blocks it leaves consumers alone. */
export class Publisher {
  readonly #stop = new AbortController();
  readonly #flights = new Map<string, Flight>();
  readonly #changes = new Changes();
  readonly #declarations: Declarations;
  readonly #running: Promise<void>;
  #channel: ConfirmChannel | null = null;
  #model: ChannelModel | null = null;
  #trouble: string | null = null;
  #troubleSinceMs: number | null;
  #sequence = 0;
  #looking = false;

  constructor(private readonly connection: BrokerConnection, declarations: Declarations, private readonly tools: BrokerTools) {
    this.#declarations = declarations;
    this.#troubleSinceMs = tools.clock.now();
    this.#running = supervise(connection, (model) => this.#session(model), { ...tools, signal: this.#stop.signal, ended: (error) => this.#ended(error) });
  }

  trouble(): string | null {
    return this.connection.trouble() ?? this.#trouble;
  }

  /**
   * Resolves when the broker has confirmed the message. A broker that is away or blocked is waited for 5 s from the beginning of its trouble, or, with
   * `patience`, until that is aborted. Rejects with a retryable `unavailable` or `timeout`; after `timeout` the message may still arrive.
   */
  async send(message: Outgoing, patience?: AbortSignal): Promise<void> {
    for (let returns = 0; ; ) {
      const { channel, model } = await this.#usable(patience);
      if (message.service !== null && !(await this.#declared(channel, model, message.service))) continue;
      if (channel !== this.#channel) continue;
      const outcome = await this.#fly(channel, message, patience);
      if (outcome === 'confirmed') return;
      if (outcome === 'refused') throw unavailable('event_queue_full', 'A queue on the broker is full.');
      if (outcome === 'late') throw new ServiceError('timeout', 'event_unconfirmed', 'The broker did not confirm an event in time; it may have arrived.', { retryable: true, retryAfterMs: 1000 });
      if (outcome === 'lost') continue;
      if (message.service === null || ++returns >= MAX_RETURNS) throw unavailable('event_unroutable', 'A queue is missing on the broker.');
      if (message.isConsumed) await this.tools.clock.sleep(AFTER_RETURN_MS, this.#stop.signal).catch(() => undefined);
      this.#declarations.forget(channel, message.service);
    }
  }

  /** Waits up to 5 s for what is in flight, then takes nothing more. */
  async close(): Promise<void> {
    const limitMs = this.tools.clock.now() + DRAIN_MS;
    while (this.#flights.size > 0 && this.tools.clock.now() < limitMs) await this.tools.clock.sleep(LOOK_EVERY_MS / 5);
    this.#stop.abort();
    this.#changes.tell();
    await this.#channel?.close().catch(() => undefined);
    await this.#running;
    for (const flight of [...this.#flights.values()]) flight.settle('late');
  }

  async #session(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    const end = endOf(channel);
    channel.on('return', ({ properties }) => {
      const flight = this.#flights.get(String(properties.correlationId));
      if (flight) flight.returned = true;
    });
    // Closed while the channel was opened: nobody else knows of it.
    if (this.#stop.signal.aborted) return void (await channel.close().catch(() => undefined));
    [this.#channel, this.#model, this.#trouble] = [channel, model, null];
    this.#changes.tell();
    try {
      const error = await end;
      if (error !== undefined) throw error;
    } finally {
      this.#channel = null;
      this.#troubleSinceMs ??= this.tools.clock.now();
    }
  }

  #ended(error: unknown): void {
    if (error !== undefined) this.#trouble = `the broker ${brokerTrouble(error).words}`;
    this.#changes.tell();
  }

  /** A channel with room. Whoever waits is let in in the order of arrival. */
  async #usable(patience: AbortSignal | undefined): Promise<{ channel: ConfirmChannel; model: ChannelModel }> {
    if (this.#changes.size >= MAX_WAITING) throw unavailable('event_queue_full', 'Too many events wait for the broker.');
    for (;;) {
      if (this.#stop.signal.aborted) throw unavailable('event_bus_closed', 'The event bus is closed.');
      const [channel, model] = [this.#channel, this.#model];
      const works = channel !== null && model !== null && !this.connection.isBlocked;
      this.#troubleSinceMs = works ? null : this.#troubleSinceMs ?? this.tools.clock.now();
      if (works && this.#flights.size < MAX_IN_FLIGHT) return { channel, model };
      if (patience?.aborted) throw unavailable('broker_unavailable', 'The broker cannot be waited for any longer.');
      if (patience === undefined && this.#isOutage()) throw unavailable('broker_unavailable', `The broker takes no events: ${this.trouble() ?? 'it does not answer'}.`);
      this.#lookAgain();
      await this.#changes.next();
    }
  }

  #isOutage(): boolean {
    return this.#troubleSinceMs !== null && this.tools.clock.now() - this.#troubleSinceMs >= HICCUP_MS;
  }

  /** False when the channel ended meanwhile. */
  async #declared(channel: ConfirmChannel, model: ChannelModel, service: ServiceName): Promise<boolean> {
    try {
      await this.#declarations.of(channel, model, service);
      return true;
    } catch (error) {
      if (this.#channel !== channel) return false;
      this.#trouble = `the broker ${brokerTrouble(error).words}`;
      throw unavailable('broker_unavailable', `The queues of ${service} could not be declared: ${this.#trouble}.`);
    }
  }

  #fly(channel: ConfirmChannel, { exchange, routingKey, content, properties, mandatory, persistent }: Outgoing, patience: AbortSignal | undefined): Promise<Outcome> {
    const id = String(++this.#sequence);
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome): void => {
        this.#flights.delete(id);
        this.#changes.tellOne();
        resolve(outcome);
      };
      const flight: Flight = { sentAtMs: this.tools.clock.now(), returned: false, patience, settle };
      this.#flights.set(id, flight);
      try {
        channel.publish(exchange, routingKey, content, { ...properties, mandatory, persistent, correlationId: id }, (error: unknown) => {
          if (error === null) settle(flight.returned ? 'returned' : 'confirmed');
          else settle(error instanceof Error && error.message === NACKED ? 'refused' : 'lost');
        });
      } catch (error) {
        settle('lost');
        if (error instanceof RangeError || error instanceof TypeError) reject(error);
      }
      this.#lookAgain();
    });
  }

  /** Looks after what waits and what is in flight, as long as there is any. */
  #lookAgain(): void {
    if (this.#looking) return;
    this.#looking = true;
    void this.#look().finally(() => {
      this.#looking = false;
    });
  }

  async #look(): Promise<void> {
    do {
      await this.tools.clock.sleep(LOOK_EVERY_MS);
      this.#changes.tell();
      const nowMs = this.tools.clock.now();
      for (const { sentAtMs, patience, settle } of [...this.#flights.values()]) {
        const ageMs = nowMs - sentAtMs;
        if (patience?.aborted ? ageMs > DRAIN_MS : patience === undefined && ageMs > CONFIRM_TIMEOUT_MS) settle('late');
        else if (patience === undefined) break; // The oldest come first.
      }
    } while (this.#flights.size > 0 || this.#changes.size > 0);
  }
}

function unavailable(code: string, message: string): ServiceError {
  return new ServiceError('unavailable', code, message, { retryable: true, retryAfterMs: 1000 });
}
