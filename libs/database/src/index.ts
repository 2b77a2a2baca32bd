export { DataFolderInUse, DataFolderUnusable, lockDataFolder, type DataFolderLock } from './data-folder-lock.js';
export { Database, type DatabaseKind } from './database.js';
export type { OwnedMigration } from './migrate.js';
export { openPostgresDatabase, POSTGRES_LIMITS, type PostgresOptions } from './postgres-database.js';
export { openSqliteDatabase } from './sqlite-database.js';
