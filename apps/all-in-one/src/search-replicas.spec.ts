import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecisionAnswer, DistrictStatus, Problem, Run, StudentsAnswer } from '@lastgood/contracts';
import { fetcherService } from '@lastgood/fetcher';
import { gatewayService } from '@lastgood/gateway';
import { searchService } from '@lastgood/search';
import { startServices, type RunningServices, type ServiceDefinition } from '@lastgood/service-runtime';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { writerService } from '@lastgood/writer';
import { NoTerminal } from './testing/one-process.js';

const [INTERNAL_TOKEN, ADMIN_TOKEN] = ['internal-token-of-this-test-0123456789abcdef', 'admin-token-of-this-test-0123456789abcdef'];

/** Three real search services on one directory store, only the first of which hears events, and a gateway in front of them. */
class Installation {
  readonly searches: RunningServices[] = [];
  readonly snapshots: string[] = [];
  gateway!: RunningServices;
  #simulator!: RunningSimulator;
  #folder!: string;

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'lastgood-replicas-'));
    this.#simulator = await startSimulator({ people: 80, auth: { kind: 'bearer', token: 'upstream' } });
    const source = { id: 'sis', kind: 'oneroster-1.1', baseUrl: `${this.#simulator.url}/ims/oneroster/v1p1`, auth: { kind: 'bearer', token: '${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true };
    await writeFile(join(this.#folder, 'lastgood.yaml'), JSON.stringify({ version: 1, districts: [{ id: 'oak', name: 'Oak', sources: [source] }] }));
    this.searches.push(await this.#run('a', [writerService, fetcherService, searchService]));
    for (const name of ['b', 'c']) {
      await mkdir(join(this.#folder, name), { mode: 0o700 });
      await symlink(join(this.#folder, 'a', 'store'), join(this.#folder, name, 'store'));
      this.searches.push(await this.#run(name, [searchService]));
    }
    this.gateway = await this.#run('gateway', [gatewayService], {
      PORT: '0', ADMIN_TOKEN, LASTGOOD_CHANGES_PER_MINUTE: '1000',
      LASTGOOD_SEARCH_URL: this.searches.map(({ urls }) => urls.search?.origin).join(', '), LASTGOOD_WRITER_URL: `http://localhost:${this.searches[0]?.urls.writer?.port}`,
    });
    for (let count = 0; count < 2; count += 1) this.snapshots.push(await this.#refresh());
  }

  async close(): Promise<void> {
    await Promise.all([this.gateway, ...this.searches].map((each) => each.close()));
    await this.#simulator.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> {
    return fetch(new URL(path, this.gateway.urls.gateway), { method, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } });
  }

  /** Log number of one read; throws when it failed. */
  async read(headers: Record<string, string> = {}): Promise<number> {
    const answer = await this.ask('/api/v1/districts/oak/students?limit=1', headers);
    const body: unknown = await answer.json();
    if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
    const number = StudentsAnswer.parse(body).sources[0]?.snapshot?.logNumber ?? 0;
    expect(answer.headers.get('lastgood-log')).toBe(`sis=${number}`);
    return number;
  }

  /** Makes the one of two snapshots current that is not; gives the number of the record. */
  async rollBack(): Promise<number> {
    const [oldest = ''] = this.snapshots;
    this.snapshots.push(this.snapshots.shift() ?? '');
    const answer = await this.ask(`/api/v1/districts/oak/snapshots/${oldest}/rollback`, {}, 'POST');
    return DecisionAnswer.parse(await answer.json()).logNumber;
  }

  /** How many searches of people each replica has answered. */
  async answered(): Promise<number[]> {
    return Promise.all(this.searches.map(async ({ urls }) => {
      const text = await fetch(new URL('/metrics', urls.search)).then((answer) => answer.text(), () => '');
      return Number(/duration_seconds_count\{[^}]*route="[^"]*\/students"[^}]*status="200"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
    }));
  }

  #run(name: string, services: ServiceDefinition[], more: Record<string, string> = {}): Promise<RunningServices> {
    const environment = {
      LASTGOOD_DATA_DIR: join(this.#folder, name), LASTGOOD_CONFIG: join(this.#folder, 'lastgood.yaml'), LASTGOOD_INTERNAL_TOKEN: INTERNAL_TOKEN, UPSTREAM_TOKEN: 'upstream',
      SEARCH_POLL_SECONDS: '3600', ...more,
    };
    return startServices(services, { embedded: true, environment, terminal: new NoTerminal() });
  }

  async #refresh(): Promise<string> {
    const { headers } = await this.ask('/api/v1/snapshots/oak/refresh', {}, 'POST');
    for (;;) {
      const run = Run.parse(await (await this.ask(headers.get('location') ?? '')).json());
      if (run.phase === 'published' && run.snapshot !== null) return run.snapshot;
      if (run.phase === 'failed') throw new Error(run.failure?.message);
    }
  }
}

describe('a gateway before three search services', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = new Installation();
    await installation.start();
  }, 120_000);
  afterAll(() => installation.close());

  test('sends a district to the same two of them, in turn', async () => {
    const before = await installation.answered();
    for (let count = 0; count < 20; count += 1) await installation.read();
    const counts = (await installation.answered()).map((count, index) => count - (before[index] ?? 0));
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 10, 10]);
  });

  test('never answers a client from before what it saw, although two of them hear of nothing', async () => {
    let seen = 0;
    for (let round = 0; round < 12; round += 1) {
      const number = await installation.rollBack();
      // Every other time as a client does that was told by another gateway.
      const first = await installation.read(round % 2 === 0 ? {} : { 'lastgood-at-least': `sis=${number}` });
      expect(first).toBe(number);
      seen = Math.max(seen, first);
      for (let count = 0; count < 6; count += 1) {
        const read = await installation.read();
        expect(read).toBeGreaterThanOrEqual(seen);
        seen = Math.max(seen, read);
      }
      const status = DistrictStatus.parse(await (await installation.ask('/api/v1/snapshots/oak/status')).json());
      expect(status.sources[0]?.current?.logNumber).toBe(number);
    }
  }, 60_000);

  test('says so when nobody can answer as new as a client asks, and names what it sent', async () => {
    const answer = await installation.ask('/api/v1/districts/oak/students', { 'lastgood-at-least': 'sis=999999' });
    expect([answer.status, Problem.parse(await answer.json()).code, answer.headers.get('retry-after')]).toEqual([503, 'replica_behind', '2']);
    const bad = await installation.ask('/api/v1/districts/oak/students', { 'lastgood-at-least': 'sis=new' });
    expect([bad.status, Problem.parse(await bad.json()).errors?.[0]?.field]).toEqual([400, 'Lastgood-At-Least']);
  });

  test('fails no read while one of them stops, asks the third instead, and names it in /readyz', async () => {
    const before = await installation.answered();
    await Promise.all([installation.read(), installation.read()]);
    const asked = (await installation.answered()).map((count, index) => count - (before[index] ?? 0));
    // The first one runs the writer too.
    const victim = asked.findLastIndex((count) => count > 0);
    const url = installation.searches[victim]?.urls.search;
    let reads = 0;
    let stopped = false;
    const reader = async (): Promise<void> => {
      for (let after = 0; after < 20; after += stopped ? 1 : 0, reads += 1) await installation.read();
    };
    const reading = Promise.all(Array.from({ length: 4 }, reader));
    await installation.searches[victim]?.close();
    stopped = true;
    await reading;
    expect(reads).toBeGreaterThanOrEqual(80);
    const ready = await fetch(new URL('/readyz', installation.gateway.urls.gateway));
    expect([ready.status, await ready.text()]).toEqual([200, expect.stringContaining(`1 of 3 are away: ${url?.origin} cannot be reached (ECONNREFUSED)`)]);
    const third = asked.indexOf(0);
    expect((await installation.answered())[third]).toBeGreaterThan(before[third] ?? 0);
  }, 60_000);
});
