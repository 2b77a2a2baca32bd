import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { startRabbitContainer } from './rabbit-container.js';
import { startRabbitProgram } from './rabbit-program.js';
import { type Faults, ServerUnavailable } from './server.js';
import { givenRabbit } from './settings.js';

/** What fault tests may do to a broker beside the rest. */
export interface RabbitFaults extends Faults {
  /** Closes every connection as an operator would. */
  closeConnections(): Promise<void>;
  /** Switches the memory alarm, which blocks whoever publishes, on or off. */
  memoryAlarm(on: boolean): Promise<void>;
  /** Deletes every queue with all messages in it, under whoever uses it. */
  empty(): Promise<void>;
}

/** A real RabbitMQ for one test file. Names of queues and exchanges must start with something of the test's own, so that several runs may use one broker. */
export interface RabbitServer {
  /** Where it came from; only containers and processes have `faults`. */
  from: 'address' | 'container' | 'process';
  /** `amqp://user:password@host:port` of a user who may declare everything. */
  url: string;
  faults: RabbitFaults | undefined;
  stop(): Promise<void>;
}

/** What a private broker is made with. */
export interface RabbitCredentials {
  user: string;
  password: string;
}

export type RunningRabbit = Pick<RabbitServer, 'url' | 'faults' | 'stop'>;

/** Takes the broker that the environment names, else a container, else the program of this machine; `ServerUnavailable` when there is none. */
export async function startRabbit(): Promise<RabbitServer> {
  const given = givenRabbit();
  if (given !== undefined) return { from: 'address', url: given, faults: undefined, stop: async () => {} };
  const credentials: RabbitCredentials = { user: `test-${randomBytes(6).toString('hex')}`, password: randomBytes(20).toString('hex') };
  const tried = ['LASTGOOD_TEST_RABBITMQ_URL is not set'];
  const container = await startRabbitContainer(credentials);
  if ('url' in container) return { from: 'container', ...container };
  tried.push(container.reason);
  const program = await startRabbitProgram(credentials);
  if ('url' in program) return { from: 'process', ...program };
  tried.push(program.reason);
  throw new ServerUnavailable('a RabbitMQ broker', tried);
}

const protocolHeader = Buffer.from('AMQP\0\0\t\x01', 'latin1');

/** True when the broker answers the first bytes of AMQP 0-9-1 within 2 s. */
export async function rabbitAnswers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    socket.write(protocolHeader);
    const [first] = (await once(socket, 'data', { signal: AbortSignal.timeout(2_000) })) as [Buffer];
    return first[0] === 1;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The arguments of rabbitmqctl for one fault; the mark is the default of RabbitMQ 3.10. */
export const rabbitCommands = {
  closeConnections: ['close_all_connections', 'a test'],
  memoryAlarm: (on: boolean) => ['set_vm_memory_high_watermark', on ? '0.00001' : '0.4'],
  empty: ['eval', '[rabbit_amqqueue:delete(Queue, false, false, <<"a test">>) || Queue <- rabbit_amqqueue:list()].'],
};
