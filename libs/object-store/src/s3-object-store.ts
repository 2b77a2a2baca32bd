import { Readable } from 'node:stream';
import type { Client } from 'minio';
import { BodyFailure, bodyParts } from './body-chunks.js';
import { mappedStream } from './mapped-stream.js';
import { checkCreateSize, checkRange, keySegments, partBytes, prefixSegments } from './object-key.js';
import { type ObjectInfo, ObjectStore, ObjectStoreError } from './object-store.js';
import { answerOf, refusedAsExisting, s3Error } from './s3-errors.js';
import { MultipartUpload } from './s3-multipart.js';
import { S3Transport, type S3TimeLimits } from './s3-transport.js';

export interface S3StoreOptions {
  /** `http://host:port` or `https://host`, without a path. */
  endpoint: string;
  region: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  /** Defaults: connect 5 s, idle 20 s, total 60 s. */
  limits?: Partial<S3TimeLimits>;
  /** Connections at once, 64 by default. */
  maxSockets?: number;
}

const defaultLimits: S3TimeLimits = { connectMs: 5_000, idleMs: 20_000, totalMs: 60_000 };
const keysPerPage = 1_000;

/** ObjectStore on a bucket of an S3-compatible server that honours `If-None-Match: *`; `probeStore` finds out whether it does. */
export class S3ObjectStore extends ObjectStore {
  private constructor(
    private readonly client: Client,
    private readonly transport: S3Transport,
    private readonly bucket: string,
  ) {
    super();
  }

  /** Connects and makes the bucket when it is missing. */
  static async open(options: S3StoreOptions): Promise<S3ObjectStore> {
    const { hostname, port, secure } = parseEndpoint(options.endpoint);
    const transport = new S3Transport(secure, { ...defaultLimits, ...options.limits }, options.maxSockets ?? 64);
    try {
      // Loaded only here: a process that keeps its objects in a directory starts half a second sooner.
      const minio = await import('minio');
      const client = new minio.Client({
        endPoint: hostname,
        port,
        useSSL: secure,
        region: options.region,
        accessKey: options.accessKey,
        secretKey: options.secretKey,
        pathStyle: true,
        partSize: partBytes,
        transport: { request: transport.request.bind(transport) as typeof import('node:http').request },
        transportAgent: transport.agent,
        retryOptions: { disableRetry: true },
      });
      const store = new S3ObjectStore(client, transport, options.bucket);
      await store.#ensureBucket(options.region, `bucket ${options.bucket} at ${hostname}:${port}`);
      return store;
    } catch (error) {
      transport.close();
      throw s3Error(error, 'opening the bucket', false);
    }
  }

