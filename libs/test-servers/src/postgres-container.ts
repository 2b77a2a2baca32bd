import { findDocker } from './find-docker.js';
import { freePort } from './free-port.js';
import { postgresAnswers, type PostgresCredentials, type RunningPostgres } from './postgres-server.js';
import { imageOf } from './settings.js';
import { until } from './until.js';

const containerPort = 5432;

/** The server in a container, or the reason why there is none: Docker does not answer or is not wanted, or the image cannot be had. */
export async function startPostgresContainer({ user, password }: PostgresCredentials): Promise<RunningPostgres | { reason: string }> {
  const docker = await findDocker();
  if ('reason' in docker) return docker;
  const { GenericContainer, Wait } = await import('testcontainers');

  const image = imageOf('postgres');
  const port = await freePort();
  try {
    const container = await new GenericContainer(image)
      .withEnvironment({ POSTGRES_USER: user, POSTGRES_PASSWORD: password, POSTGRES_DB: 'postgres', POSTGRES_INITDB_ARGS: '--locale-provider=icu --icu-locale=en-US --no-sync' })
      .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
      .withExposedPorts({ container: containerPort, host: port })
      .withWaitStrategy(Wait.forListeningPorts())
      .start();
    const handle = docker.container.getById(container.getId());
    const url = `postgres://${user}:${password}@${container.getHost()}:${port}/postgres`;
    const isReady = async () => {
      if (!(await until(() => postgresAnswers(url), 30_000))) throw new Error('PostgreSQL did not get ready in its container');
    };
    await isReady();
    return {
      url,
      faults: {
        pause: async () => void (await handle.pause()),
        resume: async () => void (await handle.unpause()),
        kill: async () => void (await handle.kill()),
        restart: async () => {
          await handle.start();
          await isReady();
        },
      },
      stop: async () => void (await container.stop()),
    };
  } catch (error) {
    return { reason: `image ${image} did not start: ${error instanceof Error ? error.message : String(error)}` };
  }
}
