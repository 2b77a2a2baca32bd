import { setTimeout as wait } from 'node:timers/promises';
import { ServiceError, type EventEnvelope } from '@lastgood/contracts';
import { describeWithServer, startRabbit, type RabbitFaults } from '@lastgood/test-servers';
import type { EventBus } from './event-bus.js';
import { RabbitEventBus, type RabbitBusOptions } from './rabbit-event-bus.js';
import { openRabbitMedium, type RabbitMedium } from './testing/rabbit-medium.js';
import { startSlowRelay } from './testing/slow-relay.js';

/** How long the broker stays away, in s; a minute by hand, less in ordinary runs. */
const STOP_SECONDS = Number(process.env['LASTGOOD_TEST_BROKER_STOP_SECONDS'] ?? 8);
const QUICK: Omit<RabbitBusOptions, 'url'> = { maxAttempts: 3, retryDelayMs: 40 };
const LONG_MS = 60_000 + 2 * STOP_SECONDS * 1000;

const request = (epoch: number) => ({ district: 'north', source: 'sis', run: '01hzy3v7q4w5e6r7t8y9z0abcd', epoch, date: '2026-01-01', requestedAt: '2026-01-01T00:00:00.000Z' });
const cancel = (epoch: number) => ({ district: 'north', source: 'sis', run: '01hzy3v7q4w5e6r7t8y9z0abcd', epoch });
const epochOf = ({ data }: EventEnvelope): number => (data as { epoch: number }).epoch;

async function until(condition: () => boolean | Promise<boolean>, limitMs = LONG_MS): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error('what the test waits for did not happen');
    await wait(5);
  }
}

/** Publishes events `from` up to below `to`, `width` at once, each until the bus has it, as the services do. */
async function publishAll(bus: EventBus, from: number, to: number, width = 64, pace: (epoch: number) => Promise<void> = async () => undefined): Promise<void> {
  let next = from;
  const one = async (): Promise<void> => {
    for (let epoch = next++; epoch < to; epoch = next++) {
      await pace(epoch);
      while (!(await bus.publish('refresh.requested', request(epoch + 1)).then(() => true, unlessRetryable))) await wait(50);
    }
  };
  await Promise.all(Array.from({ length: width }, one));
}

function unlessRetryable(error: unknown): false {
  if (error instanceof ServiceError && error.options.retryable) return false;
  throw error;
}

