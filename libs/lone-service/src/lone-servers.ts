import { S3ObjectStore } from '@lastgood/object-store';
import { startPostgres, startRabbit, startS3, type PostgresServer, type RabbitServer, type S3Server } from '@lastgood/test-servers';

/** Which servers a service cannot work without, beside the broker. */
export interface Needs {
  database: boolean;
  store: boolean;
}

/** The servers of one service, an empty database and an empty bucket on them, and what tells a service where they are. */
export interface LoneServers {
  broker: RabbitServer;
  /** Throws for a service that needs none. */
  readonly database: PostgresServer;
  /** Throws for a service that needs none. */
  readonly store: S3Server;
  environment: Record<string, string>;
  /** The bucket as the test sees it. */
  openBucket(): Promise<S3ObjectStore>;
  stop(): Promise<void>;
}

/** Starts RabbitMQ, and PostgreSQL and MinIO where they are needed; `ServerUnavailable` when this machine lacks one. */
export async function startLoneServers(needs: Needs): Promise<LoneServers> {
  const started: { stop(): Promise<void> }[] = [];
  const kept = async <Server extends { stop(): Promise<void> }>(server: Promise<Server>): Promise<Server> => {
    started.push(await server);
    return server;
  };
  const stop = async (): Promise<void> => void (await Promise.all(started.map((server) => server.stop())));
  const all = await Promise.allSettled([
    kept(startRabbit()), needs.database ? kept(startPostgres()) : undefined, needs.store ? kept(startS3({ make: 'minio' })) : undefined,
  ] as const);
  const [broker, database, store] = all;
  if (broker.status === 'rejected' || database.status === 'rejected' || store.status === 'rejected') {
    await stop();
    throw all.find((one) => one.status === 'rejected')?.reason;
  }
  const bucket = `${store.value?.bucketPrefix ?? ''}lone`;
  return {
    broker: broker.value,
    get database() {
      return there(database.value, 'database');
    },
    get store() {
      return there(store.value, 'store');
    },
    environment: {
      LASTGOOD_BROKER_URL: broker.value.url,
      ...(database.value && { LASTGOOD_DATABASE_URL: await database.value.createDatabase() }),
      ...(store.value && {
        LASTGOOD_S3_ENDPOINT: store.value.endpoint, LASTGOOD_S3_BUCKET: bucket, LASTGOOD_S3_REGION: store.value.region,
        LASTGOOD_S3_ACCESS_KEY: store.value.accessKey, LASTGOOD_S3_SECRET_KEY: store.value.secretKey,
      }),
    },
    openBucket: () => {
      const { endpoint, region, accessKey, secretKey } = there(store.value, 'store');
      return S3ObjectStore.open({ endpoint, region, bucket, accessKey, secretKey });
    },
    stop,
  };
}

function there<Server>(server: Server | undefined, what: string): Server {
  if (server === undefined) throw new Error(`this service needs no ${what}`);
  return server;
}
