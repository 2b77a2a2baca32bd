import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import Fastify from 'fastify';
import { hearOutRefused } from './http-hooks.js';

/** Sends the head and half of a body, the rest a moment later; gives the answer, and how the connection broke. */
async function sendSlowly(port: number, declared: number, sent: number): Promise<{ answer: string; broke: string | null }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let [answer, broke]: [string, string | null] = ['', null];
  socket.on('data', (bytes) => (answer += bytes.toString())).on('error', (error) => (broke = error.message));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${declared}\r\n\r\n${'x'.repeat(sent / 2)}`);
  await delay(300);
  socket.end('x'.repeat(sent / 2));
  await closed;
  return { answer, broke };
}

describe('a body that is refused', () => {
  const fastify = Fastify({ bodyLimit: 1000, logger: false });
  hearOutRefused(fastify);
  fastify.post('/', async () => 'taken');
  let port = 0;
  beforeAll(async () => {
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    port = (fastify.server.address() as AddressInfo).port;
  });
  afterAll(() => fastify.close());

  test('is read to its end before the answer goes, so that no client that still sends loses it', async () => {
    const { answer, broke } = await sendSlowly(port, 2_000_000, 2_000_000);
    expect([answer.slice(0, 12), broke]).toEqual(['HTTP/1.1 413', null]);
  });

  test('is not read when it says that it is larger than anybody would hear out', async () => {
    const begun = performance.now();
    const { answer } = await sendSlowly(port, 9_000_000_000, 1000);
    expect(answer.slice(0, 12)).toBe('HTTP/1.1 413');
    expect(performance.now() - begun).toBeLessThan(4_500);
  });
});
