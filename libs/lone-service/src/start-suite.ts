import type { ServiceName } from '@lastgood/contracts';
import { freePort } from '@lastgood/test-servers';
import type { LoneServers, Needs } from './lone-servers.js';
import { LoneService } from './lone-service.js';

export interface StartSuiteOptions {
  service: ServiceName;
  servers: LoneServers;
  needs: Needs;
  districts: string;
  /** What it is told beside its servers. */
  environment: Record<string, string>;
  /** Variables that it cannot do without, beside those of every service. */
  musts?: readonly string[];
  /** What `/readyz` calls its store. */
  store?: string;
}

/** How a service starts when its settings are missing, lead nowhere, or are refused. Call it in a spec file of the service. */
export function startSuite({ service, servers, needs, districts, environment, musts = [], store }: StartSuiteOptions): void {
  const launched: LoneService[] = [];
  afterAll(async () => {
    for (const lone of launched) await lone.stop();
  });
  const launch = async (settings: Record<string, string>): Promise<LoneService> => {
    const lone = await LoneService.launch({ service, districts, environment: { ...servers.environment, ...environment, ...settings } });
    launched.push(lone);
    return lone;
  };
  const elsewhere = (variable: string, change: (url: URL) => void): Record<string, string> => {
    const url = new URL(servers.environment[variable] ?? '');
    change(url);
    return { [variable]: url.href.replace(/\/$/, '') };
  };
  const dependencies = [
    { dependency: 'events', variable: 'LASTGOOD_BROKER_URL' },
    ...(needs.database ? [{ dependency: 'database', variable: 'LASTGOOD_DATABASE_URL' }] : []),
    ...(store === undefined ? [] : [{ dependency: store, variable: 'LASTGOOD_S3_ENDPOINT' }]),
  ];

  test('without its settings it ends at once and names every one of them', async () => {
    const bucket = ['LASTGOOD_S3_ENDPOINT', 'LASTGOOD_S3_BUCKET', 'LASTGOOD_S3_ACCESS_KEY', 'LASTGOOD_S3_SECRET_KEY'];
    const missing = ['LASTGOOD_BROKER_URL', 'LASTGOOD_INTERNAL_TOKEN', ...(needs.database ? ['LASTGOOD_DATABASE_URL'] : []), ...(needs.store ? bucket : []), ...musts];
    const lone = await launch(Object.fromEntries(missing.map((variable) => [variable, ''])));
    expect(await lone.ended()).toBe(1);
    for (const variable of missing) expect(lone.output).toContain(`${variable}: is not set`);
  });

  test('it waits for servers where nobody listens, and says of each what was tried and which variable names it', async () => {
    const ports = new Map<string, number>();
    for (const { dependency } of dependencies) ports.set(dependency, await freePort());
    const lone = await launch(Object.assign({}, ...dependencies.map(({ dependency, variable }) => elsewhere(variable, (url) => (url.port = String(ports.get(dependency)))))) as Record<string, string>);
    for (const { dependency, variable } of dependencies) {
      expect(await lone.troubled(dependency, /ECONNREFUSED/)).toMatch(new RegExp(`:${ports.get(dependency)}\\b.*${variable} says where it is`));
    }
    expect(lone.isAlive).toBe(true);
    await lone.stop();
  });

  test('wrong passwords are named, not tried for ever, and never shown', async () => {
    const secret = 'not-the-password-0123456789';
    const wrong = elsewhere('LASTGOOD_BROKER_URL', (url) => (url.password = secret));
    const lone = await launch({ ...wrong, ...(needs.store && { LASTGOOD_S3_SECRET_KEY: secret }) });
    const said = [await lone.troubled('events', /refuses the user or the password.*not tried again until the process is started anew/)];
    if (store !== undefined) said.push(await lone.troubled(store, /403/));
    expect(lone.isAlive).toBe(true);
    await lone.stop();
    said.push(lone.output);
    if (needs.database) {
      const refused = await launch(elsewhere('LASTGOOD_DATABASE_URL', (url) => (url.password = secret)));
      expect(await refused.ended()).toBe(1);
      expect(refused.output).toMatch(/refuses user, password or database name .*LASTGOOD_DATABASE_URL/);
      said.push(refused.output);
    }
    expect(said.join('\n')).not.toContain(secret);
  });
}
