import { randomBytes } from 'node:crypto';
import { findProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { PrivateProcess } from './private-process.js';
import { startS3Container } from './s3-container.js';
import { s3Programs, type S3Credentials } from './s3-programs.js';
import { type Faults, ServerUnavailable } from './server.js';
import { givenS3 } from './settings.js';
import { answers, until } from './until.js';

export type S3Make = 'minio' | 'versitygw';

/** A real S3 server for one test file. Buckets must start with `bucketPrefix`, so that several runs may use one server. */
export interface S3Server {
  make: S3Make;
  /** Where it came from; only containers and processes have `faults`. */
  from: 'address' | 'container' | 'process';
  endpoint: string;
  region: string;
  accessKey: string;
  secretKey: string;
  bucketPrefix: string;
  faults: Faults | undefined;
  stop(): Promise<void>;
}

const readyWithinMs = 30_000;

/** Takes the server that the environment names, else a container, else a program of this machine; `ServerUnavailable` when there is none. `encrypts`: at rest, where it is started here; minio only. */
export async function startS3({ make, encrypts = false }: { make: S3Make; encrypts?: boolean }): Promise<S3Server> {
  const bucketPrefix = `lg-${randomBytes(5).toString('hex')}-`;
  const given = givenS3();
  if (given) return { make, from: 'address', ...given, bucketPrefix, faults: undefined, stop: async () => {} };

  const credentials: S3Credentials = {
    region: s3Programs[make].region,
    accessKey: `test-${randomBytes(6).toString('hex')}`,
    secretKey: randomBytes(20).toString('hex'),
    ...(encrypts && { encryptionKey: randomBytes(32).toString('base64') }),
  };
  const tried = ['LASTGOOD_TEST_S3_ENDPOINT is not set'];
  const container = await startS3Container(make, credentials);
  if ('endpoint' in container) return { make, from: 'container', ...credentials, bucketPrefix, ...container };
  tried.push(container.reason);

  const program = await findProgram(make);
  if (program) return { make, from: 'process', ...credentials, bucketPrefix, ...(await startProgram(make, program, credentials)) };
  tried.push(`no program ${make} on PATH or in go's bin folder (tools/install-test-servers.sh installs it)`);
  throw new ServerUnavailable(`an S3 server (${make})`, tried);
}

type Running = Pick<S3Server, 'endpoint' | 'faults' | 'stop'>;

async function startProgram(make: S3Make, program: string, credentials: S3Credentials): Promise<Running> {
  let output = '';
  for (let attempt = 1; attempt <= 3; attempt++) {
    const address = `127.0.0.1:${await freePort()}`;
    const command = (dataFolder: string) => [program, ...s3Programs[make].arguments(address, dataFolder)];
    const server = await PrivateProcess.start(make, command, s3Programs[make].environment(credentials));
    const endpoint = `http://${address}`;
    if (await isReady(make, endpoint)) return { endpoint, faults: faultsOf(make, endpoint, server), stop: () => server.stop() };
    output = await server.output();
    await server.stop();
  }
  throw new Error(`${make} did not get ready within ${readyWithinMs} ms, 3 times; it last printed: ${output}`);
}

function isReady(make: S3Make, endpoint: string): Promise<boolean> {
  const { healthPath } = s3Programs[make];
  return until(() => answers(`${endpoint}${healthPath ?? '/'}`, healthPath !== undefined), readyWithinMs);
}

function faultsOf(make: S3Make, endpoint: string, server: PrivateProcess): Faults {
  return {
    pause: () => server.pause(),
    resume: async () => server.resume(),
    kill: () => server.kill(),
    restart: async () => {
      await server.start();
      if (!(await isReady(make, endpoint))) throw new Error(`${make} did not come back: ${await server.output()}`);
    },
  };
}
