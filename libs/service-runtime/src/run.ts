import { DataFolderInUse, DataFolderUnusable } from '@lastgood/database';
import { ConfigurationError } from './configuration-error.js';
import { askedBack, migrateBack } from './migrate-back.js';
import { codeOf } from './read-environment.js';
import type { ServiceDefinition } from './service-definition.js';
import { startServices, type RunningServices, type RunOptions } from './start-services.js';
import { DatabaseRefused } from './table-preparation.js';

/**
 * The one start-up path of every process: starts the services, stops them on SIGTERM and SIGINT, and ends the process with code
 * 1 and plain words when the configuration is wrong or the data folder is taken or of no use. With the words `migrate-back <service>/<migration>` it takes tables back and ends.
 */
export async function run(services: readonly ServiceDefinition[], options: RunOptions = {}): Promise<RunningServices> {
  let running: RunningServices;
  try {
    const target = askedBack(process.argv.slice(2));
    if (target !== null) {
      await migrateBack(services, target, options.environment ?? process.env, options.embedded);
      process.stdout.write(`The tables are those of ${target}.\n`);
      process.exit(0);
    }
    running = await startServices(services, options);
  } catch (error) {
    process.stderr.write(`${startFailure(error)}\n`);
    process.exit(1);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(running));
  return running;
}

async function stop(running: RunningServices): Promise<never> {
  const inTime = await running.close();
  process.exit(inTime ? 0 : 1);
}

function startFailure(error: unknown): string {
  if (error instanceof ConfigurationError || error instanceof DataFolderInUse || error instanceof DataFolderUnusable || error instanceof DatabaseRefused) return error.message;
  if (error instanceof Error && codeOf(error) === 'EADDRINUSE') return `Lastgood cannot start: a port is taken already (${error.message}). Set PORT to a free one.`;
  return `Lastgood cannot start: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown failure'}`;
}
