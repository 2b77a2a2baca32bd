import { join } from 'node:path';
import { Database, lockDataFolder, openSqliteDatabase } from '@lastgood/database';
import { EventBus, InProcessEventBus } from '@lastgood/event-bus';
import { DirectoryObjectStore, ObjectStore, S3ObjectStore } from '@lastgood/object-store';
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
    const database = openSqliteDatabase(join(settings.dataFolder, 'lastgood.sqlite'));
    const bus = new InProcessEventBus({ clock });
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

async function openStore(runtime: RuntimeSettings, dataFolder: string, clock: Clock): Promise<ObjectStore> {
  const { LASTGOOD_S3_ENDPOINT: endpoint, LASTGOOD_S3_BUCKET: bucket, LASTGOOD_S3_REGION: region, LASTGOOD_S3_ACCESS_KEY: accessKey, LASTGOOD_S3_SECRET_KEY: secretKey } = runtime;
  if (endpoint === undefined || bucket === undefined || accessKey === undefined || secretKey === undefined) {
    return DirectoryObjectStore.open({ root: join(dataFolder, 'store'), now: () => clock.now() });
  }
  return S3ObjectStore.open({ endpoint, bucket, region, accessKey, secretKey });
}
