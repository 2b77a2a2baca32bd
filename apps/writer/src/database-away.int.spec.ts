import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServices } from '@lastgood/service-runtime';
import { describeWithServer, startPostgres } from '@lastgood/test-servers';
import { writerService } from './index.js';
import { until } from './testing/writer-kit.js';

const LASTGOOD_YAML = `
version: 1
districts:
  - id: north
    name: North
    sources:
      - { id: sis, kind: oneroster-1.1, baseUrl: 'https://upstream.invalid/ims/oneroster/v1p1', auth: { kind: none } }
`;

await describeWithServer('a writer as it ships on PostgreSQL', startPostgres, (server) => {
  test('starts without its database, waits for it, loses it and goes on, and never shows its password', async () => {
    if (!server.faults) return;
    const folder = await mkdtemp(join(tmpdir(), 'lastgood-writer-'));
    await writeFile(join(folder, 'lastgood.yaml'), LASTGOOD_YAML);
    const url = await server.createDatabase();
    await server.faults.kill();
    const services = await startServices([writerService], {
      embedded: true, environment: { LASTGOOD_DATA_DIR: join(folder, 'data'), LASTGOOD_CONFIG: join(folder, 'lastgood.yaml'), LASTGOOD_DATABASE_URL: url, WRITER_LOOK_SECONDS: '0.1' },
    });
    const call = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(new URL(path, services.urls.writer), { ...init, headers: { authorization: `Bearer ${services.addresses.internalToken}`, 'content-type': 'application/json' } });
    const ask = () => call('/internal/districts/north/refresh', { method: 'POST', body: JSON.stringify({ source: 'sis', asker: { actor: 'key-1', via: 'http' } }) });
    const runs = async () => (await (await call('/internal/runs?limit=10')).json()) as { items: { id: string; phase: string }[] };
    expect((await ask()).status).toBe(503);
    expect(await (await call('/readyz')).text()).toContain('does not answer (ECONNREFUSED)');
    expect((await call('/metrics')).status).toBe(200);
    await server.faults.restart();
    await until(async () => ((await ask()).status === 202 ? true : null));
    const [run] = (await runs()).items;
    await server.faults.kill();
    expect((await ask()).status).toBe(503);
    await server.faults.restart();
    await until(async () => ((await ask()).status === 202 ? true : null));
    expect((await runs()).items.map(({ id }) => id)).toEqual([run?.id]);
    await services.close();
    const log = await readFile(join(folder, 'data', 'lastgood.log'), 'utf8');
    expect(log).toContain('it is waited for');
    expect(log).toContain('The writer waits for its database.');
    expect(log).not.toContain(new URL(server.url).password);
    await rm(folder, { recursive: true });
  });
});
