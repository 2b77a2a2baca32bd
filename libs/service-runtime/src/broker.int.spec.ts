import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Controller, Module } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { EventData } from '@lastgood/contracts';
import { RabbitEventBus } from '@lastgood/event-bus';
import { describeWithServer, startRabbit } from '@lastgood/test-servers';
import { z } from 'zod';
import { Log, startServices, type LogFields, type RunningServices, type ServiceDefinition } from './index.js';

const run = { district: 'north', source: 'sis', run: '01hzy3v7q4w5e6r7t8y9z0abcd' };
const requested = { date: '2026-01-01', requestedAt: '2026-01-01T00:00:00.000Z' };

/** A fetcher must be told of a bucket and a database; these replicas use neither. */
const NOWHERE = {
  LASTGOOD_DATABASE_URL: 'postgres://127.0.0.1:9/none', LASTGOOD_S3_ENDPOINT: 'http://127.0.0.1:9', LASTGOOD_S3_BUCKET: 'none', LASTGOOD_S3_ACCESS_KEY: 'none', LASTGOOD_S3_SECRET_KEY: 'none',
};

/** A fetcher that writes down what reaches it. */
function fetcherTelling(pulls: number[], stops: number[]): ServiceDefinition {
  @Controller()
  class Pulls {
    @EventPattern<string>('refresh.requested')
    requested(@Payload() { epoch }: EventData<'refresh.requested'>): void {
      pulls.push(epoch);
    }

    @EventPattern<string>('refresh.cancelled')
    cancelled(@Payload() { epoch }: EventData<'refresh.cancelled'>): void {
      stops.push(epoch);
    }
  }

  @Module({ controllers: [Pulls] })
  class FetcherModule {}
  return { name: 'fetcher', config: z.object({}), module: () => FetcherModule };
}

class LinesLog extends Log {
  readonly lines: string[] = [];
  debug(message: string, fields?: LogFields): void {
    this.lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
  }
  info = this.debug.bind(this);
  warn = this.debug.bind(this);
  error(message: string, error?: unknown): void {
    this.debug(`${message} ${String(error)}`);
  }
  with(): Log {
    return this;
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const limit = performance.now() + 40_000;
  while (!(await condition())) {
    if (performance.now() > limit) throw new Error('what the test waits for did not happen');
    await wait(20);
  }
}

await describeWithServer('services in processes of their own, on a real RabbitMQ', startRabbit, (server) => {
  const log = new LinesLog();
  const replicas: { running: RunningServices; folder: string; pulls: number[]; stops: number[] }[] = [];
  let writer: RabbitEventBus;

  beforeAll(async () => {
    writer = new RabbitEventBus({ url: server.url, name: 'writer' });
    for (let replica = 0; replica < 2; replica++) {
      const [pulls, stops]: [number[], number[]] = [[], []];
      const folder = await mkdtemp(join(tmpdir(), 'lastgood-broker-'));
      const environment = { ...NOWHERE, LASTGOOD_BROKER_URL: server.url, LASTGOOD_DATA_DIR: folder, LASTGOOD_FETCHER_PORT: '0', LASTGOOD_INTERNAL_TOKEN: 't'.repeat(32) };
      replicas.push({ running: await startServices([fetcherTelling(pulls, stops)], { environment, log }), folder, pulls, stops });
    }
  }, 60_000);

  afterAll(async () => {
    await writer.close();
    for (const { running, folder } of replicas) {
      await running.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  const events = async (): Promise<string> => (await fetch(new URL('/readyz', replicas[0]?.running.urls.fetcher))).text();

  test('share the work, and each of them hears what all must hear', async () => {
    await Promise.all(Array.from({ length: 40 }, (_, i) => writer.publish('refresh.requested', { ...run, ...requested, epoch: i + 1 })));
    await writer.publish('refresh.cancelled', { ...run, epoch: 41 });
    await until(() => replicas.flatMap(({ pulls }) => pulls).length === 40 && replicas.every(({ stops }) => stops.length === 1));
    expect(replicas.flatMap(({ pulls }) => pulls).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(replicas.every(({ pulls }) => pulls.length > 0)).toBe(true);
  }, 60_000);

  test('say that the broker is away while it is, never with the password, and go on once it is back', async () => {
    if (!server.faults) return;
    await server.faults.kill();
    await until(async () => (await events()).includes('RabbitMQ at 127.0.0.1'));
    await server.faults.restart();
    await until(async () => !(await events()).includes('RabbitMQ at'));
    await until(() => writer.trouble() === null);
    await writer.publish('refresh.requested', { ...run, ...requested, epoch: 50 });
    await until(() => replicas.some(({ pulls }) => pulls.includes(50)));
    expect(log.lines.some((line) => line.includes('RabbitMQ at 127.0.0.1'))).toBe(true);
    expect(log.lines.join('\n')).not.toContain(new URL(server.url).password);
  }, 120_000);
});
