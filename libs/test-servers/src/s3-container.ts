import { findDocker } from './find-docker.js';
import { freePort } from './free-port.js';
import { s3Programs, type S3Credentials } from './s3-programs.js';
import type { S3Make, S3Server } from './s3-server.js';
import { imageOf } from './settings.js';
import { answers, until } from './until.js';

const containerPort = 9000;
// Exists in every image and is writable for every user; the container's own layer knows the extended attributes that versitygw needs.
const dataFolder = '/tmp';

/** The server in a container, or the reason why there is none: Docker does not answer or is not wanted, or the image cannot be had. */
export async function startS3Container(make: S3Make, credentials: S3Credentials): Promise<Pick<S3Server, 'endpoint' | 'faults' | 'stop'> | { reason: string }> {
  const docker = await findDocker();
  if ('reason' in docker) return docker;
  const { GenericContainer, Wait } = await import('testcontainers');

  const program = s3Programs[make];
  const image = imageOf(make);
  const port = await freePort();
  const wait = Wait.forHttp(program.healthPath ?? '/', containerPort).forStatusCodeMatching((status) => !program.healthPath || status === 200);
  try {
    const container = await new GenericContainer(image)
      .withEntrypoint([make])
      .withCommand(program.arguments(`0.0.0.0:${containerPort}`, dataFolder))
      .withEnvironment(program.environment(credentials))
      .withExposedPorts({ container: containerPort, host: port })
      .withWaitStrategy(wait)
      .start();
    const handle = docker.container.getById(container.getId());
    const endpoint = `http://${container.getHost()}:${port}`;
    const isUp = () => answers(`${endpoint}${program.healthPath ?? '/'}`, program.healthPath !== undefined);
    return {
      endpoint,
      faults: {
        pause: async () => void (await handle.pause()),
        resume: async () => void (await handle.unpause()),
        kill: async () => void (await handle.kill()),
        restart: async () => {
          await handle.start();
          if (!(await until(isUp, 30_000))) throw new Error(`${make} did not come back in its container`);
        },
      },
      stop: async () => void (await container.stop()),
    };
  } catch (error) {
    return { reason: `image ${image} did not start: ${error instanceof Error ? error.message : String(error)}` };
  }
}
