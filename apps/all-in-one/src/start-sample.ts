import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** The sample's district and source, as `lastgood.yaml` would name them. */
export const SAMPLE = { district: 'sample', source: 'sis' } as const;

export interface Sample {
  url: string;
  /** Variables to start the services with. */
  environment: { LASTGOOD_CONFIG: string; LASTGOOD_SAMPLE_TOKEN: string };
}

const Listening = z.strictObject({ url: z.url() });

/** Starts a simulated provider in a process of its own, which ends with this one, and writes the configuration that points at it. */
export async function startSample(people: number, dataFolder: string): Promise<Sample> {
  const token = randomBytes(24).toString('base64url');
  const child = fork(new URL('./sample-simulator.js', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.send({ people, token });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The simulator of the sample district ended before it listened.')));
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [unknown];
  ended.catch(() => undefined);
  const { url } = Listening.parse(answer);
  // The process may end while the simulator still runs.
  child.unref();
  child.channel?.unref();
  const folder = join(dataFolder, 'sample');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'lastgood.yaml');
  await writeFile(path, JSON.stringify(configuration(url), null, 2), { mode: 0o600 });
  return { url, environment: { LASTGOOD_CONFIG: path, LASTGOOD_SAMPLE_TOKEN: token } };
}

/** JSON, which is YAML too. The token stays a reference. */
function configuration(url: string): unknown {
  const district = {
    id: SAMPLE.district,
    name: 'Sample district',
    sources: [{ id: SAMPLE.source, kind: 'oneroster-1.1', baseUrl: `${url}/ims/oneroster/v1p1`, auth: { kind: 'bearer', token: '${LASTGOOD_SAMPLE_TOKEN}' }, allowPrivateAddresses: true }],
  };
  return { version: 1, districts: [district] };
}
