import type { FastifyReply } from 'fastify';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { Answer } from './answer.js';

const chunkBytes = 65_536;

/** JSON of the wanted size, a piece at a time: a list of records that closes only at the very end. */
function* hugeBody(key: string, bytes: number): Generator<string> {
  const record = (number: number): string => `{"sourcedId":"huge-${String(number).padStart(12, '0')}","status":"active"}`;
  const opening = `{"${key}":[${record(0)}`;
  yield opening;
  let left = bytes - opening.length - 2;
  for (let number = 1; left > chunkBytes; ) {
    let chunk = '';
    while (chunk.length < chunkBytes - 100) chunk += `,${record(number++)}`;
    left -= chunk.length;
    yield chunk;
  }
  yield `${' '.repeat(Math.max(0, left))}]}`;
}

/** Writes a part of the body on the raw connection and then leaves it: dead (`cut`) or silent (`stall`). */
async function deliverPart(reply: FastifyReply, answer: Answer, signal: AbortSignal): Promise<void> {
  const body = Buffer.from(answer.body);
  reply.hijack();
  reply.raw.writeHead(answer.status, { ...answer.headers, 'content-length': String(body.length) });
  reply.raw.write(body.subarray(0, Math.floor(body.length / 2)), () => {
    if (answer.delivery === 'cut') reply.raw.socket?.destroy();
  });
  await closed(reply, signal);
}

/** Waits until the caller is gone or the simulator stops, and ends the connection then. */
async function closed(reply: FastifyReply, signal: AbortSignal): Promise<void> {
  if (!reply.raw.closed && !reply.raw.destroyed) {
    await once(reply.raw, 'close', { signal }).catch(() => undefined);
  }
  reply.raw.socket?.destroy();
}

/** Sends an answer as its delivery says; resolves when nothing more will be sent. The signal ends hanging answers. */
export async function deliver(reply: FastifyReply, answer: Answer, signal: AbortSignal): Promise<void> {
  switch (answer.delivery) {
    case 'reset':
      reply.hijack();
      reply.raw.socket?.resetAndDestroy();
      return;
    case 'hang':
      reply.hijack();
      return closed(reply, signal);
    case 'cut':
    case 'stall':
      return deliverPart(reply, answer, signal);
    case 'whole':
      void reply.code(answer.status).headers(answer.headers);
      await reply.send(answer.huge === undefined ? answer.body : Readable.from(hugeBody(answer.huge.key, answer.huge.bytes), { objectMode: false }));
  }
}
