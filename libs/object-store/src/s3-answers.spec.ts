import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import type { ObjectStoreError } from './object-store.js';
import { S3ObjectStore } from './s3-object-store.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const caught = (work: Promise<unknown>) => work.then(() => expect('no error').toBe('an error'), (error: unknown) => error as ObjectStoreError) as Promise<ObjectStoreError>;
const xml = (status: number, code: string): Answer => (_, response) => response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);

/** A server that answers what real ones cannot be made to answer; everything a test says nothing about is an empty 200. */
class ScriptedServer {
  readonly requests: string[] = [];
  connections = 0;
  answer: Answer = (_, response) => response.end();
  #server: Server | undefined;

  async open(): Promise<S3ObjectStore> {
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      request.resume().on('end', () => this.answer(request, response));
    }).on('connection', () => this.connections++);
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const limits = { connectMs: 500, idleMs: 300, totalMs: 2_000 };
    return S3ObjectStore.open({ endpoint: `http://127.0.0.1:${port}`, region: 'eu-central-1', bucket: 'bucket', accessKey: 'a', secretKey: 'bbbbbbbb', limits });
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

describe('what the answers of a store mean', () => {
  const server = new ScriptedServer();
  const opened: { store?: S3ObjectStore } = {};
  const store = () => opened.store as S3ObjectStore;
  beforeAll(async () => {
    opened.store = await server.open();
  });
  afterAll(async () => {
    await opened.store?.close();
    server.stop();
  });

  const open = { retryable: true, outcomeUnknown: true };
  const refused = { retryable: false, outcomeUnknown: false };
  test.each([
    [500, 'InternalError', { kind: 'unavailable', ...open }],
    [502, '', { kind: 'unavailable', ...open }],
    [503, 'SlowDown', { kind: 'unavailable', ...open }],
    [504, '', { kind: 'unavailable', ...open }],
    [409, 'ConditionalRequestConflict', { kind: 'unavailable', ...open }],
    [408, 'RequestTimeout', { kind: 'timeout', ...open }],
    [400, 'RequestTimeout', { kind: 'timeout', ...open }],
    [429, 'TooManyRequests', { kind: 'unavailable', retryable: true, outcomeUnknown: false }],
    [507, 'XMinioStorageFull', { kind: 'full', ...refused }],
    [403, 'QuotaExceeded', { kind: 'full', ...refused }],
    [403, 'AccessDenied', { kind: 'denied', ...refused }],
    [400, 'ExpiredToken', { kind: 'denied', ...refused }],
    [400, 'AuthorizationHeaderMalformed', { kind: 'denied', ...refused }],
    [400, 'EntityTooLarge', { kind: 'invalid', ...refused }],
    [501, 'NotImplemented', { kind: 'invalid', ...refused }],
    [301, 'PermanentRedirect', { kind: 'unavailable', ...refused }],
    [307, 'TemporaryRedirect', { kind: 'unavailable', ...refused }],
    [404, 'NoSuchBucket', { kind: 'unavailable', ...refused }],
  ])('%i %s to a create is told as it is, after one request', async (status, code, expected) => {
    server.answer = xml(status, code);
    server.requests.length = 0;
    expect(await caught(store().create('a/b', Buffer.from('x')))).toMatchObject(expected);
    expect(server.requests).toEqual(['PUT /bucket/a/b']);
  });

  test('412 to a create means that the key exists', async () => {
    server.answer = xml(412, 'PreconditionFailed');
    expect(await store().create('a/b', Buffer.from('x'))).toBe('exists');
  });

  test('a failing read changes nothing, so its outcome is never unknown', async () => {
    server.answer = xml(500, 'InternalError');
    expect(await caught(store().read('a'))).toMatchObject({ kind: 'unavailable', retryable: true, outcomeUnknown: false });
    expect(await caught(store().list('').next())).toMatchObject({ kind: 'unavailable', retryable: true, outcomeUnknown: false });
  });

  test('only the store can say that a key is absent: a 404 of something else is not believed', async () => {
    server.answer = (_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>no such page</html>');
    expect(await caught(store().read('a'))).toMatchObject({ kind: 'unavailable' });
    expect(await caught(store().stat('a'))).toMatchObject({ kind: 'unavailable' });
    expect(await caught(store().delete('a'))).toMatchObject({ kind: 'unavailable' });
    server.answer = (request, response) => (request.method === 'HEAD' ? response.writeHead(404).end() : xml(404, 'NoSuchKey')(request, response));
    expect(await store().stat('a')).toBeNull();
  });

  test('an answer that is no list is an error, not an empty list', async () => {
    for (const body of ['', '<html></html>', 'no xml <<<', '{}']) {
      server.answer = (_, response) => response.end(body);
      await expect(store().list('').next()).rejects.toMatchObject({ kind: 'unavailable' });
    }
  });

  test('a list out of order is an error', async () => {
    const keys = ['b', 'a'].map((key) => `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`);
    server.answer = (_, response) => response.end(`<ListBucketResult><IsTruncated>false</IsTruncated>${keys.join('')}</ListBucketResult>`);
    const list = store().list('');
    expect((await list.next()).value).toMatchObject({ key: 'b', size: 1 });
    await expect(list.next()).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('out of order') });
  });

  test('a body shorter than promised is an error, not a short object', async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('only this');
      setImmediate(() => response.destroy());
    };
    expect(await caught(store().read('a'))).toMatchObject({ kind: 'unavailable', retryable: true });
    expect(await caught(store().stream('a').then(buffer))).toMatchObject({ kind: 'unavailable', retryable: true });
  });

  test('a body that stalls is a time-out; a reader that takes its time is none', async () => {
    const size = 8 * 1024 * 1024;
    server.answer = (_, response) => response.writeHead(200, { 'content-length': String(size) }).write(Buffer.alloc(1_000));
    expect(await caught(store().stream('a').then(buffer))).toMatchObject({ kind: 'timeout', retryable: true, message: expect.stringContaining('idle') });

    server.answer = (_, response) => response.writeHead(200, { 'content-length': String(size) }).end(Buffer.alloc(size));
    let seen = 0;
    for await (const chunk of await store().stream('a')) {
      // The passing of more than the idle limit is what is tested here.
      if (seen === 0) await wait(800);
      seen += (chunk as Buffer).length;
    }
    expect(seen).toBe(size);
  });

  test('a failed completion of many parts is told, and whether the upload is aborted depends on what is known', async () => {
    const big = () => Readable.from([Buffer.alloc(9 * 1024 * 1024)]);
    const script = (completion: Answer): Answer => (request, response) => {
      if (request.method === 'HEAD') return xml(404, '')(request, response.setHeader('x-minio-error-code', 'NoSuchKey'));
      if (request.url?.endsWith('?uploads')) return void response.end('<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>');
      if (request.method === 'PUT') return void response.setHeader('etag', '"e"').end();
      if (request.method === 'DELETE') return void response.writeHead(204).end();
      return completion(request, response);
    };
    const aborts = () => server.requests.filter((request) => request.startsWith('DELETE')).length;
    for (const [completion, expected, aborted] of [
      [xml(403, 'AccessDenied'), { kind: 'denied', ...refused }, 1],
      [xml(500, 'InternalError'), { kind: 'unavailable', ...open }, 0],
      [xml(200, 'InternalError'), { kind: 'unavailable', outcomeUnknown: true }, 0],
    ] as const) {
      server.requests.length = 0;
      server.answer = script(completion);
      expect(await caught(store().write('a', big()))).toMatchObject(expected);
      expect(aborts()).toBe(aborted);
    }
    server.answer = script(xml(412, 'PreconditionFailed'));
    expect(await store().write('a', big())).toBe('exists');
    expect(aborts()).toBe(1);
  });

  test('operations one after the other share one connection', async () => {
    server.answer = (_, response) => response.end('x');
    await store().read('a');
    const before = server.connections;
    for (let round = 0; round < 5; round++) await store().read('a');
    expect(server.connections).toBe(before);
  });
});

test.each(['', 'localhost:9000', 'ftp://host', 'http://host/path', 'http://user:secret@host'])('the endpoint %j is refused', async (endpoint) => {
  const error = await caught(S3ObjectStore.open({ endpoint, region: 'us-east-1', bucket: 'bucket', accessKey: 'a', secretKey: 'b' }));
  expect(error).toMatchObject({ kind: 'invalid', retryable: false });
  expect(error.message).not.toContain('secret@');
});

test('a bucket name that S3 does not allow is refused', async () => {
  const error = await caught(S3ObjectStore.open({ endpoint: 'http://127.0.0.1:9', region: 'us-east-1', bucket: 'No', accessKey: 'a', secretKey: 'b' }));
  expect(error).toMatchObject({ kind: 'invalid', retryable: false });
});
