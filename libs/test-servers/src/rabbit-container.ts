import { findDocker } from './find-docker.js';
import { freePort } from './free-port.js';
import { rabbitAnswers, rabbitCommands, type RabbitCredentials, type RunningRabbit } from './rabbit-server.js';
import { imageOf } from './settings.js';
import { until } from './until.js';

const containerPort = 5672;

/** The broker in a container, or the reason why there is none: Docker does not answer or is not wanted, or the image cannot be had. */
export async function startRabbitContainer({ user, password }: RabbitCredentials): Promise<RunningRabbit | { reason: string }> {
  const docker = await findDocker();
  if ('reason' in docker) return docker;
  const { GenericContainer, Wait } = await import('testcontainers');

  const image = imageOf('rabbitmq');
  const port = await freePort();
  try {
    const container = await new GenericContainer(image)
      .withEnvironment({ RABBITMQ_DEFAULT_USER: user, RABBITMQ_DEFAULT_PASS: password })
      .withExposedPorts({ container: containerPort, host: port })
      .withWaitStrategy(Wait.forListeningPorts())
      .start();
    const handle = docker.container.getById(container.getId());
    const isReady = async () => {
      if (!(await until(() => rabbitAnswers(container.getHost(), port), 60_000))) throw new Error('RabbitMQ did not get ready in its container');
    };
    const control = async (command: string[]) => {
      const { exitCode, output } = await container.exec(['rabbitmqctl', '--quiet', ...command]);
      if (exitCode !== 0) throw new Error(`rabbitmqctl failed: ${output}`);
    };
    await isReady();
    return {
      url: `amqp://${user}:${password}@${container.getHost()}:${port}`,
      faults: {
        pause: async () => void (await handle.pause()),
        resume: async () => void (await handle.unpause()),
        kill: async () => void (await handle.kill()),
        restart: async () => {
          await handle.start();
          await isReady();
        },
        closeConnections: () => control(rabbitCommands.closeConnections),
        memoryAlarm: (on) => control(rabbitCommands.memoryAlarm(on)),
        empty: () => control(rabbitCommands.empty),
      },
      stop: async () => void (await container.stop()),
    };
  } catch (error) {
    return { reason: `image ${image} did not start: ${error instanceof Error ? error.message : String(error)}` };
  }
}
