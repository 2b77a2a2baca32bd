import { startPostgres, startRabbit, startS3, type PostgresServer, type RabbitServer, type S3Server } from '@lastgood/test-servers';

/** A real broker, database and object store, and what tells services where they are. */
export interface ServersBeside<Postgres extends PostgresServer = PostgresServer> {
  broker: RabbitServer;
  database: Postgres;
  store: S3Server;
  environment: Record<string, string>;
  stop(): Promise<void>;
}

/** Starts one of each, with an empty database and an empty bucket; `ServerUnavailable` when this machine lacks one. */
export function startServers(): Promise<ServersBeside> {
  return startServersWith(startPostgres);
}

/** The same with a database server of one's own. */
export async function startServersWith<Postgres extends PostgresServer>(startDatabase: () => Promise<Postgres>): Promise<ServersBeside<Postgres>> {
  const started: { stop(): Promise<void> }[] = [];
  const kept = async <Server extends { stop(): Promise<void> }>(server: Promise<Server>): Promise<Server> => {
    started.push(await server);
    return server;
  };
  const stop = async (): Promise<void> => void (await Promise.all(started.map((server) => server.stop())));
  const all = await Promise.allSettled([kept(startRabbit()), kept(startDatabase()), kept(startS3({ make: 'minio' }))]);
  const [broker, database, store] = all;
  if (broker.status === 'rejected' || database.status === 'rejected' || store.status === 'rejected') {
    await stop();
    throw all.find((one) => one.status === 'rejected')?.reason;
  }
  const environment = {
    LASTGOOD_BROKER_URL: broker.value.url,
    LASTGOOD_DATABASE_URL: await database.value.createDatabase(),
    LASTGOOD_S3_ENDPOINT: store.value.endpoint, LASTGOOD_S3_BUCKET: `${store.value.bucketPrefix}apart`, LASTGOOD_S3_REGION: store.value.region,
    LASTGOOD_S3_ACCESS_KEY: store.value.accessKey, LASTGOOD_S3_SECRET_KEY: store.value.secretKey,
  };
  return { broker: broker.value, database: database.value, store: store.value, environment, stop };
}
