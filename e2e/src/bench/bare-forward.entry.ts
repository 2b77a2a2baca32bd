import type { AddressInfo } from 'node:net';
import process from 'node:process';
import Fastify from 'fastify';
import { Pool } from 'undici';

/**
 * The peer of the search figures: two Fastify applications in one process, the first of which forwards every request to the second through a pool of
 * connections and does nothing else. Argument: bytes of the JSON body that the second always answers. Says `{ port }` on one line.
 */
const bytes = Number(process.argv[2]);
const body = JSON.stringify({ text: 'x'.repeat(Math.max(bytes - '{"text":""}'.length, 0)) });

const search = Fastify();
search.get('/*', (_request, reply) => reply.header('content-type', 'application/json; charset=utf-8').send(body));
await search.listen({ port: 0, host: '127.0.0.1' });
const pool = new Pool(`http://127.0.0.1:${(search.server.address() as AddressInfo).port}`, { connections: 128, pipelining: 1 });

const gateway = Fastify();
gateway.get('/*', async (request, reply) => {
  const answer = await pool.request({ path: request.raw.url ?? '/', method: 'GET' });
  const forwarded = Buffer.from(await answer.body.arrayBuffer());
  return reply.status(answer.statusCode).header('content-type', answer.headers['content-type']).send(forwarded);
});
await gateway.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ port: (gateway.server.address() as AddressInfo).port })}\n`);
process.stdin.on('end', () => process.exit()).resume();
