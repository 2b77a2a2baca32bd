import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DistrictStatus, FINAL_PHASES, RefreshAnswer, Run } from '@lastgood/contracts';
import { freePort, ServerUnavailable } from '@lastgood/test-servers';
import type { z } from 'zod';
import { docker, inspect, sizeOfImage, type Container } from './docker.js';
import { HEARD_WITHIN_MS, successOf, unlessRetryable, until } from './lastgood-client.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** The district of deploy/lastgood.yaml. */
export const SAMPLE = 'sample';
export const OWN_SERVICES = ['gateway', 'writer', 'fetcher', 'search', 'simulator'] as const;
const IMAGES = ['lastgood/gateway', 'lastgood/writer', 'lastgood/fetcher', 'lastgood/search', 'lastgood/upstream-simulator', 'lastgood/cli', 'lastgood-local/rabbitmq', 'lastgood-local/postgres', 'lastgood-local/minio'];
/** What switches the archive of the database on. */
const ARCHIVE = 'deploy/docker-compose.archive.yml';
const SERVICE_LABEL = 'com.docker.compose.service';

/** docker-compose.yml as an operator starts it, from a copy with secrets of its own, under a project name and a port of its own. */
export class ComposeInstallation {
  startedInMs = 0;
  readonly #tagged: string[] = [];

  /** `imageBytes`: stored bytes by image. */
  private constructor(readonly project: string, readonly folder: string, readonly port: number, readonly imageBytes: Readonly<Record<string, number>>) {}

