import { readFileSync } from 'node:fs';
import { Run } from '@lastgood/contracts';
import { Clock, SystemClock } from '@lastgood/service-runtime';
import Fastify from 'fastify';
import { InternalService } from '../api/internal-service.js';
import { SearchReads } from '../api/search-reads.js';
import { Services } from '../api/services.js';
import { ReplicaSet } from '../replicas/replica-set.js';
import { RunEventStreams } from './run-event-streams.js';

const run = Run.parse({ ...(JSON.parse(readFileSync(new URL('../../../../libs/contracts/samples/http/run.v1.json', import.meta.url), 'utf8')) as object), phase: 'fetching', finishedAt: null });

/** A pause is over at once, and so much later. */
class HurriedClock extends Clock {
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await new Promise(setImmediate);
    signal?.throwIfAborted();
    this.#nowMs += ms;
  }
}

test('the events of a run that does not move carry a sign of life at least every 20 s, and end when the gateway stops', async () => {
  const behind = Fastify({ forceCloseConnections: true });
  const asked: number[] = [];
  const clock = new HurriedClock();
  behind.get('/internal/runs/:run', () => {
    asked.push(clock.now());
    return run;
  });
  const address = new URL(await behind.listen({ port: 0, host: '127.0.0.1' }));
  const replicas = new ReplicaSet([address], { clock: new SystemClock(), timeoutMs: 5_000, lookUp: () => Promise.reject(new Error('no name is looked up here')) });
  const service = (name: 'search' | 'writer'): InternalService => new InternalService(name, replicas, 'token', 5_000);
  const streams = new RunEventStreams(new Services(new SearchReads(service('search')), service('writer')), clock);
  const front = Fastify({ forceCloseConnections: true });
  front.get('/events', (_request, reply) => streams.serve(run.id, undefined, reply));
  const answer = await fetch(new URL('/events', await front.listen({ port: 0, host: '127.0.0.1' })));
  let text = '';
  const beats = (): number => text.split(': still here\n\n').length - 1;
  for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
    text += Buffer.from(chunk).toString('utf8');
    if (beats() >= 3) streams.close();
  }
  expect(text.match(/^event: /gm)).toHaveLength(1);
  expect(asked.at(-1)).toBeLessThanOrEqual((beats() + 1) * 20_000);
  expect(asked.length).toBeGreaterThan(beats());
  await front.close();
  await replicas.close();
  await behind.close();
});
