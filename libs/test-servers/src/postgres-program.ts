import { execFile } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { PrivateProcess } from './private-process.js';
import { postgresAnswers, type PostgresCredentials, type RunningPostgres } from './postgres-server.js';
import { type Faults, ServerUnavailable } from './server.js';
import { searchPath } from './settings.js';
import { until } from './until.js';

const run = promisify(execFile);
const readyWithinMs = 30_000;
const debianFolder = '/usr/lib/postgresql';
/** `nobody` and `nogroup` of every Linux: PostgreSQL refuses to run as root. */
const nobody = 65_534;

/**
 * Makes the cluster at the first start, then becomes the server, which keeps the id of the shell. The order of texts is not that of bytes, as in many
 * installations, so that a query which depends on it fails here.
 */
const script = `
bin=$1 data=$2 port=$3
shift 3
if [ ! -f "$data/PG_VERSION" ]; then
  umask 077
  printf '%s\\n' "$NEW_PASSWORD" > "$data/../password"
  "$bin/initdb" -D "$data" -U "$NEW_USER" --pwfile="$data/../password" -A scram-sha-256 -E UTF8 --locale=C --locale-provider=icu --icu-locale=en-US --no-sync || exit 1
  rm "$data/../password"
fi
exec "$bin/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200 "$@"
`;

/** One that can be broken, and whose files can be worked on. */
export interface PostgresProgram extends RunningPostgres {
  faults: Faults;
  /** Runs a script of sh beside the server, as the same user and in the folder that holds its data folder, `data`; PATH begins with its programs. Throws with what it printed. */
  beside(script: string, environment?: Record<string, string>): Promise<void>;
}

/** A private server from the programs of this machine, or the reason why there is none. `settings`: of postgresql.conf, as `name=value`. */
export async function startPostgresProgram(credentials: PostgresCredentials, settings: readonly string[] = []): Promise<PostgresProgram | { reason: string }> {
  const bin = await findBinFolder();
  if (bin === undefined) return { reason: `no initdb and postgres on PATH or in ${debianFolder}/*/bin (tools/install-test-servers.sh installs them)` };
  let output = '';
  for (let attempt = 1; attempt <= 3; attempt++) {
    const port = await freePort();
    let folder = '';
    const server = await PrivateProcess.start('postgres', (dataFolder) => {
      folder = dataFolder;
      return commandFor(bin, dataFolder, port, settings);
    }, { NEW_USER: credentials.user, NEW_PASSWORD: credentials.password });
    const url = `postgres://${credentials.user}:${credentials.password}@127.0.0.1:${port}/postgres`;
    if (await until(() => postgresAnswers(url), readyWithinMs)) return { url, faults: faultsOf(url, folder, server), beside: besideOf(bin, folder), stop: () => server.stop() };
    output = await server.output();
    await server.stop();
  }
  throw new Error(`PostgreSQL did not get ready within ${readyWithinMs} ms, 3 times; it last printed: ${output}`);
}

function commandFor(bin: string, dataFolder: string, port: number, settings: readonly string[]): string[] {
  const command = ['sh', '-c', script, 'sh', bin, dataFolder, String(port), ...settings.flatMap((setting) => ['-c', setting])];
  if (process.getuid?.() !== 0) return command;
  for (const folder of [dirname(dataFolder), dataFolder]) {
    chownSync(folder, nobody, nobody);
    chmodSync(folder, 0o700);
  }
  return unprivileged(command);
}

function unprivileged(command: string[]): string[] {
  return process.getuid?.() === 0 ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', ...command] : command;
}

function besideOf(bin: string, dataFolder: string): PostgresProgram['beside'] {
  return async (text, environment = {}) => {
    const [program = '', ...args] = unprivileged(['sh', '-euc', text]);
    await run(program, args, { cwd: dirname(dataFolder), env: { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, ...environment } });
  };
}

/** Full path of a program that PostgreSQL brings, such as `pg_dump`; `ServerUnavailable` when this machine lacks it. */
export async function findPostgresProgram(name: string): Promise<string> {
  const versions = (await readdir(debianFolder).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  const found = await findProgram(name, [...versions.map((version) => join(debianFolder, version, 'bin')), ...searchPath()]);
  if (found === undefined) throw new ServerUnavailable(name, [`not on PATH and not in ${debianFolder}/*/bin (tools/install-test-servers.sh installs PostgreSQL)`]);
  return found;
}

async function findBinFolder(): Promise<string | undefined> {
  const onPath = await findProgram('postgres');
  if (onPath !== undefined) return dirname(onPath);
  const versions = await readdir(debianFolder).catch(() => []);
  const newest = versions.map(Number).filter((version) => version >= 15).sort((a, b) => b - a)[0];
  return newest === undefined ? undefined : join(debianFolder, String(newest), 'bin');
}

/** The server is a family of processes: the first one lives on as `postmaster.pid` says, every connection has its own. */
function faultsOf(url: string, folder: string, server: PrivateProcess): Faults {
  let paused: number[] = [];
  const isUp = () => postgresAnswers(url);
  return {
    pause: async () => {
      const first = Number((await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      await server.pause();
      paused = await childrenOf(first);
      for (const id of paused) process.kill(id, 'SIGSTOP');
    },
    resume: async () => {
      for (const id of paused) process.kill(id, 'SIGCONT');
      server.resume();
    },
    kill: async () => {
      const first = Number((await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n')[0]);
      const children = await childrenOf(first);
      await server.kill();
      // They end by themselves once they notice; a new server may not begin before.
      if (!(await until(() => areGone(children), 10_000))) throw new Error('connections of the killed server stay');
    },
    restart: async () => {
      await server.start();
      if (!(await until(isUp, readyWithinMs))) throw new Error(`PostgreSQL did not come back: ${await server.output()}`);
    },
  };
}

interface ProcessLine {
  id: number;
  state: string;
  parent: number;
}

/** State and parent of a process (proc_pid_stat(5)), or undefined when it is gone. */
async function lookAt(id: number): Promise<ProcessLine | undefined> {
  const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => '');
  const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return state === undefined || state === '' ? undefined : { id, state, parent: Number(parent) };
}

async function childrenOf(parent: number): Promise<number[]> {
  const all = await Promise.all((await readdir('/proc')).map(Number).filter((id) => id > 0).map(lookAt));
  return all.flatMap((line) => (line?.parent === parent ? line.id : []));
}

async function areGone(ids: readonly number[]): Promise<boolean> {
  const lines = await Promise.all(ids.map(lookAt));
  return lines.every((line) => line === undefined || line.state === 'Z');
}
