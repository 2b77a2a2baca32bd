import { ServiceError } from '@lastgood/contracts';
import type { Kysely } from 'kysely';
import { Migrator, NO_MIGRATIONS, type MigrationResultSet } from 'kysely/migration';

/** One step of a service's tables, forward and back. Applied in the order of the names, as `001-runs`, `002-outbox`. */
export interface OwnedMigration {
  name: string;
  up(db: Kysely<unknown>): Promise<void>;
  down(db: Kysely<unknown>): Promise<void>;
}

const OWNER = /^[a-z][a-z0-9_]{0,30}$/;

/** Applies what is missing, all of it in one transaction. */
export async function migrateToLatest(db: Kysely<unknown>, owner: string, migrations: readonly OwnedMigration[]): Promise<void> {
  throwFailure(owner, await migratorOf(db, owner, migrations).migrateToLatest());
}

/** Takes back everything after `to`, or everything. */
export async function migrateBack(db: Kysely<unknown>, owner: string, migrations: readonly OwnedMigration[], to: string | null): Promise<void> {
  throwFailure(owner, await migratorOf(db, owner, migrations).migrateTo(to ?? NO_MIGRATIONS));
}

function migratorOf(db: Kysely<unknown>, owner: string, migrations: readonly OwnedMigration[]): Migrator {
  if (!OWNER.test(owner)) throw new Error(`${JSON.stringify(owner)} cannot own tables: lower-case letters, digits and underscores.`);
  const names = migrations.map(({ name }) => name);
  if (new Set(names).size !== names.length) throw new Error(`Two migrations of ${owner} have the same name.`);
  return new Migrator({
    db,
    provider: { getMigrations: async () => Object.fromEntries(migrations.map((migration) => [migration.name, migration])) },
    migrationTableName: `migrations_${owner}`,
    migrationLockTableName: `migrations_${owner}_lock`,
  });
}

function throwFailure(owner: string, { error, results }: MigrationResultSet): void {
  if (error === undefined) return;
  if (error instanceof ServiceError) throw error;
  const failed = results?.find(({ status }) => status === 'Error')?.migrationName;
  throw new Error(failed === undefined ? `The tables of ${owner} cannot be migrated.` : `The migration ${failed} of ${owner} failed; nothing of it was kept.`, { cause: error });
}
