import { readFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EVENTS, parseEvent, type EventData, type EventEnvelope, type EventType, type ParkedMessage, type ServiceName } from '@lastgood/contracts';
import type { EventBus, EventHandler } from './event-bus.js';

/** The medium under test: a broker, or the memory of a process. */
export interface BusMedium {
  /** One more replica's bus on the same medium; in process it is always the same one. */
  connect(): Promise<EventBus>;
  /** Puts bytes into a service's work queue as a broken or foreign sender would. */
  deliverRaw(bytes: Uint8Array, service: ServiceName): Promise<void>;
  /** Disconnects every bus and forgets all messages. */
  close(): Promise<void>;
}

/** How the suite wants the medium: few tries with short waits. */
export interface BusLimits {
  maxAttempts: number;
  retryDelayMs: number;
}

const LIMITS: BusLimits = { maxAttempts: 3, retryDelayMs: 40 };
const TYPES = Object.keys(EVENTS) as EventType[];

/** What every EventBus does, whatever its medium. Call it in a spec file with how to open an empty medium. */
export function eventBusSuite(name: string, open: (limits: BusLimits) => Promise<BusMedium>): void {
  describe(`${name} as an event bus`, () => {
    let medium: BusMedium;
    let bus: EventBus;

    beforeEach(async () => {
      medium = await open(LIMITS);
      bus = await medium.connect();
    });

    afterEach(() => medium.close());

    const onBus = (): { bus: EventBus; medium: BusMedium } => ({ bus, medium });
    deliveryTests(onBus);
    retryTests(onBus);
    unreadableTests(onBus);
    stopTests(onBus);
  });
}

type OnBus = () => { bus: EventBus; medium: BusMedium };

function deliveryTests(on: OnBus): void {
  test.each(TYPES)('%s reaches each service that consumes it, unchanged', async (type) => {
    const inboxes = await Promise.all(EVENTS[type].consumedBy.map((service) => inbox(on().bus, service)));
    await publishSample(on().bus, type);
    for (const received of inboxes) {
      await until(() => received.length === 1);
      expect(received[0]).toMatchObject({ type, version: EVENTS[type].version, data: sample(type).data });
    }
  });

  test('an event for work goes to one replica, and a fan-out event to every one', async () => {
    const other = await on().medium.connect();
    const inboxes = [await inbox(on().bus, 'fetcher'), await inbox(other, 'fetcher')];
    for (let i = 0; i < 10; i++) await on().bus.publish('refresh.requested', sample('refresh.requested').data);
    await on().bus.publish('refresh.cancelled', sample('refresh.cancelled').data);
    const cancelled = (received: EventEnvelope[]): number => received.filter(({ type }) => type === 'refresh.cancelled').length;
    await until(() => inboxes.flat().length === 12);
    expect(inboxes.map(cancelled)).toEqual([1, 1]);
  });

  test('an event for work that is published before anybody listens waits; a fan-out event does not', async () => {
    await publishSample(on().bus, 'refresh.requested');
    await publishSample(on().bus, 'refresh.cancelled');
    const received = await inbox(on().bus, 'fetcher');
    await until(() => received.length === 1);
    await publishSample(on().bus, 'refresh.requested');
    await until(() => received.length === 2);
    expect(received.map(({ type }) => type)).toEqual(['refresh.requested', 'refresh.requested']);
  });

  test('no more handlers run at once than asked for, and a slow one holds up nobody else', async () => {
    let now = 0;
    let most = 0;
    let done = 0;
    const gate = deferred();
    await on().bus.subscribe('fetcher', async () => {
      most = Math.max(most, ++now);
      if (done === 0 && now === 1) await gate.promise;
      else await nextTurn();
      now -= 1;
      done += 1;
    }, { concurrency: 3 });
    for (let i = 0; i < 20; i++) await publishSample(on().bus, 'refresh.requested');
    await until(() => done === 19);
    expect(most).toBeLessThanOrEqual(3);
    gate.open();
    await until(() => done === 20);
  });

  test('one handler cannot change what another one gets', async () => {
    const inboxes = [await inbox(on().bus, 'search', (event) => Object.assign(event.data, { district: 'changed' })), await inbox(on().bus, 'search')];
    await publishSample(on().bus, 'snapshot.expired');
    await until(() => inboxes.flat().length === 2);
    expect(inboxes.flat().map(({ data }) => data.district).sort()).toEqual(['changed', sample('snapshot.expired').data.district].sort());
  });

  test.each(TYPES)('publishing %s with an invalid value is refused and nothing travels', async (type) => {
    const [service] = EVENTS[type].consumedBy;
    const received = await inbox(on().bus, service ?? 'writer');
    const data = { ...sample(type).data, planted: 'x' };
    await expect(on().bus.publish(type, data)).rejects.toThrow();
    await publishSample(on().bus, type);
    await until(() => received.length > 0);
    expect(received).toHaveLength(1);
  });
}

