import { parseEvent, UnreadableEvent, type EventType } from '@lastgood/contracts';
import type { EventHandler, Subscription } from './event-bus.js';
import { reasonOf } from './message-error.js';

/** A message between two tries. `attempts` counts the tries that failed; `type` is null when nothing of it could be read yet. */
export interface Message {
  bytes: Uint8Array;
  attempts: number;
  type: EventType | null;
}

export interface RetryPolicy {
  maxAttempts: number;
  retryDelayMs: number;
  maxRetryDelayMs: number;
  random: () => number;
}

export interface QueueOptions {
  limit: number;
  retries: RetryPolicy;
  /** Rejects when the bus closes. */
  sleep: (ms: number) => Promise<void>;
  park: (message: Message, reason: string) => void;
}

interface Consumer {
  handler: EventHandler;
  concurrency: number;
  underWay: Set<Promise<void>>;
}

/** Messages in order of arrival, given to whichever consumer has room; failed ones come back after their wait. */
export class MessageQueue {
  readonly #waiting: Message[] = [];
  readonly #consumers = new Set<Consumer>();
  #delayed = 0;

  constructor(private readonly options: QueueOptions) {}

  get isFull(): boolean {
    return this.#waiting.length + this.#delayed >= this.options.limit;
  }

  /** Takes a message whatever the limit: who adds asks `isFull` first. */
  add(message: Message): void {
    this.#waiting.push(message);
    this.#hand();
  }

  consume(handler: EventHandler, concurrency: number): Subscription {
    const consumer: Consumer = { handler, concurrency, underWay: new Set() };
    this.#consumers.add(consumer);
    this.#hand();
    return {
      stop: async () => {
        this.#consumers.delete(consumer);
        await Promise.all(consumer.underWay);
      },
    };
  }

  /** Hands out nothing more and resolves when the handlers under way are done. */
  async stop(): Promise<void> {
    const underWay = [...this.#consumers].flatMap((consumer) => [...consumer.underWay]);
    this.#consumers.clear();
    await Promise.all(underWay);
  }

  #hand(): void {
    for (let consumer = this.#free(); consumer && this.#waiting.length > 0; consumer = this.#free()) {
      const message = this.#waiting.shift();
      if (message) this.#start(consumer, message);
    }
  }

  #free(): Consumer | undefined {
    return [...this.#consumers].filter(({ underWay, concurrency }) => underWay.size < concurrency).sort((a, b) => a.underWay.size - b.underWay.size)[0];
  }

  #start(consumer: Consumer, message: Message): void {
    const handling = this.#handle(consumer.handler, message).finally(() => {
      consumer.underWay.delete(handling);
      this.#hand();
    });
    consumer.underWay.add(handling);
  }

  async #handle(handler: EventHandler, message: Message): Promise<void> {
    try {
      const event = parseEvent(message.bytes);
      message.type = event.type;
      await handler(event, { attempt: message.attempts + 1 });
    } catch (error) {
      this.#failed(message, error);
    }
  }

  #failed(message: Message, error: unknown): void {
    const { maxAttempts, retryDelayMs, maxRetryDelayMs, random } = this.options.retries;
    message.attempts += 1;
    if (error instanceof UnreadableEvent || message.attempts >= maxAttempts) return this.options.park(message, reasonOf(error));
    const delayMs = Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (message.attempts - 1)) * (1 - random() / 4);
    void this.#later(message, delayMs);
  }

  async #later(message: Message, delayMs: number): Promise<void> {
    this.#delayed += 1;
    try {
      await this.options.sleep(delayMs);
    } catch {
      return; // The bus closed; what was not handled goes with the process.
    } finally {
      this.#delayed -= 1;
    }
    this.add(message);
  }
}
