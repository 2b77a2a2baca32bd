import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { until } from './until.js';

/**
 * A keeper in sh owns the server: its stdin is a pipe from this process, so that it sees this process end, however it dies,
 * kills the server by its id and removes the folder.
 */
const keeper = `
folder=$1; shift; child=''
halt() { if [ -n "$child" ]; then kill -KILL "$child"; wait "$child"; child=''; fi; }
while read -r word; do
  case "$word" in
    start) "$@" </dev/null >>"$folder/server.log" 2>&1 & child=$!; echo "$child" ;;
    kill) halt; echo killed ;;
  esac
done
halt
rm -rf -- "$folder"
`;

/** True when every thread of a process is stopped (state T of proc_pid_stat(5)), or the system has no /proc. */
async function isStopped(id: number): Promise<boolean> {
  const folder = `/proc/${id}/task`;
  const threads = await readdir(folder).catch(() => []);
  const states = await Promise.all(threads.map((thread) => readFile(join(folder, thread, 'stat'), 'utf8').catch(() => '')));
  return states.every((state) => state === '' || state.slice(state.lastIndexOf(')') + 2).startsWith('T'));
}

/** A server program run privately with a folder of its own (`folder`, removed at the end); never outlives this process. */
export class PrivateProcess {
  #serverId = 0;

  private constructor(
    readonly folder: string,
    private readonly keeperProcess: ChildProcessByStdio<Writable, Readable, null>,
    private readonly lines: Interface,
  ) {}

  /** `commandOf` is told a new, empty data folder and gives program and arguments. The program is started at once. */
  static async start(name: string, commandOf: (dataFolder: string) => string[], environment: Record<string, string>): Promise<PrivateProcess> {
    const folder = await mkdtemp(join(tmpdir(), `lastgood-test-${name}-`));
    const dataFolder = join(folder, 'data');
    await mkdir(dataFolder);
    const keeperProcess = spawn('sh', ['-c', keeper, 'sh', folder, ...commandOf(dataFolder)], {
      stdio: ['pipe', 'pipe', 'ignore'],
      detached: true,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, ...environment },
    });
    const started = new PrivateProcess(folder, keeperProcess, createInterface({ input: keeperProcess.stdout }));
    await started.start();
    return started;
  }

  async start(): Promise<void> {
    this.#serverId = Number(await this.#tell('start'));
  }

  async kill(): Promise<void> {
    await this.#tell('kill');
  }

  /** SIGSTOP; resolves once no thread of the server runs any more, where the system tells (/proc). */
  async pause(): Promise<void> {
    process.kill(this.#serverId, 'SIGSTOP');
    if (!(await until(() => isStopped(this.#serverId), 5_000))) throw new Error('the server could not be paused');
  }

  resume(): void {
    process.kill(this.#serverId, 'SIGCONT');
  }

  /** The last 2,000 characters that the server printed. */
  async output(): Promise<string> {
    return (await readFile(join(this.folder, 'server.log'), 'utf8').catch(() => '')).slice(-2_000);
  }

  /** Kills the server and removes its folder. May be called twice. */
  async stop(): Promise<void> {
    if (this.keeperProcess.exitCode === null) {
      const ended = once(this.keeperProcess, 'exit');
      this.#hold(true);
      this.keeperProcess.stdin.end();
      await ended;
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  async #tell(word: string): Promise<string> {
    const stopWaiting = new AbortController();
    const { signal } = stopWaiting;
    const ended = once(this.keeperProcess, 'exit', { signal }).then(() => {
      throw new Error('the keeper of the server ended');
    });
    this.#hold(true);
    try {
      const answer = once(this.lines, 'line', { signal });
      this.keeperProcess.stdin.write(`${word}\n`);
      const [line] = (await Promise.race([answer, ended])) as [string];
      return line;
    } finally {
      ended.catch(() => undefined);
      stopWaiting.abort();
      this.#hold(false);
    }
  }

  /** Whether waiting for the keeper keeps this process alive; outside of calls it does not, so that a forgotten server ends with its tests. */
  #hold(held: boolean): void {
    for (const part of [this.keeperProcess, this.keeperProcess.stdin as Socket, this.keeperProcess.stdout as Socket]) {
      if (held) part.ref();
      else part.unref();
    }
  }
}
