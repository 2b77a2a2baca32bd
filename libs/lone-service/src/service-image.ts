import { setTimeout as wait } from 'node:timers/promises';
import { PORT_VARIABLES, type Running, type RunnerOptions } from './service-runner.js';

const DISTRICTS = '/tmp/lastgood.yaml';
const STARTED_WITHIN_MS = 60_000;

/**
 * Starts the image `lastgood/<service>` of this machine on the network of the host, so that it reaches servers on 127.0.0.1 whatever they run in. Throws when Docker does
 * not answer or there is no such image.
 */
export async function startImage({ service, environment, districts, port }: RunnerOptions): Promise<Running> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  const docker = await getContainerRuntimeClient();
  const image = `lastgood/${service}`;
  await docker.container.dockerode.getImage(image).inspect();
  let output = '';
  const container = await new GenericContainer(image)
    .withPullPolicy({ shouldPull: () => false })
    .withNetworkMode('host')
    .withEnvironment({ LASTGOOD_HOST: '127.0.0.1', LASTGOOD_CONFIG: DISTRICTS, [PORT_VARIABLES[service]]: String(port), ...environment })
    .withCopyContentToContainer([{ content: districts, target: DISTRICTS, mode: 0o644 }])
    .withLogConsumer((stream) => stream.on('data', (chunk: Buffer | string) => (output += chunk.toString())))
    // The test itself waits for what it needs; one that ends at once has started too.
    .withWaitStrategy(Wait.forLogMessage(/\n|./).withStartupTimeout(STARTED_WITHIN_MS))
    .start();
  const handle = docker.container.getById(container.getId());
  let exitCode: number | null | undefined;
  const ended = handle.wait().then((result: { StatusCode: number }) => (exitCode = result.StatusCode), () => (exitCode = null));
  const remove = async (): Promise<void> => {
    // The last lines may still be under way.
    await wait(200);
    await handle.remove({ force: true }).catch(() => undefined);
  };
  return {
    output: () => output,
    isAlive: () => exitCode === undefined,
    end: async (signal) => {
      if (exitCode === undefined) await handle.kill({ signal }).catch(() => undefined);
      await ended;
      await remove();
    },
    ended: async () => {
      await ended;
      await remove();
      return exitCode ?? null;
    },
  };
}
