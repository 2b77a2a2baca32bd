import { ServiceError } from '@lastgood/contracts';
import { firstValueFrom, throwError } from 'rxjs';
import { EventBusServer, EventContext, InProcessEventBus } from './index.js';

const EVENT = { district: 'north', source: 'sis', snapshot: '7-01hzy3v7q4w5e6r7t8y9z0abcd', logNumber: 7 };
const nothing = (): (() => Promise<void>) => async () => undefined;

function started(server: EventBusServer): Promise<string | null> {
  return new Promise((resolve) => void server.listen((error) => resolve(error instanceof Error ? error.message : null)));
}

function searchServer(bus = new InProcessEventBus()): EventBusServer {
  const server = new EventBusServer(bus, 'search');
  server.addHandler('snapshot.published', nothing(), true);
  server.addHandler('snapshot.quarantined', nothing(), true);
  server.addHandler('refresh.failed', nothing(), true);
  return server;
}

test('starts when every consumed event has exactly one handler', async () => {
  const server = searchServer();
  server.addHandler('snapshot.expired', nothing(), true);
  expect(await started(server)).toBeNull();
  await server.close();
});

test('refuses to start when an event that the service consumes has no handler', async () => {
  expect(await started(searchServer())).toBe('The event handlers of search do not fit its contract: snapshot.expired has no handler.');
});

test('refuses to start when an event has two handlers', async () => {
  const server = searchServer();
  server.addHandler('snapshot.expired', nothing(), true);
  server.addHandler('snapshot.expired', async () => undefined, true);
  expect(await started(server)).toContain('snapshot.expired has more than one handler');
});

test('refuses to start when the service handles an event it does not consume, or one by a message pattern', async () => {
  const server = searchServer();
  server.addHandler('snapshot.expired', nothing(), false);
  server.addHandler('refresh.requested', nothing(), true);
  const problem = await started(server);
  expect(problem).toContain('snapshot.expired is handled by a message pattern');
  expect(problem).toContain('refresh.requested is handled but not consumed by this service');
});

test('a handler gets the data and the context, and an error in its stream reaches the bus with kind and words', async () => {
  const bus = new InProcessEventBus({ maxAttempts: 2, retryDelayMs: 1 });
  const server = searchServer(bus);
  const contexts: unknown[] = [];
  server.addHandler('snapshot.expired', async (data: unknown, context: unknown) => {
    contexts.push(data, context instanceof EventContext && [context.attempt, context.event.type]);
    return throwError(() => new ServiceError('timeout', 'too_slow', 'It took too long.'));
  }, true);
  expect(await started(server)).toBeNull();
  await bus.publish('snapshot.expired', EVENT);
  while ((await bus.parked.list(1)).length === 0) await new Promise(setImmediate);
  expect(contexts).toEqual([EVENT, [1, 'snapshot.expired'], EVENT, [2, 'snapshot.expired']]);
  expect((await bus.parked.list(1))[0]?.reason).toBe('timeout too_slow: It took too long.');
  await server.close();
});

test('a closed server takes no further event', async () => {
  const bus = new InProcessEventBus();
  const server = searchServer(bus);
  let handled = 0;
  server.addHandler('snapshot.expired', async () => void (handled += 1), true);
  await started(server);
  await server.close();
  await bus.publish('snapshot.expired', EVENT);
  await firstValueFrom(server.transformToObservable(new Promise(setImmediate)));
  expect(handled).toBe(0);
});