  /** Starts everything and waits until all is healthy; `ServerUnavailable` where Docker, its compose plugin or an image is missing. */
  static async start(): Promise<ComposeInstallation> {
    await docker(['version']).catch(() => missing('Docker does not answer'));
    await docker(['compose', 'version']).catch(() => missing('docker has no compose plugin (tools/install-docker.sh installs it)'));
    const imageBytes: Record<string, number> = {};
    for (const image of IMAGES) imageBytes[image] = (await sizeOfImage(image)) ?? missing(`there is no image ${image} (deploy/local/build-images.sh makes it)`);
    const project = `lastgood-e2e-${randomBytes(4).toString('hex')}`;
    const installation = new ComposeInstallation(project, mkdtempSync(join(tmpdir(), `${project}-`)), await freePort(), imageBytes);
    try {
      await installation.#up();
      return installation;
    } catch (error) {
      process.stderr.write(await installation.compose('logs', '--tail', '40', '--no-color').catch(String));
      await installation.stop();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The value of a file of deploy/secrets. */
  secret(name: string): string {
    return readFileSync(join(this.folder, 'deploy/secrets', name), 'utf8');
  }

  get secretNames(): string[] {
    return readdirSync(join(this.folder, 'deploy/secrets'));
  }

  /** `docker compose` with the files that the documents name; gives what it printed. */
  compose(...args: string[]): Promise<string> {
    return docker(['compose', ...args], { cwd: this.folder, env: this.environment });
  }

  /** What makes `docker compose` in `folder` mean this installation. */
  get environment(): Record<string, string> {
    return {
      COMPOSE_FILE: 'docker-compose.yml:deploy/docker-compose.local.yml', COMPOSE_PROJECT_NAME: this.project, LASTGOOD_PORT: String(this.port), LASTGOOD_SAMPLE_PEOPLE: '2000',
    };
  }

  /** The same with an archive of the database. */
  get withArchive(): Record<string, string> {
    return { COMPOSE_FILE: `${this.environment['COMPOSE_FILE']}:${ARCHIVE}` };
  }

  /** Asks the gateway as the admin, or with another key. */
  fetch(path: string, init: RequestInit = {}, key = this.secret('admin-token')): Promise<Response> {
    return fetch(this.url + path, { ...init, headers: { authorization: `Bearer ${key}`, ...(init.body ? { 'content-type': 'application/json' } : {}) } });
  }

  /** A JSON answer; anything but success throws. */
  async get<Shape extends z.ZodType>(shape: Shape, path: string, init?: RequestInit): Promise<z.infer<Shape>> {
    return shape.parse(await successOf(await this.fetch(path, init)));
  }

  /** The snapshot that readers of the sample district get. */
  async current(): Promise<string | null> {
    return (await this.get(DistrictStatus, `/api/v1/snapshots/${SAMPLE}/status`)).sources[0]?.current?.id ?? null;
  }

  /** A refresh of the sample district from its request until readers get it or a newer one; containers that were just replaced may refuse for a moment. */
  async refresh(): Promise<Run> {
    let run: Run | null = null;
    await until(async () => {
      run ??= (await this.get(RefreshAnswer, `/api/v1/snapshots/${SAMPLE}/refresh`, { method: 'POST' }).catch(unlessRetryable))?.runs[0]?.run ?? null;
      run = run && ((await this.get(Run, `/api/v1/runs/${run.id}`).catch(unlessRetryable)) ?? run);
      return run !== null && FINAL_PHASES.includes(run.phase);
    }, 120_000, 'the end of the run', 200);
    const { epoch, phase } = run as unknown as Run;
    if (phase === 'published') await until(async () => epochOf(await this.current()) >= (epoch ?? 0), HEARD_WITHIN_MS, 'the new snapshot to be current', 200);
    return run as unknown as Run;
  }

  /** Every container, by service in the order of their names. */
  async containers(): Promise<{ service: string; container: Container }[]> {
    const ids = (await this.compose('ps', '-q', '--all')).split('\n').filter((id) => id !== '');
    const all = (await inspect(ids)).map((container) => ({ service: container.Config.Labels[SERVICE_LABEL] ?? '', container }));
    return all.sort((a, b) => a.service.localeCompare(b.service));
  }

  /** The volumes that hold what containers keep, of one service or of all. */
  async disks(service?: string): Promise<string[]> {
    const containers = (await this.containers()).filter((one) => service === undefined || one.service === service);
    return containers.flatMap(({ container: { Mounts } }) => Mounts.flatMap(({ Destination, Name }) => (Destination === '/var/lib/lastgood' && Name !== undefined ? [Name] : [])));
  }

  /** Restarts one container as `docker restart` does and waits until it is healthy again; gives the milliseconds that took. */
  async restart({ Id, State }: Container): Promise<number> {
    const begun = performance.now();
    await docker(['restart', Id]);
    await until(async () => {
      const [now] = await inspect([Id]);
      return now?.State.StartedAt !== State.StartedAt && now?.State.Health?.Status === 'healthy';
    }, 120_000, 'the container to be healthy again', 500);
    return performance.now() - begun;
  }

  /** Only the servers that one service needs, under a project name of their own and published on loopback at these ports; everything is taken away after `work`. */
  async withServersOf(service: string, ports: Record<string, number>, work: () => Promise<void>): Promise<void> {
    const published = Object.fromEntries(Object.entries(ports).map(([server, port]) => [`LASTGOOD_${server.toUpperCase()}_PORT`, String(port)]));
    const environment = { ...this.environment, ...published, COMPOSE_PROJECT_NAME: `${this.project}-${service}`, COMPOSE_FILE: `${this.environment['COMPOSE_FILE']}:deploy/docker-compose.servers.yml` };
    const compose = (...args: string[]): Promise<string> => docker(['compose', '--profile', service, ...args], { cwd: this.folder, env: environment });
    try {
      await compose('up', '--wait');
      await work();
    } finally {
      await compose('down', '--volumes', '--timeout', '10');
    }
  }

  /** Gives the images of Lastgood a second version, as if it were a newer one; its name. Undone by `stop`. */
  async tagImages(): Promise<string> {
    for (const image of IMAGES.filter((name) => name.startsWith('lastgood/'))) {
      await docker(['tag', image, `${image}:${this.project}`]);
      this.#tagged.push(`${image}:${this.project}`);
    }
    return this.project;
  }

  /** Takes everything away, volumes too. */
  async stop(): Promise<void> {
    // Also where no container can be asked any more.
    const disks = await this.disks().catch(() => []);
    await docker(['compose', '--profile', '*', 'down', '--volumes', '--remove-orphans', '--timeout', '10'], { cwd: this.folder, env: { ...this.environment, ...this.withArchive } });
    // Compose leaves the disks that a container took over from the one before it.
    if (disks.length > 0) await docker(['volume', 'rm', '--force', ...disks]);
    if (this.#tagged.length > 0) await docker(['rmi', ...this.#tagged]);
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #up(): Promise<void> {
    const begun = performance.now();
    for (const path of ['.env', 'docker-compose.yml', 'deploy/docker-compose.local.yml', 'deploy/docker-compose.servers.yml', 'deploy/docker-compose.other-s3.yml', ARCHIVE, 'deploy/lastgood.yaml', 'deploy/make-secrets.sh']) cpSync(join(ROOT, path), join(this.folder, path));
    await promisify(execFile)(join(this.folder, 'deploy/make-secrets.sh'));
    await this.compose('up', '--wait', '--scale', 'search=3', '--scale', 'fetcher=2');
    this.startedInMs = performance.now() - begun;
  }
}

/** Of a snapshot's id, which begins with it. */
function epochOf(snapshot: string | null): number {
  return Number(snapshot?.split('-')[0] ?? 0);
}

function missing(reason: string): never {
  throw new ServerUnavailable('an installation by docker compose', [reason]);
}
