import { ServiceError, type ServiceName } from '@lastgood/contracts';
import type { Database, OwnedMigration } from '@lastgood/database';
import type { Clock } from './clock.js';
import type { Log } from './log.js';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5_000;
/** A server that comes up while it is waited for may refuse until it is set up. */
const REFUSALS = 5;

/** The database is there and does not let this process in; the message says what to do, without a secret. */
export class DatabaseRefused extends Error {
  constructor(reason: string) {
    super(`Lastgood cannot start: ${reason}.`);
    this.name = 'DatabaseRefused';
  }
}

/** Tables of one service. */
export interface ServiceTables {
  name: ServiceName;
  migrations: readonly OwnedMigration[];
}

/** Prepares the tables of services before they are used, and waits in the background for a database that is not there yet. */
export class TablePreparation {
  readonly #stop = new AbortController();
  readonly #waiting: Promise<void>[] = [];
  #given: string | null = null;

  constructor(private readonly database: Database, private readonly clock: Clock, private readonly log: Log) {}

  /**
   * True when the tables are there, false when the database must be waited for. Rejects when it refuses this process or a migration fails: such a
   * start cannot succeed.
   */
  async prepare({ name, migrations }: ServiceTables): Promise<boolean> {
    try {
      await this.database.migrate(name, migrations);
      return true;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (!mayPass(error)) throw new DatabaseRefused(this.database.explain(error));
      this.log.warn('The database is not there yet; it is waited for.', { service: name, reason: this.database.explain(error) });
      return false;
    }
  }

  /** Does what needs the tables: now when they are `prepared`, else in the background as soon as they are. */
  async afterwards(tables: ServiceTables, prepared: boolean, action: () => Promise<void>): Promise<void> {
    try {
      if (prepared) return await action();
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
    this.#waiting.push(this.#wait(tables, action));
  }

  /** Null while the tables are there and the database answers, else the reason in words. */
  async trouble(): Promise<string | null> {
    return this.#given ?? this.database.trouble();
  }

  /** Waits no longer. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#waiting);
  }

  async #wait({ name, migrations }: ServiceTables, action: () => Promise<void>): Promise<void> {
    let refused = 0;
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      await this.clock.sleep(waitMs, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      try {
        await this.database.migrate(name, migrations);
        await action();
        this.log.info('The database is there; the tables are prepared.', { service: name });
        return;
      } catch (error) {
        if (mayPass(error)) continue;
        refused += 1;
        if (error instanceof ServiceError && refused < REFUSALS) continue;
        this.#giveUp(name, error);
        return;
      }
    }
  }

  #giveUp(name: ServiceName, error: unknown): void {
    const reason = error instanceof ServiceError ? this.database.explain(error) : `the tables of ${name} cannot be prepared, as the log tells`;
    this.#given = `${reason}; not tried again: mend it and start this process again`;
    this.log.error('The tables cannot be prepared.', error, { service: name, reason: this.#given });
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof ServiceError && error.toProblem().retryable;
}
