import { lockDataFolder } from '@lastgood/database';
import { openDatabase } from './adapters.js';
import { ConfigurationError } from './configuration-error.js';
import type { Environment } from './secrets.js';
import type { ServiceDefinition } from './service-definition.js';
import { readSettings } from './settings.js';

/** The words of `main.js migrate-back <service>/<migration>`; null for any other start. */
export function askedBack(words: readonly string[]): string | null {
  return words[0] === 'migrate-back' ? (words[1] ?? '') : null;
}

/**
 * Takes the tables of one service back until the named migration is the newest applied, or all of them for `<service>/nothing`: before an older version of the service is
 * started. The service itself is not started; its other replicas must have ended. Throws `ConfigurationError`, `DataFolderInUse`, or as the database does.
 */
export async function migrateBack(services: readonly ServiceDefinition[], target: string, environment: Environment, embedded = false): Promise<void> {
  const known = services.flatMap(({ name, migrations = [] }) => [`${name}/nothing`, ...migrations.map((migration) => `${name}/${migration.name}`)]);
  const definition = services.find(({ name }) => target.startsWith(`${name}/`));
  if (!definition || !known.includes(target)) throw new ConfigurationError([{ key: 'migrate-back', message: `name one of ${known.join(', ')}` }]);
  const settings = readSettings(services, environment, embedded);
  const lock = lockDataFolder(settings.dataFolder);
  try {
    const database = openDatabase(settings);
    try {
      const to = target.slice(definition.name.length + 1);
      await database.migrateBack(definition.name, definition.migrations ?? [], to === 'nothing' ? null : to);
    } finally {
      await database.close();
    }
  } finally {
    lock.release();
  }
}
