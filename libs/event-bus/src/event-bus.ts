import type { EventData, EventEnvelope, EventType, ParkedMessage, ServiceName } from '@lastgood/contracts';

/** How an event came to a handler. */
export interface DeliveryInfo {
  /** 1 for the first try; counted in the bus's own header. */
  attempt: number;
}

/** Handles one event. A rejection means: try again later, with growing waits, then park. Must be idempotent. */
export type EventHandler = (event: EventEnvelope, delivery: DeliveryInfo) => Promise<void>;

export interface SubscribeOptions {
  /** Handlers that run at once, of work and of fan-out events each; 16 unless told. */
  concurrency?: number;
  /** Called when fan-out events may have been missed: their delivery stood still for a while and works again. */
  resumed?: () => void;
}

export interface Subscription {
  /** Takes no further message and resolves when the handlers under way are done. */
  stop(): Promise<void>;
}

/** Messages that no try could handle, kept with the reason until somebody decides. */
export interface ParkedMessages {
  /** Oldest first. */
  list(limit: number): Promise<ParkedMessage[]>;
  /** Gives it back to its service with its count of tries at zero; false when there is no such message. */
  replay(id: string): Promise<boolean>;
  /** Forgets it for good; false when there is no such message. */
  drop(id: string): Promise<boolean>;
}

/**
 * Events between services: at least once, confirmed, in no promised order. An event with `work` delivery goes to one replica
 * of each consuming service, one with `fan-out` to every replica. Bodies never travel here; an event is at most 64 KiB.
 */
export abstract class EventBus {
  /** Resolves when the bus has the event for good (as far as its medium goes); rejects with a retryable error when it has not. */
  abstract publish<T extends EventType>(type: T, data: EventData<T>): Promise<void>;

  /** Starts to deliver every event that `service` consumes. Resolves when it does, or while the medium is away and it will later. */
  abstract subscribe(service: ServiceName, handler: EventHandler, options?: SubscribeOptions): Promise<Subscription>;

  abstract readonly parked: ParkedMessages;

  /** Null while the bus works, else the reason in words. */
  abstract trouble(): string | null;

  /** Stops every subscription, drains, disconnects. */
  abstract close(): Promise<void>;
}
