import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ServiceName } from '@lastgood/contracts';
import { PORT_VARIABLES, type Running, type RunnerOptions } from './service-runner.js';

const run = promisify(execFile);

const DISTRICTS = '/tmp/lastgood.yaml';
const STARTED_WITHIN_MS = 60_000;
/** As deploy/local/build-images.sh labels what it builds. */
const REVISION = ['describe', '--always', '--dirty', '--exclude', '*'];
/** Unlike the revision it also shows files that git does not know yet. */
const CHANGES = ['status', '--porcelain'];

/** Null when this machine has the image of exactly the code that lies here, all of it committed, and a Docker whose containers reach this machine's 127.0.0.1; else the reason why not. */
export async function whyNoImage(service: ServiceName): Promise<string | null> {
  if (!isDockerOfThisMachine()) return 'containers of this Docker have another 127.0.0.1 than the tests';
  const image = `lastgood/${service}`;
  const built = await run('docker', ['image', 'inspect', '--format', '{{ index .Config.Labels "org.opencontainers.image.revision" }}', image]).catch(() => null);
  if (built === null) return `Docker does not answer, or has no image ${image}`;
  const [here, changes] = await Promise.all([git(REVISION), git(CHANGES)]);
  if (here === null || changes === null) return 'git does not tell which code lies here';
  if (changes !== '') return 'there are changes that no image has';
  return built.stdout.trim() === here ? null : `${image} is of ${built.stdout.trim()}, not of ${here}`;
}

/** What git prints of the code that lies here; null when it fails. */
async function git(args: readonly string[]): Promise<string | null> {
  const printed = await run('git', args, { cwd: fileURLToPath(new URL('.', import.meta.url)) }).catch(() => null);
  return printed?.stdout.trim() ?? null;
}

/** Docker elsewhere, and the virtual machine that it is on other systems, have a loopback of their own. */
function isDockerOfThisMachine(): boolean {
  const host = process.env['DOCKER_HOST'] ?? '';
  return process.platform === 'linux' && (host === '' || host.startsWith('unix:'));
}

/**
 * Starts the image `lastgood/<service>` of this machine on the network of the host, so that it reaches servers on 127.0.0.1 whatever they run in. Throws when Docker does
 * not answer or there is no such image.
 */
export async function startImage({ service, environment, districts, port }: RunnerOptions): Promise<Running> {
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  const docker = await getContainerRuntimeClient();
  const image = `lastgood/${service}`;
  await docker.container.dockerode.getImage(image).inspect();
  // Where testcontainers' own image that cleans up after killed tests is not at hand it may not be to be had at all, and the test removes what it starts.
  const reapers = await docker.container.dockerode.listImages({ filters: { reference: ['testcontainers/ryuk'] } });
  if (reapers.length === 0) process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
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
