import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import type { BrokerConnection, BrokerTools } from './broker-connection.js';
import { brokerTrouble } from './broker-error.js';
import { StateReport } from './bus-report.js';
import { Changes } from './changes.js';
import { endOf, supervise } from './supervise.js';

/** How a consumed message is answered. */
export type Answer = 'ack' | 'give back';

export interface ConsumerOptions {
  /** For people: `the work queue of fetcher`. */
  name: string;
  /** Handlers that run at once; also how many messages the broker hands out without an answer. */
  concurrency: number;
  /** Declares what is consumed and names the queue; called on each new channel. */
  prepare: (channel: Channel) => Promise<string>;
  /** Handles one message; `alive` is aborted once its answer can no longer reach the broker. Never rejects. */
  handle: (message: ConsumeMessage, alive: AbortSignal) => Promise<Answer>;
  /** Called each time the consumer is back after it was lost. */
  resumed?: () => void;
}

/** How long a stop waits for the broker to take what handlers leave behind, as a retry. */
const LEAVE_BEHIND_MS = 5_000;

/** A deleted queue is not made anew at once; see AFTER_RETURN_MS of the publisher. */
const AFTER_TAKEN_MS = 1_000;

/**
 * Consumes one queue until it is stopped: after a lost connection, a closed channel, a deleted queue or a cancel by the broker it declares and
 * consumes anew. Messages that were under way then come a second time.
 */
export class SupervisedConsumer {
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  readonly #changes = new Changes();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #waiting: (() => void)[] = [];
  readonly #running: Promise<void>;
  readonly #state: StateReport;
  #established = 0;
  #trouble: string | null;
  #tried = false;
  #handlers = 0;

  constructor(private readonly connection: BrokerConnection, private readonly options: ConsumerOptions, private readonly tools: BrokerTools) {
    this.#trouble = `${options.name} is not consumed yet`;
    this.#state = new StateReport(tools.report, `${options.name} is consumed again`);
    this.#running = supervise(connection, (model) => this.#session(model), { ...tools, signal: this.#stop.signal, ended: (error) => this.#ended(error) });
  }

  trouble(): string | null {
    return this.#trouble;
  }

  /** Resolves when messages are consumed, or when it is clear that they cannot be for now; after `limitMs` at the latest. */
  async settled(limitMs: number): Promise<void> {
    const limit = AbortSignal.any([AbortSignal.timeout(limitMs), this.#stop.signal]);
    const given = (): boolean => this.#established > 0 || this.#tried || (this.connection.model === null && this.connection.wasTried);
    while (!given() && !limit.aborted) {
      await Promise.race([this.#changes, this.connection.changes].map((changes) => changes.next(limit).catch(() => undefined)));
    }
  }

  /** Takes no further message, waits for the handlers under way and their answers. */
  async stop(): Promise<void> {
    this.#stop.abort();
    void this.tools.clock.sleep(LEAVE_BEHIND_MS).then(() => this.#giveUp.abort());
    await this.#running;
    await Promise.all(this.#underWay);
  }

  async #session(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    const ended = new AbortController();
    const end = endOf(channel).finally(() => ended.abort());
    const alive = AbortSignal.any([ended.signal, this.#giveUp.signal]);
    const cancelled = new AbortController();
    const underWay = new Set<Promise<unknown>>();
    try {
      await channel.prefetch(this.options.concurrency);
      const queue = await this.options.prepare(channel);
      const { consumerTag } = await channel.consume(queue, (message) => {
        if (message === null) cancelled.abort();
        else this.#take(channel, message, alive, underWay);
      });
      this.#established += 1;
      this.#works();
      const reason = await Promise.race([end, aborted(cancelled.signal).then(() => new QueueTaken()), aborted(this.#stop.signal)]);
      if (this.#stop.signal.aborted && !ended.signal.aborted) await channel.cancel(consumerTag);
      if (reason instanceof QueueTaken) await this.tools.clock.sleep(AFTER_TAKEN_MS, this.#stop.signal).catch(() => undefined);
      if (reason !== undefined) throw reason;
    } finally {
      // Answers leave on this channel, so it stays open for them, but does not hold up the next one.
      const closed = closeAfter(underWay, channel);
      if (this.#stop.signal.aborted) await closed;
    }
  }

  #works(): void {
    this.#trouble = null;
    this.#state.tell(null);
    this.#changes.tell();
    if (this.#established > 1) this.options.resumed?.();
  }

  #ended(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#tried = true;
    const words = error instanceof QueueTaken ? 'took the queue away' : brokerTrouble(error).words;
    this.#trouble = `${this.options.name} is not consumed: the broker ${words}`;
    if (this.connection.model !== null) this.#state.tell(this.#trouble);
    this.#changes.tell();
  }

  #take(channel: Channel, message: ConsumeMessage, alive: AbortSignal, ofChannel: Set<Promise<unknown>>): void {
    const handling = this.#handle(message, alive).then((answer) => {
      try {
        if (answer === 'ack') channel.ack(message);
        else channel.nack(message, false, true);
      } catch {
        // The channel is gone: the broker gives the message out again.
      }
    });
    for (const underWay of [this.#underWay, ofChannel]) {
      underWay.add(handling);
      void handling.finally(() => underWay.delete(handling));
    }
  }

  /** After a lost channel messages come again while their first handlers still run; they wait for their turn. */
  async #handle(message: ConsumeMessage, alive: AbortSignal): Promise<Answer> {
    if (this.#handlers >= this.options.concurrency) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#handlers += 1;
    try {
      if (this.#stop.signal.aborted || alive.aborted) return 'give back';
      return await this.options.handle(message, alive);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#handlers -= 1;
    }
  }
}

/** The broker cancelled the consumer: its queue is gone. */
class QueueTaken extends Error {}

async function closeAfter(underWay: ReadonlySet<Promise<unknown>>, channel: Channel): Promise<void> {
  while (underWay.size > 0) await Promise.all(underWay);
  await channel.close().catch(() => undefined);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
