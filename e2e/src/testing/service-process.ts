import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@lastgood/test-servers';
import { until } from './lastgood-client.js';

const PORT_VARIABLES = { 'all-in-one': 'PORT', gateway: 'PORT', fetcher: 'LASTGOOD_FETCHER_PORT', writer: 'LASTGOOD_WRITER_PORT', search: 'LASTGOOD_SEARCH_PORT' };
const READY_WITHIN_MS = 10_000;
export type AppName = keyof typeof PORT_VARIABLES;

/** What `/readyz` says. */
export interface ReadyAnswer {
  status: number;
  troubles: Record<string, string | null>;
}

/** `node apps/X/dist/main.js` in a process of its own, with its own folder and its own port, which stay the same from start to start. */
export class ServiceProcess {
  readonly crashFolder: string;
  #child: ChildProcess | null = null;
  #port = 0;
  /** Everything it has printed since its last start. */
  output = '';

  /** `through`: a program and its arguments that the process is started with, as `nice`; it must become the process. */
  constructor(readonly app: AppName, readonly folder: string, private readonly environment: () => Record<string, string>, private readonly through: readonly string[] = []) {
    this.crashFolder = join(folder, 'crash');
    mkdirSync(this.crashFolder, { recursive: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get runs(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Chooses the port, so that other processes can be told of it before this one starts. */
  async takePort(): Promise<void> {
    this.#port ||= await freePort();
  }

  /** Starts the process and waits until it is ready; gives the milliseconds that took. */
  async start(): Promise<number> {
    const begun = performance.now();
    await this.launch();
    await until(async () => (await this.ready())?.status === 200, 120_000, `${this.app} to be ready`, 25);
    return performance.now() - begun;
  }

  /** Starts the process and waits for nothing. */
  async launch(): Promise<void> {
    await this.takePort();
    this.output = '';
    const [program = '', ...args] = [...this.through, process.execPath, fileURLToPath(new URL(`../../../apps/${this.app}/dist/main.js`, import.meta.url))];
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env, NODE_OPTIONS: '', LASTGOOD_DATA_DIR: join(this.folder, 'data'), LASTGOOD_CRASH_FOLDER: this.crashFolder,
        [PORT_VARIABLES[this.app]]: String(this.#port), ...this.environment(),
      },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    this.#child = child;
  }

  /** What it says of itself, null while it does not listen. Throws once the process has ended. */
  async ready(): Promise<ReadyAnswer | null> {
    if (!this.runs) throw new Error(`${this.app} has ended:\n${this.output}`);
    // A process that stands still takes connections and never answers.
    const answer = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(READY_WITHIN_MS) }).catch(() => null);
    if (answer === null) return null;
    const { dependencies } = (await answer.json()) as { dependencies: { name: string; trouble: string | null }[] };
    return { status: answer.status, troubles: Object.fromEntries(dependencies.map(({ name, trouble }) => [name, trouble])) };
  }

  /** Ends the process as an operator does, and waits for its end; null when a signal ended it. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Kills the process as power loss does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Resolves with its exit code when the process has ended by itself. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child && this.runs) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  /** From now on the process stands still at this crash point. */
  arm(point: string): void {
    const armed = join(this.crashFolder, `${point}.armed`);
    writeFileSync(`${armed}.new`, '');
    renameSync(`${armed}.new`, armed);
  }

  /** True when the process stands still at this crash point. */
  hasReached(point: string): boolean {
    const reached = join(this.crashFolder, `${point}.reached`);
    return existsSync(reached) && Number(readFileSync(reached, 'utf8')) === this.pid;
  }

  /** The crash point at which the process stands still, if any. */
  get reached(): string | undefined {
    const name = readdirSync(this.crashFolder).find((one) => one.endsWith('.reached'));
    const point = name?.slice(0, -'.reached'.length);
    return point !== undefined && this.hasReached(point) ? point : undefined;
  }

  /** From now on the process passes this crash point, unless it has reached it. */
  disarm(point: string): void {
    rmSync(join(this.crashFolder, `${point}.armed`), { force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (!child || !this.runs) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
    for (const name of readdirSync(this.crashFolder)) if (name.endsWith('.reached')) rmSync(join(this.crashFolder, name));
    return child.exitCode;
  }
}
