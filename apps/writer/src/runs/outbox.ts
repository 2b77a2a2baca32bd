import type { Database } from '@lastgood/database';
import type { EventBus } from '@lastgood/event-bus';
import { EVENTS, ServiceError, type EventData, type EventType } from '@lastgood/contracts';
import type { Clock, Log } from '@lastgood/service-runtime';
import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import type { OutboxTable, WriterTables } from '../tables.js';
import type { IdMaker } from './new-id.js';

const BATCH = 100;
const PATIENCE_MS = 20_000;
const KEEP_SENT_MS = 24 * 3_600_000;
const KEEP_SET_ASIDE_MS = 30 * 24 * 3_600_000;

/** Which mark an event gets, or why the bus does not take it now. */
type Outcome = 'sent_at' | 'set_aside_at' | { refused: string };

/**
 * Events that go out because of a decision in the database: written with it, published afterwards, at least once. Several writers may publish at once:
 * on PostgreSQL each locks what it publishes and the others pass over it; an SQLite file has one writer. Events of one moment may overtake each other.
 */
export class Outbox {
  #draining: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  readonly #db: Kysely<WriterTables>;

  constructor(
    private readonly database: Pick<Database, 'kind' | 'kysely'>,
    private readonly bus: EventBus,
    private readonly clock: Pick<Clock, 'now' | 'sleep'>,
    private readonly ids: IdMaker,
    private readonly log: Log,
  ) {
    this.#db = database.kysely<WriterTables>();
  }

  /** Part of the caller's transaction. */
  async add<T extends EventType>(transaction: Transaction<WriterTables>, type: T, data: EventData<T>): Promise<void> {
    await transaction.insertInto('outbox').values({ id: this.ids.next(), type, data: JSON.stringify(data), sent_at: null, set_aside_at: null }).execute();
  }

  /**
   * Publishes what waits, oldest first, and marks it. Stops once the bus refuses; the next drain goes on. An event that no bus can ever
   * take is set aside with an error in the log, and the others go on. Never rejects because of the bus.
   */
  drain(): Promise<void> {
    // Whoever asks while a drain runs may have written after it looked: one more, for all of them.
    this.#next ??= this.#after(this.#draining);
    return this.#next;
  }

  /** Forgets events sent more than a day ago, and those set aside more than 30 days ago. */
  async forgetOld(): Promise<void> {
    await this.#db.deleteFrom('outbox').where('sent_at', '<', this.#at(-KEEP_SENT_MS)).execute();
    await this.#db.deleteFrom('outbox').where('set_aside_at', '<', this.#at(-KEEP_SET_ASIDE_MS)).execute();
  }

  async #after(running: Promise<void> | null): Promise<void> {
    await running?.catch(() => undefined);
    this.#next = null;
    this.#draining = this.#publishWaiting();
    await this.#draining;
  }

  async #publishWaiting(): Promise<void> {
    // On SQLite a transaction would make every other query wait for the bus.
    const batch = this.database.kind === 'sqlite' ? () => this.#publishBatch(this.#db) : () => this.#db.transaction().execute((transaction) => this.#publishBatch(transaction));
    while (await batch());
  }

  /** True when there may be more. */
  async #publishBatch(db: Kysely<WriterTables>): Promise<boolean> {
    const waiting = await db.selectFrom('outbox').selectAll().where('sent_at', 'is', null).where('set_aside_at', 'is', null).orderBy('id').limit(BATCH)
      .$if(this.database.kind === 'postgresql', (query) => query.forUpdate().skipLocked()).execute();
    if (waiting.length === 0) return false;
    const outcomes = await this.#publishAll(waiting);
    for (const mark of ['sent_at', 'set_aside_at'] as const) {
      const ids = outcomes.flatMap(({ id, outcome }) => (outcome === mark ? [id] : []));
      if (ids.length > 0) await db.updateTable('outbox').set({ [mark]: this.#at(0) }).where('id', 'in', ids).execute();
    }
    const refused = outcomes.flatMap(({ outcome }) => (typeof outcome === 'string' ? [] : [outcome.refused]));
    if (refused.length > 0) this.log.warn('Events wait for the broker.', { events: refused.length, cause: refused[0] });
    return waiting.length === BATCH && refused.length === 0;
  }

  /** Hands all of them to the bus at once, in their order. What the bus has not taken within 20 s waits: the transaction may not stay open for longer. */
  async #publishAll(events: readonly OutboxTable[]): Promise<{ id: string; outcome: Outcome }[]> {
    const patience = new AbortController();
    const late = this.clock.sleep(PATIENCE_MS, patience.signal).then<Outcome, Outcome>(() => ({ refused: 'no answer' }), () => ({ refused: 'no answer' }));
    try {
      return await Promise.all(events.map(async (event) => {
        const outcome = await Promise.race([this.#publish(event), late]);
        return { id: event.id, outcome };
      }));
    } finally {
      patience.abort(new Error('all is published'));
    }
  }

  /** What became of the event, or why the bus does not take it now. */
  async #publish({ id, type, data }: OutboxTable): Promise<Outcome> {
    try {
      await this.bus.publish(type as EventType, JSON.parse(data) as EventData<EventType>);
      return 'sent_at';
    } catch (error) {
      if (!isPermanent(type, error)) return { refused: error instanceof Error ? error.message : 'unknown' };
      this.log.error('An event can never be sent; it was set aside in the outbox. Report this as a bug.', error, { type, event: id });
      return 'set_aside_at';
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
