import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PORT_VARIABLES, type Running, type RunnerOptions } from './service-runner.js';

/** Starts `node apps/<service>/dist/main.js` with a folder of its own, which goes with it. */
export function startProcess({ service, environment, districts, port }: RunnerOptions): Running {
  const folder = mkdtempSync(join(tmpdir(), `lastgood-lone-${service}-`));
  writeFileSync(join(folder, 'lastgood.yaml'), districts);
  const child = spawn(process.execPath, [fileURLToPath(new URL(`../../../apps/${service}/dist/main.js`, import.meta.url))], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], LASTGOOD_DATA_DIR: join(folder, 'data'), LASTGOOD_CONFIG: join(folder, 'lastgood.yaml'), [PORT_VARIABLES[service]]: String(port), ...environment },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  const closed = once(child, 'close').then(() => rmSync(folder, { recursive: true, force: true }));
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    output: () => output,
    isAlive,
    end: async (signal) => {
      if (isAlive()) child.kill(signal);
      await closed;
    },
    ended: async () => {
      await closed;
      return child.exitCode;
    },
  };
}
