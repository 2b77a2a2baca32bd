import { eventBusSuite } from './event-bus-suite.js';
import { InProcessEventBus, type InProcessBusOptions } from './index.js';

eventBusSuite('InProcessEventBus', async (limits) => {
  const bus = new InProcessEventBus(limits);
  return { connect: async () => bus, deliverRaw: (bytes, service) => bus.deliverRaw(bytes, service), close: () => bus.close() };
});

const EVENT = { district: 'north', source: 'sis', run: '01hzy3v7q4w5e6r7t8y9z0abcd', epoch: 1, date: '2026-01-01', requestedAt: '2026-01-01T00:00:00.000Z' };

/** A bus whose clock stands still: every wait is written down and over at once. */
function instantBus(options: InProcessBusOptions = {}): { bus: InProcessEventBus; waits: number[] } {
  const waits: number[] = [];
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
  return { bus: new InProcessEventBus({ clock, random: () => 0, ...options }), waits };
}

async function parkOne(bus: InProcessEventBus): Promise<void> {
  const before = (await bus.parked.list(100)).length;
  await bus.publish('refresh.requested', EVENT);
  while ((await bus.parked.list(100)).length === before) await new Promise(setImmediate);
}

test('waits double from try to try, up to the longest', async () => {
  const { bus, waits } = instantBus({ maxAttempts: 6, retryDelayMs: 1000, maxRetryDelayMs: 5000 });
  await bus.subscribe('fetcher', () => Promise.reject(new Error('broken')));
  await parkOne(bus);
  expect(waits).toEqual([1000, 2000, 4000, 5000, 5000]);
});

test('jitter shortens a wait by at most a quarter, so that waits still grow', async () => {
  const { bus, waits } = instantBus({ maxAttempts: 3, retryDelayMs: 1000, random: () => 0.999 });
  await bus.subscribe('fetcher', () => Promise.reject(new Error('broken')));
  await parkOne(bus);
  expect(waits.map(Math.round)).toEqual([750, 1501]);
});

test('a full queue refuses to take more, says so, and takes again once there is room', async () => {
  const { bus } = instantBus({ queueLimit: 2 });
  await bus.publish('refresh.requested', EVENT);
  await bus.publish('refresh.requested', EVENT);
  await expect(bus.publish('refresh.requested', EVENT)).rejects.toMatchObject({ kind: 'unavailable', code: 'event_queue_full', options: { retryable: true } });
  expect(bus.trouble()).toBe('the queue of fetcher is full');
  let handled = 0;
  await bus.subscribe('fetcher', async () => {
    handled += 1;
  });
  while (handled < 2) await new Promise(setImmediate);
  await bus.publish('refresh.requested', EVENT);
  expect(bus.trouble()).toBeNull();
});

test('when more is parked than may be kept the oldest goes, and the bus says so', async () => {
  const { bus } = instantBus({ parkedLimit: 2, maxAttempts: 1 });
  await bus.subscribe('fetcher', () => Promise.reject(new Error('broken')));
  await parkOne(bus);
  await parkOne(bus);
  expect(bus.trouble()).toBeNull();
  const [oldest] = await bus.parked.list(10);
  await bus.publish('refresh.requested', EVENT);
  while ((await bus.parked.list(10))[0]?.id === oldest?.id) await new Promise(setImmediate);
  expect(await bus.parked.list(10)).toHaveLength(2);
  expect(bus.trouble()).toContain('1 parked messages were dropped');
});

test('a bus that closes while a message waits for its next try does not wait for it', async () => {
  const bus = new InProcessEventBus({ retryDelayMs: 3_600_000, maxRetryDelayMs: 3_600_000 });
  let tries = 0;
  await bus.subscribe('fetcher', () => {
    tries += 1;
    return Promise.reject(new Error('broken'));
  });
  await bus.publish('refresh.requested', EVENT);
  while (tries === 0) await new Promise(setImmediate);
  await bus.close();
  expect(tries).toBe(1);
});
