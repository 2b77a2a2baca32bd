import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Get, HttpCode, Module, Param, Post, Query } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { DistrictId, ServiceError, type EventData } from '@lastgood/contracts';
import { EventBus, EventContext } from '@lastgood/event-bus';
import { z } from 'zod';
import { Districts, LocalFolder, Log, Metrics, Readiness, startServices, type RunningServices, type ServiceDefinition } from './index.js';

const Names = z.strictObject({ q: z.string().max(10), limit: z.coerce.number().int().max(50).default(20) });
const Thing = z.strictObject({ name: z.string().min(1).max(20), inner: z.strictObject({ size: z.number() }).optional() });

const SearchConfig = z.object({ SEARCH_COLOUR: z.enum(['red', 'blue']).default('red').describe('A colour.') });
type SearchConfig = z.infer<typeof SearchConfig>;

const seen: { event: EventData<'snapshot.expired'>; attempt: number }[] = [];
let colour = '';

@Controller()
class Things {
  constructor(private readonly readiness: Readiness, private readonly districts: Districts, readonly folder: LocalFolder, readonly metrics: Metrics, readonly log: Log) {
    this.readiness.register('index', () => null, { neededForReads: true });
  }

  @Get('api/v1/things')
  list(@Query({ schema: Names }) query: z.infer<typeof Names>) {
    return query;
  }

  @Get('api/v1/things/:district')
  one(@Param('district', { schema: DistrictId }) district: string) {
    return this.districts.get(district);
  }

  @Post('api/v1/things')
  @HttpCode(202)
  make(@Body({ schema: Thing }) thing: z.infer<typeof Thing>) {
    return thing;
  }

  @Get('api/v1/broken')
  broken(): unknown {
    return JSON.parse('{"name":"Planted Person"');
  }

  @Get('api/v1/later')
  later(): never {
    throw new ServiceError('unavailable', 'not_yet', 'Later.', { retryAfterMs: 1500 });
  }

  @Get('internal/things')
  inside() {
    return { inside: true };
  }

  @EventPattern<string>('snapshot.published')
  published(): void {}

  @EventPattern<string>('snapshot.quarantined')
  quarantined(): void {}

  @EventPattern<string>('refresh.failed')
  failed(): void {}

  @EventPattern<string>('snapshot.expired')
  async expired(@Payload() event: EventData<'snapshot.expired'>, @Ctx() context: EventContext): Promise<void> {
    seen.push({ event, attempt: context.attempt });
    if (event.logNumber === 13) throw new ServiceError('conflict', 'unlucky_number', 'This number cannot be handled.');
  }
}

@Module({ controllers: [Things] })
class SearchModule {}

const search: ServiceDefinition<SearchConfig> = {
  name: 'search',
  config: SearchConfig,
  module: (config) => {
    colour = config.SEARCH_COLOUR;
    return SearchModule;
  },
};

