import { createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describeWithServer, freePort, startRelay, startS3, type S3Make, type S3Server } from '@lastgood/test-servers';
import { Client } from 'minio';
import type { ObjectStoreError } from './object-store.js';
import { S3ObjectStore } from './s3-object-store.js';

const mib = 1024 * 1024;
const caught = (work: Promise<unknown>) => work.then(() => expect('no error').toBe('an error'), (error: unknown) => error as ObjectStoreError) as Promise<ObjectStoreError>;
const limits = { connectMs: 5_000, idleMs: 10_000, totalMs: 20_000 };
const openStore = (server: S3Server, more: Partial<Parameters<typeof S3ObjectStore.open>[0]> = {}) =>
  S3ObjectStore.open({ ...server, bucket: `${server.bucketPrefix}faults`, limits, ...more });

for (const make of ['minio', 'versitygw'] satisfies S3Make[]) {
  await describeWithServer(`S3 on ${make} that fails`, () => startS3({ make }), (server) => faultTests(server));
}

function faultTests(server: S3Server): void {
  test('wrong credentials are denied and not retryable', async () => {
    for (const wrong of [{ secretKey: 'wrong-secret-key' }, { accessKey: 'nobody-at-all' }]) {
      const error = await caught(openStore(server, wrong));
      expect(error).toMatchObject({ kind: 'denied', retryable: false, outcomeUnknown: false });
      expect(error.message).not.toContain(server.secretKey);
    }
  });

  test('a bucket is made once, by any number of openers', async () => {
    const bucket = `${server.bucketPrefix}opened`;
    const stores = await Promise.all(Array.from({ length: 5 }, () => openStore(server, { bucket })));
    const answers = await Promise.all(stores.map((store, index) => store.create('a', Buffer.from([index]))));
    expect(answers.filter((answer) => answer === 'created')).toHaveLength(1);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a bucket that is gone is not taken for missing keys', async () => {
    const bucket = `${server.bucketPrefix}gone`;
    const store = await openStore(server, { bucket });
    await new Client(clientOptions(server)).removeBucket(bucket);
    expect(await caught(store.stat('a'))).toMatchObject({ kind: 'unavailable' });
    expect(await caught(store.read('a'))).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('bucket does not exist') });
    expect(await caught(store.create('a', Buffer.from('x')))).toMatchObject({ kind: 'unavailable', outcomeUnknown: false });
    await store.close();
  });

  test('a body that fails leaves no unfinished upload in the bucket', async () => {
    const store = await openStore(server);
    const failure = new Error('the source broke');
    const body = async function* () {
      for (let sent = 0; sent < 20; sent++) yield Buffer.alloc(mib);
      throw failure;
    };
    await expect(store.write('broken/body', Readable.from(body()))).rejects.toBe(failure);
    expect(await unfinishedUploads(server, `${server.bucketPrefix}faults`)).toEqual([]);
    await store.close();
  });

  test('a server that stops answering is a time-out, with an unknown outcome for writes, and the store works when it is back', async () => {
    if (!server.faults) return;
    const patient = await openStore(server);
    const store = await openStore(server, { limits: { connectMs: 1_000, idleMs: 1_000, totalMs: 5_000 } });
    await patient.create('paused/before', Buffer.from('x'));
    await server.faults.pause();
    try {
      expect(await caught(store.create('paused/key', Buffer.from('x')))).toMatchObject({ kind: 'timeout', retryable: true, outcomeUnknown: true });
      expect(await caught(store.read('paused/before'))).toMatchObject({ kind: 'timeout', retryable: true, outcomeUnknown: false });
    } finally {
      await server.faults.resume();
    }
    expect(String(await patient.read('paused/before'))).toBe('x');
    await Promise.all([store.close(), patient.close()]);
  });

  test('a server that dies in the middle of a write leaves the outcome unknown, and afterwards the key is whole or absent', async () => {
    if (!server.faults) return;
    const { faults } = server;
    const bytes = Buffer.alloc(8 * mib, 'z');
    const relay = await startRelay(server.endpoint, { afterRequestBytes: 2 * mib, then: () => faults.kill() });
    const store = await openStore({ ...server, endpoint: relay.endpoint });
    const error = await caught(store.create('killed/key', bytes));
    expect(error).toMatchObject({ kind: 'unavailable', retryable: true, outcomeUnknown: true });
    await faults.restart();
    const direct = await openStore(server);
    const found = await direct.stat('killed/key');
    expect([undefined, bytes.length]).toContain(found?.size);
    expect(['created', 'exists']).toContain(await direct.create('killed/key', bytes));
    expect((await direct.read('killed/key')).equals(bytes)).toBe(true);
    await Promise.all([store.close(), direct.close(), relay.stop()]);
  });

  test('an answer that is lost leaves the outcome unknown, and the key is there', async () => {
    const direct = await openStore(server);
    const relay = await startRelay(server.endpoint, { afterAnswers: 2, then: async () => {} });
    const store = await openStore({ ...server, endpoint: relay.endpoint });
    expect(await caught(store.create('lost/answer', Buffer.from('x')))).toMatchObject({ kind: 'unavailable', retryable: true, outcomeUnknown: true });
    expect(String(await direct.read('lost/answer'))).toBe('x');
    await Promise.all([store.close(), direct.close(), relay.stop()]);
  });

  test('a stream that breaks off fails instead of ending early', async () => {
    if (!server.faults) return;
    const { faults } = server;
    const store = await openStore(server);
    await store.write('streamed/key', Readable.from(Array.from({ length: 40 }, () => Buffer.alloc(mib))));
    const stream = await store.stream('streamed/key');
    await faults.kill();
    expect(await caught(buffer(stream))).toMatchObject({ kind: 'unavailable', retryable: true });
    await faults.restart();
    await store.close();
  });
}

