import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { PrivateProcess } from './private-process.js';
import { rabbitAnswers, rabbitCommands, type RabbitCredentials, type RabbitFaults, type RunningRabbit } from './rabbit-server.js';
import { searchPath } from './settings.js';
import { until } from './until.js';

const run = promisify(execFile);
const readyWithinMs = 60_000;
/** Debian's wrapper on PATH changes the user and drops the environment; the scripts behind it do neither. */
const debianFolder = '/usr/lib/rabbitmq/bin';

/** A private broker from the program of this machine, or the reason why there is none. */
export async function startRabbitProgram(credentials: RabbitCredentials): Promise<RunningRabbit | { reason: string }> {
  const server = await findProgram('rabbitmq-server', [debianFolder, ...searchPath()]);
  const epmd = await findProgram('epmd');
  if (server === undefined || epmd === undefined) return { reason: 'no rabbitmq-server and epmd on PATH (tools/install-test-servers.sh installs them)' };
  let output = '';
  for (let attempt = 1; attempt <= 3; attempt++) {
    const node = await PrivateNode.start(server, epmd, credentials);
    if (await node.isReady()) return { url: `amqp://${credentials.user}:${credentials.password}@127.0.0.1:${node.port}`, faults: node.faults(), stop: () => node.stop() };
    output = await node.output();
    await node.stop();
  }
  throw new Error(`RabbitMQ did not get ready within ${readyWithinMs} ms, 3 times; it last printed: ${output}`);
}

/** One Erlang node with a port mapper of its own, so that nothing of the machine is used and nothing stays. */
class PrivateNode {
  private constructor(
    readonly port: number,
    private readonly program: string,
    private readonly environment: Record<string, string>,
    private readonly portMapper: PrivateProcess,
    private readonly broker: PrivateProcess,
  ) {}

  static async start(program: string, epmd: string, credentials: RabbitCredentials): Promise<PrivateNode> {
    const [port, mapperPort, nodePort] = [await freePort(), await freePort(), await freePort()];
    const environment = {
      ERL_EPMD_PORT: String(mapperPort),
      RABBITMQ_NODENAME: `lastgood${port}@localhost`,
      RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
      RABBITMQ_NODE_PORT: String(port),
      RABBITMQ_DIST_PORT: String(nodePort),
      RABBITMQ_LOGS: '-',
      // Makes the script become the Erlang machine instead of a keeper of it, so that its id is the broker's.
      RABBITMQ_ALLOW_INPUT: '1',
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-noinput -kernel inet_dist_use_interface {127,0,0,1}',
    };
    const portMapper = await PrivateProcess.start('epmd', () => [epmd, '-port', String(mapperPort), '-address', '127.0.0.1'], {});
    const broker = await PrivateProcess.start('rabbitmq', (folder) => commandFor(program, folder, credentials), environment);
    return new PrivateNode(port, program, { ...environment, HOME: broker.folder }, portMapper, broker);
  }

  isReady(): Promise<boolean> {
    return until(() => rabbitAnswers('127.0.0.1', this.port), readyWithinMs);
  }

  output(): Promise<string> {
    return this.broker.output();
  }

  async stop(): Promise<void> {
    await this.broker.stop();
    await this.portMapper.stop();
  }

  faults(): RabbitFaults {
    return {
      pause: () => this.broker.pause(),
      resume: async () => this.broker.resume(),
      kill: () => this.broker.kill(),
      restart: async () => {
        await this.broker.start();
        if (!(await this.isReady())) throw new Error(`RabbitMQ did not come back: ${await this.output()}`);
      },
      closeConnections: () => this.#control(rabbitCommands.closeConnections),
      memoryAlarm: (on) => this.#control(rabbitCommands.memoryAlarm(on)),
      empty: () => this.#control(rabbitCommands.empty),
    };
  }

  async #control(command: string[]): Promise<void> {
    const env = { PATH: searchPath().join(':'), ...this.environment };
    await run(join(dirname(this.program), 'rabbitmqctl'), ['--quiet', ...command], { env, timeout: 30_000 });
  }
}

function commandFor(program: string, folder: string, { user, password }: RabbitCredentials): string[] {
  const [settings, plugins] = [join(folder, 'rabbitmq.conf'), join(folder, 'enabled_plugins')];
  writeFileSync(settings, `default_user = ${user}\ndefault_pass = ${password}\nheartbeat = 10\n`, { mode: 0o600 });
  writeFileSync(plugins, '[].\n');
  return [
    'env', `RABBITMQ_MNESIA_BASE=${join(folder, 'mnesia')}`, `RABBITMQ_LOG_BASE=${join(folder, 'log')}`, `RABBITMQ_CONFIG_FILE=${settings}`,
    `RABBITMQ_ENABLED_PLUGINS_FILE=${plugins}`, `RABBITMQ_CONF_ENV_FILE=${join(folder, 'none')}`, program,
  ];
}
