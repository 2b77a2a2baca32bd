import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StudentsAnswer } from '@lastgood/contracts';
import { describeWithServer, freePort } from '@lastgood/test-servers';
import { ComposeInstallation, OWN_SERVICES, SAMPLE } from './testing/compose-installation.js';
import { describeGuides } from './testing/describe-guides.js';
import { docker, nodeIn, type Container } from './testing/docker.js';
import { DISTRICT, until } from './testing/lastgood-client.js';
import { ReaderBeside } from './testing/reader-beside.js';
import { ServiceProcess } from './testing/service-process.js';

const USER = '65532';
const isOwn = (service: string): boolean => OWN_SERVICES.some((own) => own === service);

/** Every package.json below /app with name and version, as `name@version`; and what the SBOM of the image lists. */
const PACKAGES = `
  const { readdirSync, readFileSync, existsSync } = require('node:fs');
  const folders = (root) => existsSync(root) ? readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory()).flatMap(({ name }) => name.startsWith('@') ? readdirSync(root + '/' + name).map((part) => root + '/' + name + '/' + part) : [root + '/' + name]) : [];
  const packages = (root) => folders(root).filter((folder) => existsSync(folder + '/package.json')).flatMap((folder) => [folder, ...packages(folder + '/node_modules')]);
  const named = (folder) => { const { name, version } = JSON.parse(readFileSync(folder + '/package.json', 'utf8')); return name + '@' + version; };
  const { components, metadata } = JSON.parse(readFileSync('/app/sbom.cdx.json', 'utf8'));
  const inside = [...packages('/app/node_modules'), ...folders('/app/libs'), ...folders('/app/apps')].map(named);
  console.log(JSON.stringify({ inside, listed: [metadata.component, ...components].map(({ name, version }) => name + '@' + version) }));
`;

