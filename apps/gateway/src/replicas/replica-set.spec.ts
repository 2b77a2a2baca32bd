import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Clock, Readiness } from '@lastgood/service-runtime';
import { registerReadiness } from './register-readiness.js';
import type { LookUp } from './replica-addresses.js';
import { ReplicaSet, type ReplicaSetPorts } from './replica-set.js';

/** A clock whose sleeps end when a test says so. */
class SteppedClock extends Clock {
  readonly #waiting = new Set<() => void>();

  now(): number {
    return 0;
  }

  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => resolve(void this.#waiting.delete(end));
      this.#waiting.add(end);
      signal?.addEventListener('abort', () => reject(signal.reason as Error));
    });
  }

  step(): void {
    for (const end of [...this.#waiting]) end();
  }
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
};
const originsOf = async (set: ReplicaSet, district: string | null): Promise<string[]> => (await set.candidates(district)).replicas.map(({ origin }) => origin);

describe('the replicas of a service', () => {
  const sets: ReplicaSet[] = [];
  const servers: Server[] = [];
  let clock: SteppedClock;
  beforeEach(() => void (clock = new SteppedClock()));
  afterEach(async () => {
    await Promise.all(sets.splice(0).map((set) => set.close()));
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });
  const open = (addresses: string, ports: Partial<ReplicaSetPorts> = {}): ReplicaSet => {
    const lookUp: LookUp = () => Promise.reject(new Error('no name is looked up here'));
    const set = new ReplicaSet(addresses.split(',').map((address) => new URL(address)), { clock, timeoutMs: 1_000, lookUp, ...ports });
    sets.push(set);
    return set;
  };
  const answering = async (status: () => number, body: unknown = {}): Promise<string> => {
    const server = createServer((_request, response) => response.writeHead(status()).end(JSON.stringify(body)));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  test('a district is sent to the same two of four in turn, and a third only comes after them', async () => {
    const set = open('http://127.0.0.1:1,http://127.0.0.1:2,http://127.0.0.1:3,http://127.0.0.1:4');
    const orders = await Promise.all(Array.from({ length: 10 }, () => originsOf(set, 'oak')));
    expect(new Set(orders.map(([first]) => first)).size).toBe(2);
    for (const order of orders) expect([order.slice(0, 2).toSorted(), order.slice(2)]).toEqual([orders[0]?.slice(0, 2).toSorted(), orders[0]?.slice(2)]);
    expect(new Set((await Promise.all(Array.from({ length: 4 }, () => originsOf(set, null)))).map(([first]) => first)).size).toBe(4);
  });

  test('one that failed comes last until it says that it is ready', async () => {
    let status = 503;
    const addresses = [await answering(() => status), await answering(() => 200), await answering(() => 200)];
    const set = open(addresses.join(','));
    const failed = (await set.candidates('oak')).replicas.find(({ origin }) => origin === addresses[0]);
    if (!failed) throw new Error('there is no such replica');
    set.failed(failed, 'cannot be reached');
    for (let round = 0; round < 4; round += 1) expect((await originsOf(set, 'oak')).at(-1)).toBe(addresses[0]);
    clock.step();
    await until(() => failed.trouble === 'is not ready (503)');
    expect(await set.troubles()).toEqual({ all: 3, away: [`${addresses[0]} is not ready (503)`], inside: [] });
    status = 200;
    await until(() => (clock.step(), failed.trouble === null));
    expect(await set.troubles()).toEqual({ all: 3, away: [], inside: [] });
  });

  test('what troubles one that is ready is told with its address, and it goes on being asked', async () => {
    const dependencies = [{ name: 'snapshot logs', neededForReads: false, trouble: '1 of 2 logs cannot be read' }, { name: 'broker', neededForReads: false, trouble: null }];
    const ill = await answering(() => 200, { service: 'search', ready: true, dependencies });
    const set = open(`${await answering(() => 200)},${ill}`);
    expect(await set.troubles()).toEqual({ all: 2, away: [], inside: [`${ill} snapshot logs: 1 of 2 logs cannot be read`] });
    const readiness = new Readiness();
    registerReadiness(readiness, set, set);
    expect(await readiness.states()).toMatchObject([{ name: 'search', trouble: null }, { name: 'search replicas', neededForReads: false, trouble: `${ill} snapshot logs: 1 of 2 logs cannot be read` }, { name: 'writer' }]);
  });

  test('a name stands for all of its addresses, of one family, and is looked up again and again', async () => {
    let found = [{ address: '10.0.0.1', family: 4 }, { address: '10.0.0.2', family: 4 }, { address: '::2', family: 6 }];
    let lookUps = 0;
    const set = open('http://search:8083,http://10.0.0.2:8083', {
      lookUp: (host) => {
        lookUps += 1;
        return host === 'search' && found.length > 0 ? Promise.resolve(found) : Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
      },
    });
    const origins = async (): Promise<string> => (await originsOf(set, 'oak')).toSorted().join(' ');
    expect(await origins()).toBe('http://10.0.0.1:8083 http://10.0.0.2:8083');
    expect((await set.candidates('oak')).replicas.map(({ headers }) => headers.host)).toContain('search:8083');
    found = [{ address: '10.0.0.3', family: 4 }];
    await until(async () => (clock.step(), (await origins()) === 'http://10.0.0.2:8083 http://10.0.0.3:8083'));
    found = [];
    await until(() => (clock.step(), set.lookUpTrouble !== null));
    const before = lookUps;
    await until(() => (clock.step(), lookUps > before + 2));
    expect([await origins(), set.lookUpTrouble]).toEqual(['http://10.0.0.2:8083 http://10.0.0.3:8083', 'the name search cannot be looked up (ENOTFOUND)']);
  });

  test('of a name that was never found, there are none, and the reason is told', async () => {
    const set = open('http://search:8083');
    expect([await originsOf(set, 'oak'), set.lookUpTrouble]).toEqual([[], 'the name search cannot be looked up (unknown error)']);
  });
});