describe('a service that was started', () => {
  let folder: string;
  let running: RunningServices;
  let url: URL;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgood-runtime-'));
    running = await startServices([search], { embedded: true, environment: { LASTGOOD_DATA_DIR: folder, SEARCH_COLOUR: 'blue' } });
    url = running.urls.search ?? new URL('http://nowhere');
  });

  afterAll(async () => {
    await running.close();
    await rm(folder, { recursive: true });
  });

  const get = async (path: string, init?: RequestInit) => {
    const answer = await fetch(new URL(path, url), init);
    const text = await answer.text();
    return { status: answer.status, type: answer.headers.get('content-type'), headers: answer.headers, text, body: text.startsWith('{') ? JSON.parse(text) : null };
  };

  test('gets its own configuration and its parameters validated and converted', async () => {
    expect(colour).toBe('blue');
    expect((await get('/api/v1/things?q=abc&limit=5')).body).toEqual({ q: 'abc', limit: 5 });
  });

  test('answers a wrong value with a problem that names the field, and an unknown one by its name', async () => {
    const long = await get('/api/v1/things?q=abcdefghijklm');
    expect(long).toMatchObject({ status: 400, type: 'application/problem+json; charset=utf-8', body: { code: 'invalid_request', retryable: false, errors: [{ field: 'q' }] } });
    const unknown = await get('/api/v1/things?q=abc&colour=red');
    expect(unknown).toMatchObject({ status: 400, body: { code: 'unknown_parameter', errors: [{ field: 'colour', message: 'is unknown here; leave it out' }] } });
    const inner = await get('/api/v1/things', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'x', inner: { size: 1, weight: 2 } }) });
    expect(inner).toMatchObject({ status: 400, body: { code: 'unknown_parameter', errors: [{ field: 'inner.weight' }] } });
    expect(await get('/api/v1/things/Nope..')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  test('answers malformed JSON, a huge body, a foreign type, an unknown route and a wrong method with problems of their own', async () => {
    const post = (body: string, type = 'application/json') => get('/api/v1/things', { method: 'POST', headers: { 'content-type': type }, body });
    expect(await post('{"name":')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await post(JSON.stringify({ name: 'x'.repeat(300_000) }))).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
    expect(await post('<x/>', 'text/xml')).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    expect(await get('/api/v1/nothing')).toMatchObject({ status: 404, type: 'application/problem+json; charset=utf-8', body: { code: 'unknown_route' } });
    const wrong = await get('/api/v1/things', { method: 'DELETE' });
    expect(wrong).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(wrong.headers.get('allow')).toBe('GET, POST');
    expect(await get('/api/v1/things/%ff')).toMatchObject({ status: 400, type: 'application/problem+json; charset=utf-8', body: { code: 'invalid_request' } });
  });

  test('answers errors of its own kind as they are, and any other without detail, in the answer and in the log', async () => {
    expect(await get('/api/v1/things/nowhere')).toMatchObject({ status: 404, body: { code: 'unknown_district' } });
    const later = await get('/api/v1/later');
    expect(later).toMatchObject({ status: 503, body: { code: 'not_yet', retryable: true, retryAfterSeconds: 2 } });
    expect(later.headers.get('retry-after')).toBe('2');
    const broken = await get('/api/v1/broken');
    expect(broken).toMatchObject({ status: 500, body: { code: 'internal_error', retryable: false } });
    expect(broken.text).not.toContain('Planted');
    const log = await readFile(join(folder, 'lastgood.log'), 'utf8');
    expect(log).toContain('a handler failed');
    expect(log).not.toContain('Planted');
  });

  test('opens its internal routes only with the internal token', async () => {
    expect(await get('/internal/things')).toMatchObject({ status: 401, body: { code: 'internal_token_needed' } });
    expect(await get('/internal/things', { headers: { authorization: 'Bearer wrong' } })).toMatchObject({ status: 401 });
    const right = await get('/internal/things', { headers: { authorization: `Bearer ${running.addresses.internalToken}` } });
    expect(right.body).toEqual({ inside: true });
  });

  test('tells its health, and its metrics by route pattern only', async () => {
    await get('/api/v1/things?q=secretword');
    expect((await get('/livez')).status).toBe(200);
    expect(await get('/readyz')).toMatchObject({ status: 200, body: { service: 'search', ready: true, dependencies: [{ name: 'events', trouble: null }, { name: 'disk', neededForReads: false, trouble: null }, { name: 'index', neededForReads: true }] } });
    const { text } = await get('/metrics');
    expect(text).toContain('lastgood_http_request_duration_seconds_count{method="GET",route="/api/v1/things",status="200"}');
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toContain('secretword');
  });

  test('teaches the other services its address', () => {
    expect(running.addresses.search.href).toBe(url.href);
    expect(() => running.addresses.writer).toThrow('The address of writer is not known');
  });
});

test('an event handler gets the data and the count of tries, and its error reaches the bus with kind and words', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lastgood-runtime-'));
  let bus: EventBus | undefined;
  @Module({ controllers: [Things] })
  class WithBus {
    constructor(theBus: EventBus) {
      bus = theBus;
    }
  }
  const immediate = { now: () => Date.now(), sleep: async () => undefined };
  const running = await startServices([{ ...search, module: () => WithBus }], { embedded: true, clock: immediate, environment: { LASTGOOD_DATA_DIR: folder } });
  seen.length = 0;
  const event = { district: 'north', source: 'sis', snapshot: '7-01hzy3v7q4w5e6r7t8y9z0abcd', logNumber: 13 };
  await bus?.publish('snapshot.expired', event);
  while ((await bus?.parked.list(10))?.length === 0) await new Promise(setImmediate);
  expect(seen).toEqual([1, 2, 3, 4, 5].map((attempt) => ({ event, attempt })));
  expect(await bus?.parked.list(10)).toMatchObject([{ service: 'search', type: 'snapshot.expired', attempts: 5, reason: 'conflict unlucky_number: This number cannot be handled.' }]);
  await running.close();
  await rm(folder, { recursive: true });
});