  async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    keySegments(key);
    checkCreateSize(key, bytes);
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const headers = { 'If-None-Match': '*', 'Content-Type': 'application/octet-stream' };
    try {
      await this.transport.run({ what: key, writes: true }, () => this.client.putObject(this.bucket, key, body, body.length, headers));
      return 'created';
    } catch (error) {
      if (refusedAsExisting(error)) return 'exists';
      throw error;
    }
  }

  async write(key: string, body: Readable): Promise<'created' | 'exists'> {
    try {
      keySegments(key);
      return await this.#writeParts(key, body);
    } catch (error) {
      throw error instanceof BodyFailure ? error.cause : error;
    } finally {
      body.destroy();
    }
  }

  async read(key: string, maxBytes = partBytes): Promise<Buffer> {
    keySegments(key);
    return this.transport.run({ what: key, writes: false }, async () => {
      const answer = await this.client.getObject(this.bucket, key);
      const chunks: Buffer[] = [];
      let size = 0;
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > maxBytes) throw new ObjectStoreError('invalid', `${key}: more than the ${maxBytes} bytes asked for`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks);
    });
  }

  async stream(key: string, range?: { start?: number; end?: number }): Promise<Readable> {
    keySegments(key);
    const { start, end } = checkRange(range);
    if (start === end) {
      if (!(await this.stat(key))) throw new ObjectStoreError('not-found', `${key}: no such key`);
      return Readable.from([]);
    }
    const length = end === undefined ? 0 : end - start;
    const operation = { what: key, writes: false };
    try {
      const answer = await this.transport.run(operation, () => this.client.getPartialObject(this.bucket, key, start, length));
      return mappedStream(answer, (error) => s3Error(error, key, false));
    } catch (error) {
      if (answerOf(error)?.status === 416) return Readable.from([]);
      throw error;
    }
  }

  async stat(key: string): Promise<ObjectInfo | null> {
    keySegments(key);
    const seen = await this.#head(key);
    if (seen !== 'perhaps absent') return seen;
    // The answer to HEAD may carry no reason: a missing bucket, or a server that is no store, looks like a missing key. A GET tells.
    try {
      (await this.stream(key, { start: 0, end: 1 })).destroy();
    } catch (error) {
      if (error instanceof ObjectStoreError && error.kind === 'not-found') return null;
      throw error;
    }
    const again = await this.#head(key);
    return again === 'perhaps absent' ? null : again;
  }

  async *list(prefix: string, { after = '' }: { after?: string } = {}): AsyncGenerator<ObjectInfo> {
    prefixSegments(prefix);
    if (after !== '') keySegments(after);
    let token = '';
    let last = after;
    do {
      const operation = { what: prefix, writes: false };
      const page = await this.transport.run(operation, () => this.client.listObjectsV2Query(this.bucket, prefix, token, '', keysPerPage, after));
      for (const item of page.objects) {
        if (item.name === undefined) continue;
        // Readers of the log rely on the order, and a page that repeats itself would never end.
        if (item.name <= last) throw new ObjectStoreError('unavailable', `${prefix}: the store lists keys out of order`);
        last = item.name;
        yield { key: item.name, size: item.size, modifiedMs: item.lastModified.getTime() };
      }
      token = page.isTruncated ? page.nextContinuationToken : '';
    } while (token !== '');
  }

  async delete(key: string): Promise<void> {
    keySegments(key);
    try {
      await this.transport.run({ what: key, writes: true }, () => this.client.removeObject(this.bucket, key));
    } catch (error) {
      if (!(error instanceof ObjectStoreError) || error.kind !== 'not-found') throw error;
    }
  }

  async close(): Promise<void> {
    this.transport.close();
  }

  async #writeParts(key: string, body: Readable): Promise<'created' | 'exists'> {
    let upload: MultipartUpload | undefined;
    try {
      for await (const { bytes, last } of bodyParts(body, partBytes)) {
        if (!upload && last) return await this.create(key, bytes);
        // For stores that ignore the condition at completion.
        if (!upload && (await this.stat(key))) return 'exists';
        upload ??= await MultipartUpload.start(this.client, this.transport, this.bucket, key);
        await upload.add(bytes);
      }
    } catch (error) {
      await upload?.abort();
      throw error;
    }
    if (!upload) throw new Error('a body without parts');
    return upload.complete();
  }

  async #head(key: string): Promise<ObjectInfo | null | 'perhaps absent'> {
    try {
      const found = await this.transport.run({ what: key, writes: false }, () => this.client.statObject(this.bucket, key));
      return { key, size: found.size, modifiedMs: found.lastModified.getTime() };
    } catch (error) {
      if (error instanceof ObjectStoreError && error.kind === 'not-found') return null;
      const answer = answerOf(error);
      if (answer?.status === 404 && answer.code === '') return 'perhaps absent';
      throw error;
    }
  }

  async #ensureBucket(region: string, what: string): Promise<void> {
    if (await this.#bucketExists(what)) return;
    try {
      await this.transport.run({ what, writes: true }, () => this.client.makeBucket(this.bucket, region));
    } catch (error) {
      // Another process made it at the same time (409; versitygw: 500), or it belongs to someone else: then this asks and is denied.
      if (error instanceof ObjectStoreError && error.retryable && (await this.#bucketExists(what))) return;
      throw error;
    }
  }

  async #bucketExists(what: string): Promise<boolean> {
    try {
      return await this.transport.run({ what, writes: false }, () => this.client.bucketExists(this.bucket));
    } catch (error) {
      if (answerOf(error)?.status === 404) return false;
      throw error;
    }
  }
}

function parseEndpoint(endpoint: string): { hostname: string; port: number; secure: boolean } {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '' || url.username !== '') {
    throw new ObjectStoreError('invalid', 'the S3 endpoint must be http://host:port or https://host:port, without path or credentials');
  }
  const secure = url.protocol === 'https:';
  return { hostname: url.hostname, port: Number(url.port) || (secure ? 443 : 80), secure };
}
