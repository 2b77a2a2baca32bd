import type { OwnedMigration } from '@lastgood/database';
import type { Kysely } from 'kysely';

export interface ApiKeyRow {
  id: string;
  name: string;
  role: string;
  /** JSON list of district ids, or null for all. */
  districts: string | null;
  sha256: string;
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

export const keyMigrations: readonly OwnedMigration[] = [
  {
    name: '001-api-keys',
    async up(db: Kysely<unknown>) {
      await db.schema.createTable('api_keys')
        .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
        .addColumn('name', 'varchar(128)', (column) => column.notNull())
        .addColumn('role', 'varchar(16)', (column) => column.notNull())
        .addColumn('districts', 'text')
        .addColumn('sha256', 'varchar(64)', (column) => column.notNull().unique())
        .addColumn('created_at', 'varchar(32)', (column) => column.notNull())
        .addColumn('expires_at', 'varchar(32)')
        .addColumn('revoked_at', 'varchar(32)')
        .execute();
    },
    async down(db: Kysely<unknown>) {
      await db.schema.dropTable('api_keys').execute();
    },
  },
];
