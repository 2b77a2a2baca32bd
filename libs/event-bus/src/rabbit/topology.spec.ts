import { ServiceName } from '@lastgood/contracts';
import { retryDelays } from '../retry-delays.js';
import { brokerAddress, isBrokerAddress } from './broker-address.js';
import { brokerTrouble } from './broker-error.js';
import { Topology } from './topology.js';

const topology = new Topology('lastgood', retryDelays({ maxAttempts: 5, retryDelayMs: 1000, maxRetryDelayMs: 5000 }));

test('every durable queue is one that RabbitMQ 3.10 and 4 take: quorum, bounded, with a delivery limit of its own, refusing when full', () => {
  for (const { options } of ServiceName.options.flatMap((service) => topology.ofService(service))) {
    expect(options).toMatchObject({ durable: true, arguments: { 'x-queue-type': 'quorum', 'x-overflow': 'reject-publish', 'x-max-length': 100_000, 'x-delivery-limit': expect.any(Number) } });
    expect(options.exclusive ?? options.autoDelete).toBeUndefined();
    const { 'x-dead-letter-routing-key': target, 'x-dead-letter-strategy': strategy } = options.arguments as Record<string, unknown>;
    expect(strategy).toBe(target === undefined ? undefined : 'at-least-once');
  }
});

test('a queue is declared after the one it gives messages to, and each wait has one queue', () => {
  const queues = topology.ofService('writer');
  expect(queues.map(({ name }) => name)).toEqual(['lastgood.writer.parked', 'lastgood.writer', ...[1000, 2000, 4000, 5000].map((ms) => `lastgood.writer.retry.${ms}ms`)]);
  const targets = queues.map(({ options }) => (options.arguments as Record<string, unknown>)['x-dead-letter-routing-key']);
  targets.forEach((target, index) => {
    if (target !== undefined) expect(queues.slice(0, index).map(({ name }) => name)).toContain(target);
  });
});

test('the address of a broker is read with its escapes, and its label has neither user nor password', () => {
  const { label, options } = brokerAddress('amqps://us%40er:p%2Fss@[::1]/my%2Fhost');
  expect(label).toBe('RabbitMQ at [::1]:5671');
  expect(options).toMatchObject({ protocol: 'amqps', hostname: '::1', port: 5671, username: 'us@er', password: 'p/ss', vhost: encodeURIComponent('my/host') });
  expect(brokerAddress('amqp://host').options).toMatchObject({ port: 5672, vhost: encodeURIComponent('/') });
  expect(brokerAddress('amqp://host').options).not.toHaveProperty('username');
});

test.each(['http://host', 'amqp://', 'planted', 'amqp://user:planted%zz@host'])('%s is no address of a broker, and the refusal does not quote it', (url) => {
  expect(isBrokerAddress(url)).toBe(false);
  expect(() => brokerAddress(url)).toThrow(expect.objectContaining({ kind: 'invalid', message: expect.not.stringContaining('planted') }));
});

test.each([
  [new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "user planted"'), true, '403 ACCESS_REFUSED'],
  [new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'), true, '530 NOT_ALLOWED'],
  [Object.assign(new Error('planted'), { code: 406 }), false, '406 PRECONDITION_FAILED'],
  [Object.assign(new Error('planted'), { code: 320 }), false, 'code 320'],
  [Object.assign(new Error('planted'), { code: 'ECONNREFUSED' }), false, 'does not answer (ECONNREFUSED)'],
  [new Error('Heartbeat timeout'), false, 'no longer answers'],
  [undefined, false, 'ended the connection'],
])('%s is told in words that name its kind and quote nothing', (error, refused, words) => {
  const trouble = brokerTrouble(error);
  expect(trouble.refused).toBe(refused);
  expect(trouble.words).toContain(words);
  expect(trouble.words).not.toContain('planted');
});
