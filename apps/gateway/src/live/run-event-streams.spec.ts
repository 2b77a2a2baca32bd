import { PassThrough } from 'node:stream';
import { Run } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import type { FastifyReply } from 'fastify';
import type { Services } from '../api/services.js';
import { RunEventStreams } from './run-event-streams.js';

const RUN = '01hzy3v7q4w5e6r7t8y9z0abcd';
const progress = { collection: null, pages: 1, records: 10, expectedRecords: null, recordsPerSecond: null, remainingSeconds: null, collections: [] };
const runIn = (phase: Run['phase']): Run => Run.parse({
  id: RUN, district: 'lakeside', source: 'sis', epoch: 3, date: '2026-11-22', phase, asker: { actor: 'key-1', via: 'http' }, requestedAt: '2026-11-22T10:00:00.000Z', finishedAt: null,
  durationSeconds: null, progress, snapshot: null, logNumber: null, failure: null, warnings: 0,
});

test('a client is told the end once, although the event comes twice and the writer says it too', async () => {
  let answer = (_: Run): void => undefined;
  const services = { writer: { json: () => new Promise<Run>((resolve) => (answer = resolve)) } } as unknown as Services;
  const clock = { now: () => 0, sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) } as unknown as Clock;
  const streams = new RunEventStreams(services, clock);
  const raw = Object.assign(new PassThrough(), { writeHead: () => undefined });
  const served = streams.serve(RUN, undefined, { hijack: () => undefined, raw } as unknown as FastifyReply);

  streams.publish(runIn('fetching'));
  streams.publish(runIn('published'));
  streams.publish(runIn('published'));
  answer(runIn('published'));
  await served;
  const text = Buffer.concat(await raw.toArray()).toString('utf8');
  expect(text.match(/event: \w+/g)).toEqual(['event: progress', 'event: end']);
});