function retryTests(on: OnBus): void {
  test('a handler that fails gets the event again after growing waits, with the tries counted', async () => {
    const tries: { attempt: number; at: number; id: string }[] = [];
    await on().bus.subscribe('fetcher', async ({ id }, { attempt }) => {
      tries.push({ attempt, at: performance.now(), id });
      if (attempt < LIMITS.maxAttempts) throw new Error('not yet');
    });
    await publishSample(on().bus, 'refresh.requested');
    await until(() => tries.length === LIMITS.maxAttempts);
    expect(tries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(tries.map(({ id }) => id)).size).toBe(1);
    const [first = 0, second = 0, third = 0] = tries.map(({ at }) => at);
    expect(second - first).toBeGreaterThanOrEqual(LIMITS.retryDelayMs * 0.7);
    expect(third - second).toBeGreaterThanOrEqual(LIMITS.retryDelayMs * 1.4);
    expect(await on().bus.parked.list(10)).toEqual([]);
  });

  test('an event that fails every time is parked with the reason, and no personal value of the error is kept', async () => {
    const received = await inbox(on().bus, 'fetcher', () => JSON.parse('Planted Person'));
    await publishSample(on().bus, 'refresh.requested');
    const [parked] = await parkedMessages(on().bus, 1);
    expect(parked).toMatchObject({ service: 'fetcher', type: 'refresh.requested', attempts: LIMITS.maxAttempts, reason: 'the handler failed with SyntaxError' });
    expect(parked?.sizeBytes).toBeGreaterThan(100);
    expect(received).toHaveLength(LIMITS.maxAttempts);
  });

  test('a fan-out event that fails in one replica is tried again there alone', async () => {
    const inboxes = [await inbox(on().bus, 'search', () => Promise.reject(new Error('broken'))), await inbox(on().bus, 'search')];
    await publishSample(on().bus, 'snapshot.expired');
    await parkedMessages(on().bus, 1);
    expect(inboxes.map((received) => received.length)).toEqual([LIMITS.maxAttempts, 1]);
  });

  test('a parked message that is replayed starts with its first try again, and a dropped one is gone', async () => {
    let works = false;
    const attempts: number[] = [];
    await on().bus.subscribe('fetcher', async (_event, { attempt }) => {
      attempts.push(attempt);
      if (!works) throw new Error('broken');
    });
    await publishSample(on().bus, 'refresh.requested');
    await publishSample(on().bus, 'refresh.requested');
    const [first, second] = await parkedMessages(on().bus, 2);
    works = true;
    attempts.length = 0;
    expect(await on().bus.parked.replay(first?.id ?? '')).toBe(true);
    await until(() => attempts.length === 1);
    expect(attempts).toEqual([1]);
    expect(await on().bus.parked.drop(second?.id ?? '')).toBe(true);
    expect(await on().bus.parked.list(10)).toEqual([]);
    expect(await on().bus.parked.replay(first?.id ?? '')).toBe(false);
    expect(await on().bus.parked.drop(second?.id ?? '')).toBe(false);
  });

  test('parked messages are listed oldest first, at most as many as asked for', async () => {
    await inbox(on().bus, 'writer');
    for (const text of ['one', 'two', 'three']) {
      await on().medium.deliverRaw(Buffer.from(text), 'writer');
      await until(async () => (await on().bus.parked.list(10)).some(({ sizeBytes }) => sizeBytes === text.length) && (text !== 'two' || (await on().bus.parked.list(10)).length === 2));
    }
    await parkedMessages(on().bus, 3);
    expect((await on().bus.parked.list(2)).map(({ sizeBytes }) => sizeBytes)).toEqual([3, 3]);
    expect((await on().bus.parked.list(10)).at(-1)?.sizeBytes).toBe(5);
  });
}