await describeWithServer('docker-compose.yml on images of this machine', () => ComposeInstallation.start(), (installation) => {
  let containers: { service: string; container: Container }[];
  let reader: ReaderBeside;
  /** Reads wait for the gateway while it is the one that restarts. */
  let gatewayIsAway = false;

  async function patiently(path: string): Promise<Response> {
    if (!gatewayIsAway) return installation.fetch(path);
    let answer: Response | null = null;
    await until(async () => {
      answer = await installation.fetch(path).catch(() => null);
      return answer !== null && answer.status < 500;
    }, 60_000, 'the gateway');
    return answer ?? Response.error();
  }

  beforeAll(async () => {
    containers = await installation.containers();
    reader = new ReaderBeside({ fetch: (path) => patiently(path.replace(`/districts/${DISTRICT}/`, `/districts/${SAMPLE}/`)) }, 40);
  });
  afterAll(() => reader.stop());

  test('up --wait --scale starts every service healthy, three searches and two fetchers among them', () => {
    const megabytes = Object.entries(installation.imageBytes).map(([image, bytes]) => `${image} ${(bytes / 1e6).toFixed(0)} MB`);
    console.log(`images: ${megabytes.join(', ')}\nup --wait took ${(installation.startedInMs / 1000).toFixed(1)} s`);
    const count: Record<string, number> = {};
    for (const { service, container } of containers) {
      expect(container.State).toMatchObject({ Running: true, Health: { Status: 'healthy' } });
      count[service] = (count[service] ?? 0) + 1;
    }
    expect(count).toEqual({ gateway: 1, writer: 1, fetcher: 2, search: 3, simulator: 1, rabbitmq: 1, postgres: 1, minio: 1 });
  });

  test('the sample district is published and found', async () => {
    await until(async () => (await installation.current()) !== null, 120_000, 'the first snapshot', 500);
    const [source] = (await installation.get(StudentsAnswer, `/api/v1/districts/${SAMPLE}/students?q=ma&limit=5`)).sources;
    expect(source?.items).toHaveLength(5);
  }, 150_000);

  test('nothing runs as root, and services can write neither to their root nor gain rights', async () => {
    for (const { service, container: { Id, Config, HostConfig } } of containers) {
      const users = (await docker(['top', Id, '-o', 'pid,uid'])).trim().split('\n').slice(1).map((line) => line.trim().split(/\s+/)[1]);
      expect({ service, asRoot: users.filter((user) => user === '0'), some: users.length > 0 }).toEqual({ service, asRoot: [], some: true });
      if (!isOwn(service)) continue;
      expect(new Set(users)).toEqual(new Set([USER]));
      expect(Config.User).toBe(`${USER}:${USER}`);
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] });
      const written = nodeIn(Id, `for (const path of ['/app/x', '/etc/x', '/x']) try { require('node:fs').writeFileSync(path, ''); console.log(path); } catch (error) { console.log(error.code); }`);
      expect((await written).trim().split('\n')).toEqual(['EROFS', 'EROFS', 'EROFS']);
    }
  });

  test('only the gateway is published, on loopback', () => {
    const published = containers.flatMap(({ service, container: { HostConfig } }) => Object.entries(HostConfig.PortBindings ?? {}).map(([port, bindings]) => ({ service, port, bindings })));
    expect(published).toEqual([{ service: 'gateway', port: '8080/tcp', bindings: [{ HostIp: '127.0.0.1', HostPort: String(installation.port) }] }]);
  });

  test('secrets are files that nobody can change, never variables, arguments, labels or words of a log', async () => {
    const logs = await installation.compose('logs', '--no-color');
    const secrets = installation.secretNames.filter((name) => name !== 'rabbitmq.conf').map((name) => installation.secret(name));
    expect(secrets.length).toBeGreaterThanOrEqual(8);
    for (const secret of secrets) {
      expect(logs).not.toContain(secret);
      for (const { container } of containers) expect(JSON.stringify(container.Config)).not.toContain(secret);
    }
    for (const { container: { Mounts } } of containers) for (const { Destination, RW } of Mounts) if (Destination.startsWith('/run/secrets/')) expect(RW).toBe(false);
  });

  test('each image says what it is and lists exactly the packages that are in it', async () => {
    for (const service of OWN_SERVICES) {
      const { Id, Config } = containers.find((one) => one.service === service)?.container as Container;
      const name = service === 'simulator' ? 'upstream-simulator' : service;
      expect(Config.Labels).toMatchObject({ 'org.opencontainers.image.title': `lastgood ${name}`, 'org.opencontainers.image.licenses': 'Apache-2.0', 'org.opencontainers.image.revision': expect.stringMatching(/\w/) });
      const { inside, listed } = JSON.parse(await nodeIn(Id, PACKAGES)) as Record<'inside' | 'listed', string[]>;
      expect(new Set(listed)).toEqual(new Set(inside));
      expect(listed.some((one) => one.startsWith(`@lastgood/${name}@`))).toBe(true);
      expect(listed.filter((one) => /^(jest|nx|eslint|typescript|testcontainers)@/.test(one))).toEqual([]);
    }
  });

  test('each container is restarted in turn while reads go on: none fails, none is wrong, none goes back in time', async () => {
    reader.start();
    const took: Record<string, number[]> = {};
    for (const { service, container } of containers) {
      const before = reader.report().reads;
      gatewayIsAway = service === 'gateway';
      (took[service] ??= []).push(Math.round(await installation.restart(container)));
      gatewayIsAway = false;
      await until(() => reader.report().reads > before + 20, 30_000, 'the reader to read on');
      expect({ service, ...reader.report() }).toMatchObject({ service, failed: 0, wrong: 0, backwards: 0 });
    }
    console.log(`ms until healthy after a restart: ${JSON.stringify(took)}\nreads beside: ${JSON.stringify(reader.report())}`);
  }, 600_000);

  test('a refresh that is asked for afterwards is published and read', async () => {
    const before = await installation.current();
    const run = await installation.refresh();
    expect(run).toMatchObject({ phase: 'published', failure: null });
    expect(run.snapshot).not.toBe(before);
    await reader.stop();
    expect(reader.report()).toMatchObject({ failed: 0, wrong: 0, backwards: 0, unchecked: 0 });
  }, 180_000);

  test.each([
    ['gateway', ['minio', 'postgres', 'rabbitmq']], ['fetcher', ['minio', 'postgres', 'rabbitmq', 'simulator']], ['writer', ['minio', 'postgres', 'rabbitmq']], ['search', ['minio', 'rabbitmq']],
  ])('the profile %s brings just what this service needs beside it', async (profile, needed) => {
    expect((await installation.compose('--profile', profile, 'config', '--services')).trim().split('\n').sort()).toEqual(needed);
  });

  test('another S3 make takes the place of MinIO by one line, and every service that needs it can reach it and is told of it', async () => {
    const told = { LASTGOOD_S3_ENDPOINT: 'https://s3.example.org', LASTGOOD_S3_REGION: 'eu-south-1' };
    const files = ['-f', 'docker-compose.yml', '-f', 'deploy/docker-compose.other-s3.yml'];
    const config = await docker(['compose', ...files, '--profile', 'tools', '--profile', 'product', 'config', '--format', 'json'], { cwd: installation.folder, env: { ...installation.environment, ...told } });
    const { services } = JSON.parse(config) as { services: Record<string, { environment?: Record<string, string>; networks: Record<string, unknown> }> };
    expect(Object.keys(services).sort()).toEqual(['cli', 'fetcher', 'gateway', 'postgres', 'rabbitmq', 'search', 'simulator', 'writer']);
    for (const name of ['cli', 'fetcher', 'gateway', 'search', 'writer']) {
      expect({ name, ...services[name] }).toMatchObject({ environment: told, networks: { inside: null, outside: null } });
    }
  });

  test('and a service out of its own folder runs beside what its profile brought', async () => {
    const ports = { rabbitmq: await freePort(), minio: await freePort() };
    const folder = mkdtempSync(join(tmpdir(), 'lastgood-alone-'));
    const search = new ServiceProcess('search', folder, () => ({
      LASTGOOD_BROKER_URL: installation.secret('broker-url').replace('@rabbitmq:5672', `@127.0.0.1:${ports.rabbitmq}`), LASTGOOD_INTERNAL_TOKEN: installation.secret('internal-token'),
      LASTGOOD_S3_ENDPOINT: `http://127.0.0.1:${ports.minio}`, LASTGOOD_S3_BUCKET: 'alone', LASTGOOD_S3_ACCESS_KEY: installation.secret('s3-access-key'), LASTGOOD_S3_SECRET_KEY: installation.secret('s3-secret-key'),
      LASTGOOD_CONFIG: join(installation.folder, 'deploy/lastgood.yaml'), LASTGOOD_SAMPLE_TOKEN: installation.secret('sample-token'),
    }));
    try {
      await installation.withServersOf('search', ports, async () => {
        await search.start();
        await until(async () => Object.values((await search.ready())?.troubles ?? { none: 'does not answer' }).every((trouble) => trouble === null), 60_000, 'the search to be well with its servers');
      });
    } finally {
      await search.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 300_000);

  describeGuides(installation);
});
