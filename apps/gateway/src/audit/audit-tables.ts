import type { OwnedMigration } from '@lastgood/database';
import type { Kysely } from 'kysely';

/** An entry as its JSON, with what is filtered by. Rows are added and never changed; the oldest of a chain go only with `LASTGOOD_AUDIT_KEEP_DAYS`, after entries that tell of it. */
export interface AuditEntryRow {
  chain: string;
  number: number;
  at: string;
  district: string | null;
  key_id: string | null;
  action: string;
  entry: string;
}

/** The newest entry of a chain that is in the database. */
export interface AuditChainRow {
  chain: string;
  number: number;
  sha256: string;
}

export const auditMigrations: readonly OwnedMigration[] = [
  {
    name: '004-audit',
    async up(db: Kysely<unknown>) {
      await db.schema.createTable('audit_entries')
        .addColumn('chain', 'varchar(36)', (column) => column.notNull())
        .addColumn('number', 'bigint', (column) => column.notNull())
        .addColumn('at', 'varchar(32)', (column) => column.notNull())
        .addColumn('district', 'varchar(63)')
        .addColumn('key_id', 'varchar(64)')
        .addColumn('action', 'varchar(64)', (column) => column.notNull())
        .addColumn('entry', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('audit_entries_pk', ['chain', 'number'])
        .execute();
      await db.schema.createIndex('audit_entries_by_time').on('audit_entries').columns(['at', 'chain', 'number']).execute();
      await db.schema.createIndex('audit_entries_of_district').on('audit_entries').columns(['district', 'at']).execute();
      await db.schema.createIndex('audit_entries_of_key').on('audit_entries').columns(['key_id', 'at']).execute();
      await db.schema.createTable('audit_chains')
        .addColumn('chain', 'varchar(36)', (column) => column.primaryKey())
        .addColumn('number', 'bigint', (column) => column.notNull())
        .addColumn('sha256', 'varchar(64)', (column) => column.notNull())
        .execute();
    },
    async down(db: Kysely<unknown>) {
      await db.schema.dropTable('audit_chains').execute();
      await db.schema.dropTable('audit_entries').execute();
    },
  },
];
