import { join } from 'node:path';
import { Database, lockDataFolder, openPostgresDatabase, openSqliteDatabase } from '@lastgood/database';
import { EventBus, InProcessEventBus, RabbitEventBus } from '@lastgood/event-bus';
import { DirectoryObjectStore, LateObjectStore, ObjectStore, S3ObjectStore } from '@lastgood/object-store';
import type { Clock } from './clock.js';
import type { RuntimeSettings } from './runtime-settings.js';
import type { Settings } from './settings.js';

/** What the services of one process share. */
export interface Adapters {
  bus: EventBus;
  store: ObjectStore;
  database: Database;
  /** Disconnects all of it and gives the data folder back, in the order that loses nothing. */
  close(): Promise<void>;
}

/** Takes the data folder and opens the adapters that the settings ask for. Throws `DataFolderInUse`; leaves nothing open when it throws. */
export async function openAdapters(settings: Settings, clock: Clock): Promise<Adapters> {
  const lock = lockDataFolder(settings.dataFolder);
  try {
    const store = await openStore(settings.runtime, settings.dataFolder, clock);
    const database = openDatabase(settings);
    const bus = openBus(settings, clock);
    return {
      bus, store, database,
      close: async () => {
        await Promise.allSettled([bus.close(), store.close(), database.close()]);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openBus({ runtime: { LASTGOOD_BROKER_URL: url }, services }: Settings, clock: Clock): EventBus {
  return url === undefined ? new InProcessEventBus({ clock }) : new RabbitEventBus({ url, clock, name: services.map(({ definition }) => definition.name).join(', ') });
}

/** The database that the settings name; a file of the data folder, which the caller holds, when they name none. */
export function openDatabase({ runtime: { LASTGOOD_DATABASE_URL: url, LASTGOOD_DATABASE_CONNECTIONS: connections }, dataFolder }: Settings): Database {
  return url === undefined ? openSqliteDatabase(join(dataFolder, 'lastgood.sqlite')) : openPostgresDatabase({ url, limits: { connections } });
}

async function openStore(runtime: RuntimeSettings, dataFolder: string, clock: Clock): Promise<ObjectStore> {
  const { LASTGOOD_S3_ENDPOINT: endpoint, LASTGOOD_S3_BUCKET: bucket, LASTGOOD_S3_REGION: region, LASTGOOD_S3_ACCESS_KEY: accessKey, LASTGOOD_S3_SECRET_KEY: secretKey } = runtime;
  if (endpoint === undefined || bucket === undefined || accessKey === undefined || secretKey === undefined) {
    return DirectoryObjectStore.open({ root: join(dataFolder, 'store'), now: () => clock.now() });
  }
  return LateObjectStore.start(() => S3ObjectStore.open({ endpoint, bucket, region, accessKey, secretKey }));
}
