import type { EventBus } from '@lastgood/event-bus';
import { EVENTS, ServiceError, type EventData, type EventType } from '@lastgood/contracts';
import type { Log } from '@lastgood/service-runtime';
import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import type { OutboxTable, WriterTables } from '../tables.js';
import type { IdMaker } from './new-id.js';

const BATCH = 100;
const KEEP_SENT_MS = 24 * 3_600_000;
const KEEP_SET_ASIDE_MS = 30 * 24 * 3_600_000;

/** Events that go out because of a decision in the database: written with it, published afterwards, at least once. */
export class Outbox {
  #draining: Promise<void> | null = null;

  constructor(
    private readonly db: Kysely<WriterTables>,
    private readonly bus: EventBus,
    private readonly clock: { now(): number },
    private readonly ids: IdMaker,
    private readonly log: Log,
  ) {}

  /** Part of the caller's transaction. */
  async add<T extends EventType>(transaction: Transaction<WriterTables>, type: T, data: EventData<T>): Promise<void> {
    await transaction.insertInto('outbox').values({ id: this.ids.next(), type, data: JSON.stringify(data), sent_at: null, set_aside_at: null }).execute();
  }

  /**
   * Publishes what waits, oldest first, then marks it. Stops at the first refusal of the bus; the next drain goes on. An event that no bus can ever
   * take is set aside with an error in the log, and the others go on. Never rejects because of the bus.
   */
  async drain(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
    this.#draining = this.#publishWaiting().finally(() => {
      this.#draining = null;
    });
    await this.#draining;
  }

  /** Forgets events sent more than a day ago, and those set aside more than 30 days ago. */
  async forgetOld(): Promise<void> {
    await this.db.deleteFrom('outbox').where('sent_at', '<', this.#at(-KEEP_SENT_MS)).execute();
    await this.db.deleteFrom('outbox').where('set_aside_at', '<', this.#at(-KEEP_SET_ASIDE_MS)).execute();
  }

  async #publishWaiting(): Promise<void> {
    for (;;) {
      const waiting = await this.db.selectFrom('outbox').selectAll().where('sent_at', 'is', null).where('set_aside_at', 'is', null).orderBy('id').limit(BATCH).execute();
      for (const event of waiting) {
        const done = await this.#publish(event);
        if (done === null) return;
        await this.db.updateTable('outbox').set({ [done]: this.#at(0) }).where('id', '=', event.id).execute();
      }
      if (waiting.length < BATCH) return;
    }
  }
  /** What became of the event; null while the bus does not take it. */
  async #publish({ id, type, data }: OutboxTable): Promise<'sent_at' | 'set_aside_at' | null> {
    try {
      await this.bus.publish(type as EventType, JSON.parse(data) as EventData<EventType>);
      return 'sent_at';
    } catch (error) {
      if (isPermanent(type, error)) {
        this.log.error('An event can never be sent; it was set aside in the outbox. Report this as a bug.', error, { type, event: id });
        return 'set_aside_at';
      }
      this.log.warn('An event waits for the broker.', { type, cause: error instanceof Error ? error.message : 'unknown' });
      return null;
    }
  }

  #at(offsetMs: number): string {
    return new Date(this.clock.now() + offsetMs).toISOString();
  }
}

/** True for what is wrong with the event itself: no JSON, an unknown type, another shape, too large. */
function isPermanent(type: string, error: unknown): boolean {
  return !Object.hasOwn(EVENTS, type) || error instanceof SyntaxError || error instanceof z.ZodError || (error instanceof ServiceError && error.kind === 'invalid');
}
