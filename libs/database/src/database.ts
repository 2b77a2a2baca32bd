import { ServiceError } from '@lastgood/contracts';
import { Kysely, sql, type Dialect, type KyselyPlugin } from 'kysely';
import { codeOfCause, databaseErrors } from './database-errors.js';
import { migrateBack, migrateToLatest, type OwnedMigration } from './migrate.js';

/** Which SQL is spoken; for the few queries that must differ. */
export type DatabaseKind = 'sqlite' | 'postgresql';

/** What differs between the media besides the dialect. */
export interface DatabaseMedium {
  /** Where the database is looked for, without credentials; for people. */
  tried?: string;
  /** Connections of their own for migrations, destroyed after each. */
  forMigrations?: () => Kysely<unknown>;
}

/**
 * One database as every service sees it. Tables belong to the service that created them by its migrations; no service reads
 * another's. One instance per process; on SQLite queries run one after the other and a transaction makes the others wait.
 * Rejects with ServiceError: `database_unavailable`, `database_timeout`, `database_contended`, `database_full` (all retryable), `database_refused` and
 * `already_exists` (a unique constraint); any other error is a programmer's.
 */
export class Database {
  readonly #kysely: Kysely<unknown>;
  /** Owners whose tables are not as they must be. */
  readonly #unprepared = new Set<string>();
  #checking: Promise<string | null> | null = null;

  constructor(readonly kind: DatabaseKind, dialect: Dialect, private readonly medium: DatabaseMedium = {}) {
    this.#kysely = new Kysely<unknown>({ dialect, plugins: [this.#gate()] });
  }

  /** The query builder, typed by the tables of the service that asks. Never destroy it: `close` does. */
  kysely<Tables>(): Kysely<Tables> {
    return this.#kysely as Kysely<Tables>;
  }

  /**
   * Applies the owner's migrations that are not applied yet, in the order given, all or none, under a lock that other processes wait for. Rejects with
   * the name of the one that failed, or as a query does; until a later call succeeds every query is refused as unavailable.
   */
  async migrate(owner: string, migrations: readonly OwnedMigration[]): Promise<void> {
    this.#unprepared.add(owner);
    await this.#migrating((db) => migrateToLatest(db, owner, migrations));
    this.#unprepared.delete(owner);
  }

  /** Takes back the owner's newest migrations until `to` is the newest applied; null takes back all. */
  async migrateBack(owner: string, migrations: readonly OwnedMigration[], to: string | null): Promise<void> {
    await this.#migrating((db) => migrateBack(db, owner, migrations, to));
  }

  /** Null while the database answers, else the reason in words, without secrets. Askers at the same time share one question. */
  trouble(): Promise<string | null> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  /** What an error of this database means to those who run it, with where it was looked for; no secret. */
  explain(error: unknown): string {
    const where = this.medium.tried === undefined ? '' : ` at ${this.medium.tried}`;
    const code = error instanceof ServiceError ? error.code : null;
    switch (code) {
      case 'database_refused': return `the database${where} refuses user, password or database name (${codeOfCause(error)}); see LASTGOOD_DATABASE_URL`;
      case 'database_timeout': return `the database${where} takes too long (${codeOfCause(error)})`;
      case 'database_full': return `the disk of the database${where} has no room left`;
      case 'tables_not_ready': return `the tables of ${[...this.#unprepared].join(', ')} are not prepared yet`;
      default: return `the database${where} does not answer (${codeOfCause(error)})`;
    }
  }

  /** Waits for nothing but the closing of connections; queries after it reject. */
  async close(): Promise<void> {
    // Kysely closes only what it has opened, and it opens with the first query. Connections to a server are made by queries alone.
    if (this.kind === 'sqlite') await this.trouble();
    await this.#kysely.destroy();
  }

  async #check(): Promise<string | null> {
    try {
      await sql`select 1`.execute(this.#kysely.withoutPlugins());
      return this.#unprepared.size === 0 ? null : this.explain(this.#notReady());
    } catch (error) {
      return this.explain(error);
    }
  }

  async #migrating(work: (db: Kysely<unknown>) => Promise<void>): Promise<void> {
    const own = this.medium.forMigrations?.();
    try {
      await work(own ?? this.#kysely.withoutPlugins());
    } finally {
      await own?.destroy();
    }
  }

  #gate(): KyselyPlugin {
    return {
      transformQuery: ({ node }) => {
        if (this.#unprepared.size > 0) throw this.#notReady();
        return node;
      },
      transformResult: async ({ result }) => result,
    };
  }

  #notReady(): ServiceError {
    const cause = databaseErrors.unavailable(undefined);
    return new ServiceError('unavailable', 'tables_not_ready', cause.message, cause.options);
  }
}