describe('a server that accepts and never answers', () => {
  const sockets = new Set<Socket>();
  const silent: { server?: Server; endpoint: string } = { endpoint: '' };

  beforeAll(async () => {
    const port = await freePort();
    silent.endpoint = `http://127.0.0.1:${port}`;
    silent.server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}).resume());
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => silent.server?.listen(port, '127.0.0.1', resolve));
  });
  afterAll(() => silent.server?.close());

  test.each([
    ['idle', { connectMs: 300, idleMs: 200, totalMs: 5_000 }],
    ['total', { connectMs: 300, idleMs: 5_000, totalMs: 200 }],
  ])('meets the %s limit, and its connection is closed', async (limit, silentLimits) => {
    const open = S3ObjectStore.open({ endpoint: silent.endpoint, region: 'us-east-1', bucket: 'any-bucket', accessKey: 'a', secretKey: 'bbbbbbbb', limits: silentLimits });
    const started = performance.now();
    expect(await caught(open)).toMatchObject({ kind: 'timeout', retryable: true, message: expect.stringContaining(`${limit} time limit`) });
    expect(performance.now() - started).toBeLessThan(2_000);
    while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('meets the connect limit where TLS never gets ready, so that certainly nothing was sent', async () => {
    const endpoint = silent.endpoint.replace('http:', 'https:');
    const short = { connectMs: 200, idleMs: 5_000, totalMs: 5_000 };
    const open = S3ObjectStore.open({ endpoint, region: 'us-east-1', bucket: 'any-bucket', accessKey: 'a', secretKey: 'bbbbbbbb', limits: short });
    expect(await caught(open)).toMatchObject({ kind: 'timeout', outcomeUnknown: false, message: expect.stringContaining('connect time limit') });
    while (sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

test('a server that is not there is unavailable, and certainly got nothing', async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const error = await caught(S3ObjectStore.open({ endpoint, region: 'us-east-1', bucket: 'any-bucket', accessKey: 'a', secretKey: 'bbbbbbbb', limits }));
  expect(error).toMatchObject({ kind: 'unavailable', retryable: true, outcomeUnknown: false });
});

function clientOptions({ endpoint, region, accessKey, secretKey }: S3Server): ConstructorParameters<typeof Client>[0] {
  const { hostname, port } = new URL(endpoint);
  return { endPoint: hostname, port: Number(port), useSSL: false, region, accessKey, secretKey };
}

async function unfinishedUploads(server: S3Server, bucket: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const upload of new Client(clientOptions(server)).listIncompleteUploads(bucket, '', true) as AsyncIterable<{ key: string }>) keys.push(upload.key);
  return keys;
}