function unreadableTests(on: OnBus): void {
  const event = sample('refresh.requested');
  const messages: [string, string, string][] = [
    ['broken JSON', '{"id":', 'broken-json'],
    ['something that is no event', '{"hello":"world"}', 'not-an-event'],
    ['an unknown type', JSON.stringify({ ...event, type: 'coffee.ready' }), 'unknown-type'],
    ['an unknown version', JSON.stringify({ ...event, version: 999 }), 'unknown-version'],
  ];
  test.each(messages)('%s is parked at once with the reason, and what comes after it still arrives', async (_, message, reason) => {
    const received = await inbox(on().bus, 'fetcher');
    await on().medium.deliverRaw(Buffer.from(message), 'fetcher');
    const [parked] = await parkedMessages(on().bus, 1);
    expect(parked).toMatchObject({ service: 'fetcher', attempts: 1, reason: expect.stringMatching(`^${reason}: `) });
    await publishSample(on().bus, 'refresh.requested');
    await until(() => received.length === 1);
    expect(received[0]?.type).toBe('refresh.requested');
  });

  test.each(TYPES)('%s with an invalid or an additional value never reaches a handler', async (type) => {
    const [service = 'writer'] = EVENTS[type].consumedBy;
    const received = await inbox(on().bus, service);
    const { data } = sample(type);
    for (const wrong of [{ ...data, district: 'Planted Person' }, { ...data, planted: 'Planted Person' }]) {
      await on().medium.deliverRaw(Buffer.from(JSON.stringify({ ...sample(type), data: wrong })), service);
    }
    const parked = await parkedMessages(on().bus, 2);
    expect(parked.map(({ reason }) => reason)).toEqual([expect.stringMatching('^invalid-data: '), expect.stringMatching('^invalid-data: ')]);
    expect(JSON.stringify(parked)).not.toContain('Planted');
    expect(received).toEqual([]);
  });
}

function stopTests(on: OnBus): void {
  test('a stopped subscription takes nothing more, and stop waits for the handler under way', async () => {
    const gate = deferred();
    const events: string[] = [];
    const subscription = await on().bus.subscribe('fetcher', async () => {
      events.push('begun');
      await gate.promise;
      events.push('ended');
    }, { concurrency: 1 });
    await publishSample(on().bus, 'refresh.requested');
    await publishSample(on().bus, 'refresh.requested');
    await until(() => events.length === 1);
    const stopped = subscription.stop().then(() => events.push('stopped'));
    gate.open();
    await stopped;
    expect(events).toEqual(['begun', 'ended', 'stopped']);
    const received = await inbox(on().bus, 'fetcher');
    await until(() => received.length === 1);
  });

  test('close waits for the handlers under way, and afterwards publishing is refused as retryable', async () => {
    const gate = deferred();
    let ended = false;
    let begun = false;
    await on().bus.subscribe('fetcher', async () => {
      begun = true;
      await gate.promise;
      ended = true;
    });
    await publishSample(on().bus, 'refresh.requested');
    await until(() => begun);
    expect(on().bus.trouble()).toBeNull();
    const closed = on().bus.close();
    gate.open();
    await closed;
    expect(ended).toBe(true);
    expect(on().bus.trouble()).not.toBeNull();
    await expect(publishSample(on().bus, 'refresh.requested')).rejects.toMatchObject({ kind: 'unavailable' });
  });
}

const SAMPLES = new URL('../samples/events/', import.meta.resolve('@lastgood/contracts'));

/** The committed sample of an event's newest version. */
function sample<T extends EventType>(type: T): EventEnvelope<T> {
  return parseEvent(readFileSync(new URL(`${type}.v${EVENTS[type].version}.json`, SAMPLES))) as EventEnvelope<T>;
}

async function publishSample<T extends EventType>(bus: EventBus, type: T): Promise<void> {
  await bus.publish(type, sample(type).data as EventData<T>);
}

async function inbox(bus: EventBus, service: ServiceName, then: (event: EventEnvelope) => unknown = () => undefined): Promise<EventEnvelope[]> {
  const received: EventEnvelope[] = [];
  const handler: EventHandler = async (event) => {
    received.push(event);
    await then(event);
  };
  await bus.subscribe(service, handler);
  return received;
}

async function parkedMessages(bus: EventBus, count: number): Promise<ParkedMessage[]> {
  await until(async () => (await bus.parked.list(100)).length === count);
  return bus.parked.list(100);
}

const PATIENCE_MS = 15_000;

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error('what the test waits for did not happen');
    await nextTurn();
  }
}

function deferred(): { promise: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}