await describeWithServer('RabbitEventBus when things break', startRabbit, (server) => {
  let medium: RabbitMedium;

  beforeEach(async () => {
    medium = await openRabbitMedium(server.url, QUICK);
  });

  afterEach(() => medium.close());

  const withFaults = (name: string, run: (faults: RabbitFaults) => Promise<void>): void => {
    test(name, async () => {
      if (server.faults) await run(server.faults);
    }, LONG_MS * 2);
  };

  async function receivedBy(bus: EventBus): Promise<Map<number, number>> {
    const times = new Map<number, number>();
    await bus.subscribe('fetcher', async (event) => {
      times.set(epochOf(event), (times.get(epochOf(event)) ?? 0) + 1);
      await wait(5);
    });
    return times;
  }

  withFaults('all connections closed 4 times under 6,000 events lose none', async (faults) => {
    const [sender, ...receivers] = [await medium.connect(), await medium.connect(), await medium.connect()];
    const received = await Promise.all(receivers.map(receivedBy));
    let kills = 0;
    // Events travel all the time until the last kill, however long a kill takes: a thousand for each, then a few every second, and the last ones afterwards.
    const sending = publishAll(sender, 0, 6000, 64, async (epoch) => {
      if (kills < 4) await wait(epoch < 1000 * (kills + 1) ? 50 : 2000);
      if (epoch >= 5500) await until(() => kills === 4);
    });
    while (kills < 4) {
      const before = received.flatMap((times) => [...times.keys()]).length;
      await until(() => received.flatMap((times) => [...times.keys()]).length > before);
      await faults.closeConnections();
      kills += 1;
    }
    await sending;
    const all = (): Set<number> => new Set(received.flatMap((times) => [...times.keys()]));
    await until(() => all().size === 6000);
    const deliveries = received.flatMap((times) => [...times.values()]).reduce((sum, count) => sum + count, 0);
    process.stderr.write(`connections closed ${kills} times, 6000 events: ${6000 - all().size} lost, ${deliveries - 6000} duplicates\n`);
    expect(received.every((times) => times.size > 0)).toBe(true);
  });

  withFaults('a broker that is killed and away for a while costs time only', async (faults) => {
    const bus = await medium.connect();
    const received = await receivedBy(bus);
    await publishAll(bus, 0, 500);
    const sending = publishAll(bus, 500, 1500);
    await faults.kill();
    await until(() => bus.trouble() !== null);
    expect(bus.trouble()).toMatch(/^RabbitMQ at 127\.0\.0\.1:\d+ /);
    const stopped = performance.now();
    await wait(STOP_SECONDS * 1000);
    await expect(bus.publish('refresh.requested', request(9999))).rejects.toMatchObject({ kind: 'unavailable', options: { retryable: true } });
    await faults.restart();
    const back = performance.now();
    await sending;
    await until(() => received.size >= 1500 && bus.trouble() === null);
    process.stderr.write(`broker away for ${Math.round((back - stopped) / 1000)} s: all 1500 events arrived ${Math.round(performance.now() - back)} ms after it was back\n`);
  });

  withFaults('a broker that stands still without closing anything costs time only', async (faults) => {
    const bus = await medium.connect();
    const received = await receivedBy(bus);
    await publishAll(bus, 0, 10);
    await faults.pause();
    const sending = publishAll(bus, 10, 500);
    await wait(STOP_SECONDS * 500);
    await faults.resume();
    await sending;
    await until(() => received.size === 500);
  });

  withFaults('a memory alarm blocks whoever publishes, handlers go on and their answers arrive, and nothing is lost', async (faults) => {
    const bus = await medium.connect();
    await publishAll(bus, 0, 200);
    await faults.memoryAlarm(true);
    const early = bus.publish('refresh.requested', request(1000));
    const sending = publishAll(bus, 200, 300);
    await until(() => bus.trouble()?.includes('takes no messages for now') === true);
    const received = await receivedBy(await medium.connect());
    await until(() => received.size >= 200);
    const channel = await medium.channel();
    await until(async () => (await channel.checkQueue(medium.topology.workQueue('fetcher'))).messageCount === 0);
    await faults.memoryAlarm(false);
    await Promise.all([early, sending]);
    await until(() => bus.trouble() === null);
    await until(() => received.size === 301);
    expect([...received.values()].every((times) => times === 1)).toBe(true);
  });

  withFaults('a service starts while the broker is away, says so, and works once it is there', async (faults) => {
    await faults.kill();
    const bus = await medium.connect();
    const received = await receivedBy(bus);
    expect(bus.trouble()).toMatch(/does not answer \(ECONNREFUSED\)$/);
    await expect(bus.parked.list(1)).rejects.toMatchObject({ kind: 'unavailable' });
    await faults.restart();
    await publishAll(bus, 0, 1);
    await until(() => received.size === 1 && bus.trouble() === null);
  });

  withFaults('a replica whose connection was lost gets fan-out events again and hears that it may have missed some', async (faults) => {
    const bus = await medium.connect();
    let resumed = 0;
    const epochs: number[] = [];
    await bus.subscribe('fetcher', async (event) => void epochs.push(epochOf(event)), { resumed: () => void (resumed += 1) });
    expect(resumed).toBe(0);
    await faults.closeConnections();
    await until(() => resumed === 1);
    await bus.publish('refresh.cancelled', cancel(7));
    await until(() => epochs.includes(7));
  });

  test('a bus that is closed while its channel is opened closes soon', async () => {
    const slow = await startSlowRelay(server.url, 40);
    for (const ms of [0, 10, 20, 40, 60, 80, 120]) {
      const bus = new RabbitEventBus({ url: slow.url, namespace: medium.topology.namespace });
      await until(() => bus.trouble() === null);
      await wait(ms);
      expect(await Promise.race([bus.close().then(() => 'closed'), wait(5_000, 'still open')])).toBe('closed');
    }
    await slow.stop();
  });

  test('every queue deleted under a running service heals, for whoever publishes and whoever consumes', async () => {
    const bus = await medium.connect();
    const received = await receivedBy(bus);
    await publishAll(bus, 0, 10);
    await until(() => received.size === 10);
    const channel = await medium.channel();
    for (const { name } of medium.topology.ofService('fetcher').reverse()) await channel.deleteQueue(name);
    await publishAll(bus, 10, 20);
    await until(() => received.size === 20 && bus.trouble() === null);
    await channel.deleteExchange(medium.topology.fanOut);
    await bus.publish('refresh.cancelled', cancel(21));
    await until(async () => {
      await bus.publish('refresh.cancelled', cancel(22));
      return bus.trouble() === null;
    });
  });

  test('a retry and a parked message find their deleted queues made anew', async () => {
    const bus = await medium.connect();
    const channel = await medium.channel();
    let tries = 0;
    await bus.subscribe('fetcher', async () => {
      tries += 1;
      const [, , ...retries] = medium.topology.ofService('fetcher');
      for (const { name } of tries === 1 ? retries : [{ name: medium.topology.parkedQueue('fetcher') }]) await channel.deleteQueue(name);
      throw new Error('broken');
    });
    await bus.publish('refresh.requested', request(1));
    // While its queue is missing, a look at parked messages may be refused for now.
    const parked = () => bus.parked.list(10).catch((error: unknown) => (unlessRetryable(error), []));
    await until(async () => (await parked()).length === 1);
    expect(await parked()).toMatchObject([{ attempts: 3 }]);
    // When no parked queue was there in time, the last attempt was made again.
    expect(tries).toBeGreaterThanOrEqual(3);
  });

  test('a message that no handler survives ends parked, and its neighbours go on', async () => {
    const bus = await medium.connect();
    const handled: number[] = [];
    await bus.subscribe('fetcher', async (event) => {
      if (epochOf(event) === 13) throw new Error('poison');
      handled.push(epochOf(event));
    }, { concurrency: 1 });
    await publishAll(bus, 0, 29, 1);
    await until(async () => (await bus.parked.list(10)).length === 1 && handled.length === 28);
    expect(handled).not.toContain(13);
  });

  test('a message whose consumers die with it is parked by the broker in the end', async () => {
    const bus = await medium.connect();
    await publishAll(bus, 0, 1);
    const queue = medium.topology.workQueue('fetcher');
    await until(async () => {
      const channel = await medium.channel();
      await channel.get(queue);
      await channel.close();
      return (await bus.parked.list(1)).length === 1;
    });
    const [parked] = await bus.parked.list(1);
    expect(parked).toMatchObject({ service: 'fetcher', type: 'refresh.requested', reason: expect.stringContaining('parked by the broker (delivery_limit)') });
    expect(Math.abs(Date.parse(parked?.parkedAt ?? '') - Date.now())).toBeLessThan(60_000);
    const received = await receivedBy(bus);
    expect(await bus.parked.replay(parked?.id ?? '')).toBe(true);
    await until(() => received.size === 1);
  }, 30_000);

  test('several gateways that look at parked messages at once all see all of them, in their order', async () => {
    const buses = [await medium.connect(), await medium.connect(), await medium.connect()];
    for (let i = 0; i < 20; i++) await medium.deliverRaw(Buffer.from('x'.repeat(i + 1)), 'writer');
    const subscription = await buses[0]?.subscribe('writer', async () => undefined, { concurrency: 1 });
    await until(async () => (await buses[0]?.parked.list(50))?.length === 20);
    await subscription?.stop();
    const lists = await Promise.all([...buses, ...buses, ...buses].map((bus) => bus.parked.list(50)));
    for (const list of lists) expect(list.map(({ sizeBytes }) => sizeBytes)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  }, 30_000);

  test.each([['a wrong password', (url: URL) => void (url.password = 'planted-secret')], ['a virtual host that is not there', (url: URL) => void (url.pathname = '/planted-secret')]])(
    '%s is told clearly, without the secret, and not tried for ever', async (_, spoil) => {
      const url = new URL(server.url);
      spoil(url);
      const told: string[] = [];
      const tell = (message: string): void => void told.push(message);
      const wrong = await openRabbitMedium(url.href, { ...QUICK, report: { info: tell, warn: tell } });
      const bus = await wrong.connect();
      const subscribed = await bus.subscribe('fetcher', async () => undefined);
      await until(() => /refuses the (user or the password.*403|virtual host.*530)/.test(bus.trouble() ?? ''));
      await until(() => bus.trouble()?.includes('not tried again until the process is started anew') === true);
      await expect(bus.publish('refresh.requested', request(1))).rejects.toMatchObject({ kind: 'unavailable' });
      expect(JSON.stringify(told) + bus.trouble()).not.toContain('planted');
      await subscribed.stop();
      await bus.close();
    }, 60_000);
});
