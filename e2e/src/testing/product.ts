import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDistrictFile, type DistrictFileOptions } from './district-file.js';
import { ADMIN_TOKEN, LastgoodClient } from './lastgood-client.js';
import { ServiceProcess } from './service-process.js';

export { ADMIN_TOKEN, DISTRICT, SOURCE, until } from './lastgood-client.js';

/** What one district's `lastgood.yaml` of the scenario says, besides the address of the upstream. */
export interface ProductOptions {
  upstream: string;
  /** More lines of the source's settings, as YAML flow entries. */
  source?: string;
  /** Further districts beside the one of the scenario. */
  beside?: readonly DistrictFileOptions[];
  environment?: Record<string, string>;
  /** What the process is started with, given its data folder. */
  through?: (dataFolder: string) => readonly string[];
}

/** Lastgood as a user starts it: one process on embedded defaults, spoken to over HTTP only. */
export class Product extends LastgoodClient {
  readonly folder = mkdtempSync(join(tmpdir(), 'lastgood-e2e-'));
  readonly #process: ServiceProcess;

  constructor(private readonly options: ProductOptions) {
    super();
    const environment = (): Record<string, string> => ({ LASTGOOD_CONFIG: join(this.folder, 'lastgood.yaml'), LASTGOOD_SAMPLE_PEOPLE: '0', ADMIN_TOKEN, UPSTREAM_TOKEN: 'upstream-token', ...options.environment });
    this.#process = new ServiceProcess('all-in-one', this.folder, environment, options.through?.(this.dataFolder));
    this.configure(options.source ?? '');
  }

  get url(): string {
    return this.#process.url;
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  get runs(): boolean {
    return this.#process.runs;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Everything it has printed since its last start. */
  get output(): string {
    return this.#process.output;
  }

  /** Writes the configuration; takes effect at the next start. `schedule` is a cron of five fields, or `off`. */
  configure(source: string, schedule = 'off'): void {
    writeDistrictFile(join(this.folder, 'lastgood.yaml'), { upstream: this.options.upstream, source, ...(schedule === 'off' ? {} : { cron: schedule }) }, ...(this.options.beside ?? []));
  }

  /** From now on the process stands still at this crash point. */
  arm(point: string): void {
    this.#process.arm(point);
  }

  /** True when the process stands still at this crash point. */
  hasReached(point: string): boolean {
    return this.#process.hasReached(point);
  }

  start(): Promise<number> {
    return this.#process.start();
  }

  /** Starts the process and waits for nothing. */
  launch(): Promise<void> {
    return this.#process.launch();
  }

  stop(): Promise<number | null> {
    return this.#process.stop();
  }

  /** Kills the process as power loss does. */
  kill(): Promise<void> {
    return this.#process.kill();
  }

  /** Resolves with its exit code when the process has ended by itself. */
  ended(): Promise<number | null> {
    return this.#process.ended();
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
