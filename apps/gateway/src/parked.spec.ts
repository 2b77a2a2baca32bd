import { ParkedAnswer, Problem, ServiceError, type EventData, type ParkedMessage } from '@lastgood/contracts';
import { SystemClock } from '@lastgood/service-runtime';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUNS = ['01jd4w8k2m3n5p7q9rstvwxyz0', '01jd4w8k2m3n5p7q9rstvwxyz1'];

/** The waits between the tries of a message are a hundred times as short. */
class HastyClock extends SystemClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(ms / 100, signal);
  }
}

/** The fetcher on the bus of the gateway's process: it refuses everything until it is well. */
class Fetcher {
  readonly handled: string[] = [];
  isWell = false;

  take({ run }: EventData<'refresh.requested'>): void {
    if (!this.isWell) throw new ServiceError('unavailable', 'fetcher_unwell', 'The fetcher is not well.');
    this.handled.push(run);
  }
}

describe('parked messages', () => {
  let gateway: GatewayFixture;
  const fetcher = new Fetcher();
  beforeAll(async () => {
    gateway = await startGateway(() => undefined, { clock: new HastyClock() });
    await gateway.bus.subscribe('fetcher', async ({ data }) => fetcher.take(data as EventData<'refresh.requested'>));
    for (const run of RUNS) await gateway.bus.publish('refresh.requested', { district: 'lakeside', source: 'sis', run, epoch: 7, date: '2026-11-21', requestedAt: '2026-11-22T03:00:00.000Z' });
  });
  afterAll(() => gateway.close());

  async function list(query = ''): Promise<ParkedMessage[]> {
    return ParkedAnswer.parse(await (await gateway.call(`/api/v1/admin/parked${query}`)).json()).items;
  }
  const decide = (method: string, path: string): Promise<Response> => gateway.call(`/api/v1/admin/parked/${path}`, { method });
  async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise(setImmediate);
  }

  test('are listed with service, type, tries and reason; one is given back and handled, one is dropped for good, and then both are gone', async () => {
    await until(async () => (await list()).length === 2);
    const [first, second] = (await list()) as [ParkedMessage, ParkedMessage];
    for (const item of [first, second]) expect(item).toMatchObject({ service: 'fetcher', type: 'refresh.requested', attempts: 5, reason: 'unavailable fetcher_unwell: The fetcher is not well.' });
    expect(await list('?limit=1')).toEqual([first]);

    fetcher.isWell = true;
    expect((await decide('POST', `${first.id}/replay`)).status).toBe(204);
    await until(() => fetcher.handled.length > 0);
    expect(await list()).toEqual([second]);

    expect((await decide('DELETE', second.id)).status).toBe(204);
    expect(await list()).toEqual([]);
    for (const [method, path] of [['POST', `${first.id}/replay`], ['POST', `${second.id}/replay`], ['DELETE', second.id]] as const) {
      const again = await decide(method, path);
      expect([again.status, Problem.parse(await again.json()).code]).toEqual([404, 'unknown_message']);
    }
    expect(fetcher.handled).toHaveLength(1);
    expect(RUNS).toContain(fetcher.handled[0]);
  }, 60_000);
});
