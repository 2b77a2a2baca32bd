import { eventsConsumedBy, type EventEnvelope, type ServiceName } from '@lastgood/contracts';
import { BaseRpcContext, Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { EventBus, Subscription } from './event-bus.js';

/** What a handler gets as `@Ctx()`: the whole event and which try this is (1 for the first). */
export class EventContext extends BaseRpcContext<[EventEnvelope, number]> {
  get event(): EventEnvelope {
    return this.args[0];
  }

  get attempt(): number {
    return this.args[1];
  }
}

/**
 * Brings the events of the bus to `@EventPattern` methods of one service. Start fails unless every event the service consumes
 * has exactly one handler and no other event has any. A handler's rejection reaches the bus as it is.
 */
export class EventBusServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  #subscription: Subscription | undefined;

  /** `missed`: called when fan-out events may have been missed, as `resumed` of a subscription. */
  constructor(private readonly bus: EventBus, private readonly service: ServiceName, private readonly missed: () => void = () => undefined) {
    super();
  }

  async listen(ready: (error?: unknown) => void): Promise<void> {
    try {
      const problems = handlerProblems(this.service, this.messageHandlers);
      if (problems.length > 0) throw new Error(`The event handlers of ${this.service} do not fit its contract: ${problems.join('; ')}.`);
      this.#subscription = await this.bus.subscribe(this.service, (event, { attempt }) => this.#handle(event, attempt), { resumed: this.missed });
      ready();
    } catch (error) {
      ready(error);
    }
  }

  async close(): Promise<void> {
    await this.#subscription?.stop();
  }

  on(): never {
    throw new Error('The event bus tells its state through EventBus.trouble(), not through events of the transport.');
  }

  unwrap<T>(): T {
    return this.bus as T;
  }

  async #handle(event: EventEnvelope, attempt: number): Promise<void> {
    const handler = this.messageHandlers.get(event.type);
    if (!handler) throw new Error(`There is no handler of ${event.type}.`);
    const answer: unknown = await handler(event.data, new EventContext([event, attempt]));
    if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
  }
}

function handlerProblems(service: ServiceName, handlers: ReadonlyMap<string, MessageHandler>): string[] {
  const consumed: readonly string[] = eventsConsumedBy(service);
  const missing = consumed.filter((type) => !handlers.has(type)).map((type) => `${type} has no handler`);
  const rest = [...handlers].flatMap(([type, handler]) => {
    if (!consumed.includes(type)) return [`${type} is handled but not consumed by this service`];
    if (handler.next) return [`${type} has more than one handler`];
    return handler.isEventHandler ? [] : [`${type} is handled by a message pattern, not an event pattern`];
  });
  return [...missing, ...rest];
}
