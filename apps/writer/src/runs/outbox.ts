import type { EventBus } from '@lastgood/event-bus';
import type { EventData, EventType } from '@lastgood/contracts';
import type { Log } from '@lastgood/service-runtime';
import type { Kysely, Transaction } from 'kysely';
import type { WriterTables } from '../tables.js';
import type { IdMaker } from './new-id.js';

const BATCH = 100;
const KEEP_SENT_MS = 24 * 3_600_000;

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
    await transaction.insertInto('outbox').values({ id: this.ids.next(), type, data: JSON.stringify(data), sent_at: null }).execute();
  }

  /** Publishes what waits, oldest first, then marks it. Stops at the first refusal of the bus; the next drain goes on. Never rejects because of the bus. */
  async drain(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
    this.#draining = this.#publishWaiting().finally(() => {
      this.#draining = null;
    });
    await this.#draining;
  }

  /** Forgets events sent more than a day ago. */
  async forgetOld(): Promise<void> {
    await this.db.deleteFrom('outbox').where('sent_at', '<', new Date(this.clock.now() - KEEP_SENT_MS).toISOString()).execute();
  }

  async #publishWaiting(): Promise<void> {
    for (;;) {
      const waiting = await this.db.selectFrom('outbox').selectAll().where('sent_at', 'is', null).orderBy('id').limit(BATCH).execute();
      for (const { id, type, data } of waiting) {
        try {
          await this.bus.publish(type as EventType, JSON.parse(data) as EventData<EventType>);
        } catch (error) {
          this.log.warn('An event waits for the broker.', { type, cause: error instanceof Error ? error.message : 'unknown' });
          return;
        }
        await this.db.updateTable('outbox').set({ sent_at: new Date(this.clock.now()).toISOString() }).where('id', '=', id).execute();
      }
      if (waiting.length < BATCH) return;
    }
  }
}
