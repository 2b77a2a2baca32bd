import { Kysely, sql, type Dialect } from 'kysely';
import { migrateBack, migrateToLatest, type OwnedMigration } from './migrate.js';

/** Which SQL is spoken; for the few queries that must differ. */
export type DatabaseKind = 'sqlite' | 'postgresql';

/**
 * One database as every service sees it. Tables belong to the service that created them by its migrations; no service reads
 * another's. One instance per process; on SQLite queries run one after the other and a transaction makes the others wait.
 */
export class Database {
  readonly #kysely: Kysely<unknown>;

  constructor(readonly kind: DatabaseKind, dialect: Dialect) {
    this.#kysely = new Kysely<unknown>({ dialect });
  }

  /** The query builder, typed by the tables of the service that asks. Never destroy it: `close` does. */
  kysely<Tables>(): Kysely<Tables> {
    return this.#kysely as Kysely<Tables>;
  }

  /** Applies the owner's migrations that are not applied yet, in the order given; rejects with the name of the one that failed. */
  async migrate(owner: string, migrations: readonly OwnedMigration[]): Promise<void> {
    await migrateToLatest(this.#kysely, owner, migrations);
  }

  /** Takes back the owner's newest migrations until `to` is the newest applied; null takes back all. */
  async migrateBack(owner: string, migrations: readonly OwnedMigration[], to: string | null): Promise<void> {
    await migrateBack(this.#kysely, owner, migrations, to);
  }

  /** Null while the database answers, else the reason in words. */
  async trouble(): Promise<string | null> {
    try {
      await sql`select 1`.execute(this.#kysely);
      return null;
    } catch (error) {
      return `the database does not answer (${error instanceof Error ? error.name : 'no error given'})`;
    }
  }

  /** Waits for nothing; queries after it reject. */
  async close(): Promise<void> {
    // Kysely closes only what it has opened, and it opens with the first query.
    await this.trouble();
    await this.#kysely.destroy();
  }
}
