import type { OwnedMigration } from '@lastgood/database';
import type { Kysely } from 'kysely';

/** A session by the hash of its token. `key_sha256` is the key it stands for and ends with; `by_link` when a sign-in link opened it, null then where there is no first admin key. */
export interface SessionRow {
  sha256: string;
  key_sha256: string | null;
  by_link: 0 | 1;
  created_at: string;
  expires_at: string;
}

/** A sign-in link by the hash of its token. */
export interface SignInLinkRow {
  sha256: string;
  expires_at: string;
  used_at: string | null;
}

/** A count of rate-limiter-flexible; `expire` in milliseconds since 1970. */
export interface LimitRow {
  key: string;
  points: number;
  expire: number | null;
}

export const sessionMigrations: readonly OwnedMigration[] = [
  {
    name: '002-sessions',
    async up(db: Kysely<unknown>) {
      await db.schema.createTable('sessions')
        .addColumn('sha256', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('key_sha256', 'varchar(64)')
        .addColumn('created_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('expires_at', 'varchar(32)', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('sessions_of_key').on('sessions').column('key_sha256').execute();
      await db.schema.createTable('sign_in_links')
        .addColumn('sha256', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('expires_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('used_at', 'varchar(32)')
        .execute();
    },
    async down(db: Kysely<unknown>) {
      await db.schema.dropTable('sign_in_links').execute();
      await db.schema.dropTable('sessions').execute();
    },
  },
  {
    name: '003-limits',
    // As rate-limiter-flexible expects it.
    async up(db: Kysely<unknown>) {
      await db.schema.createTable('gateway_limits')
        .addColumn('key', 'varchar(255)', (column) => column.primaryKey())
        .addColumn('points', 'integer', (column) => column.notNull().defaultTo(0))
        .addColumn('expire', 'bigint')
        .execute();
    },
    async down(db: Kysely<unknown>) {
      await db.schema.dropTable('gateway_limits').execute();
    },
  },
  {
    name: '005-sessions-by-link',
    async up(db: Kysely<unknown>) {
      await db.schema.alterTable('sessions').addColumn('by_link', 'integer', (column) => column.notNull().defaultTo(0)).execute();
    },
    async down(db: Kysely<unknown>) {
      await db.schema.alterTable('sessions').dropColumn('by_link').execute();
    },
  },
];
