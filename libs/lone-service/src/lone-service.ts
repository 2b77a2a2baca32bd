import type { ServiceName } from '@lastgood/contracts';
import { freePort } from '@lastgood/test-servers';
import { chooseRunner } from './choose-runner.js';
import type { Running } from './service-runner.js';
import { until } from './until.js';

const INTERNAL_TOKEN = 'lone-service-internal-token-0123456789-abcdef';

export interface LoneServiceOptions {
  service: ServiceName;
  /** Where its servers are, and what else it is told. */
  environment: Record<string, string>;
  /** Text of `lastgood.yaml`. */
  districts: string;
}

/** What `/readyz` says: per dependency null or the trouble in words. */
export interface ReadyAnswer {
  status: number;
  troubles: Record<string, string | null>;
}

/** One service alone, as its image or as its process; its address stays from start to start. */
export class LoneService {
  #running: Running | null = null;

  private constructor(private readonly options: LoneServiceOptions, private readonly port: number) {}

  /** Launches it and waits until it answers that it is ready. */
  static async start(options: LoneServiceOptions): Promise<LoneService> {
    const service = await LoneService.launch(options);
    await until(`${options.service} to be ready`, async () => (await service.ready())?.status === 200);
    return service;
  }

  /** Launches it and waits for nothing. */
  static async launch(options: LoneServiceOptions): Promise<LoneService> {
    const service = new LoneService(options, await freePort());
    const given = { LASTGOOD_INTERNAL_TOKEN: INTERNAL_TOKEN, ...options.environment };
    const start = await chooseRunner(options.service);
    service.#running = await start({ service: options.service, environment: given, districts: options.districts, port: service.port });
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything it has printed. */
  get output(): string {
    return this.#running?.output() ?? '';
  }

  get isAlive(): boolean {
    return this.#running?.isAlive() ?? false;
  }

  /** Null while it does not listen. Throws once it has ended. */
  async ready(): Promise<ReadyAnswer | null> {
    if (!this.isAlive) throw new Error(`${this.options.service} has ended:\n${this.output}`);
    const answer = await fetch(`${this.url}/readyz`).catch(() => null);
    if (answer === null) return null;
    const { dependencies } = (await answer.json()) as { dependencies: { name: string; trouble: string | null }[] };
    return { status: answer.status, troubles: Object.fromEntries(dependencies.map(({ name, trouble }) => [name, trouble])) };
  }

  /** Resolves with the words once `/readyz` names a trouble of the dependency. */
  troubled(dependency: string, words = /./): Promise<string> {
    return until(`${this.options.service} to say of ${dependency}: ${words}`, async () => {
      const trouble = (await this.ready())?.troubles[dependency];
      return typeof trouble === 'string' && words.test(trouble) ? trouble : null;
    });
  }

  /** Resolves once `/readyz` says that the dependency works. */
  async well(dependency: string): Promise<void> {
    await until(`${this.options.service} to be well with ${dependency}`, async () => (await this.ready())?.troubles[dependency] === null, 90_000);
  }

  /** The dependencies that work by `/readyz`, and those that do not. */
  async dependencies(): Promise<{ well: string[]; troubled: string[] }> {
    const all = Object.entries((await this.ready())?.troubles ?? {});
    const named = (wanted: boolean): string[] => all.filter(([, trouble]) => (trouble === null) === wanted).map(([name]) => name);
    return { well: named(true), troubled: named(false) };
  }

  /** Asks one of its addresses as another service of the installation. */
  call(path: string, init: { method?: string; body?: unknown; headers?: Record<string, string> } = {}): Promise<Response> {
    const { body, headers, ...rest } = init;
    return fetch(`${this.url}${path}`, {
      ...rest, ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: { authorization: `Bearer ${INTERNAL_TOKEN}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    });
  }

  /** Ends it as an operator does. */
  async stop(): Promise<void> {
    await this.#running?.end('SIGTERM');
  }

  /** Waits until it has ended by itself; its exit code. */
  ended(): Promise<number | null> {
    return this.#running?.ended() ?? Promise.resolve(null);
  }
}
