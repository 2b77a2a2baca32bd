import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../apps/cli/dist/main.js', import.meta.url));

/** How a command ended and what it printed. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** The `lastgood` command as a user types it, with nothing in its environment but this and PATH. */
export function lastgood(environment: Record<string, string>, ...args: string[]): Promise<Ended> {
  return runProgram(process.execPath, [MAIN, ...args], environment);
}

/** Any program, to its end. */
export async function runProgram(program: string, args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(program, [...args], { env: { PATH: process.env['PATH'] ?? '', ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended: Ended = { code: null, out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (ended.out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (ended.err += chunk.toString('utf8')));
  await once(child, 'close');
  ended.code = child.exitCode;
  return ended;
}
