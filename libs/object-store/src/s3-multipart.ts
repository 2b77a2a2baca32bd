import type { Client } from 'minio';
import { ObjectStoreError } from './object-store.js';
import { refusedAsExisting } from './s3-errors.js';
import type { S3Transport } from './s3-transport.js';

const maxParts = 10_000;

/** An upload in parts of its own: the client's multipart would resume whatever upload of the same key lies unfinished. */
export class MultipartUpload {
  readonly #finished: { part: number; etag: string | undefined }[] = [];

  private constructor(
    private readonly client: Client,
    private readonly transport: S3Transport,
    private readonly bucket: string,
    private readonly key: string,
    private readonly id: string,
  ) {}

  static async start(client: Client, transport: S3Transport, bucket: string, key: string): Promise<MultipartUpload> {
    const headers = { 'Content-Type': 'application/octet-stream' };
    const id = await transport.run({ what: key, writes: true }, () => client.initiateNewMultipartUpload(bucket, key, headers));
    return new MultipartUpload(client, transport, bucket, key, id);
  }

  /** Sends the next part; every part but the last one must have the same length. */
  async add(bytes: Buffer): Promise<void> {
    const part = this.#finished.length + 1;
    if (part > maxParts) throw new ObjectStoreError('invalid', `${this.key}: larger than ${maxParts} parts`);
    const target = { bucketName: this.bucket, objectName: this.key, uploadID: this.id, partNumber: part, headers: {} };
    const { etag } = await this.transport.run({ what: this.key, writes: true }, () => this.client.uploadPart(target, bytes));
    this.#finished.push({ part, etag });
  }

  /** Makes the parts one object, only if the key is absent. A completion whose outcome is unknown may still take place: it is left alone. */
  async complete(): Promise<'created' | 'exists'> {
    const operation = { what: this.key, writes: true, headers: { 'if-none-match': '*' } };
    try {
      await this.transport.run(operation, () => this.client.completeMultipartUpload(this.bucket, this.key, this.id, this.#finished));
      return 'created';
    } catch (error) {
      if (!(error instanceof ObjectStoreError) || !error.outcomeUnknown) await this.abort();
      if (refusedAsExisting(error)) return 'exists';
      throw error;
    }
  }

  /** Gives the parts up. Best effort: the failure that led here is the one to report. */
  async abort(): Promise<void> {
    const giveUp = () => this.client.abortMultipartUpload(this.bucket, this.key, this.id);
    await this.transport.run({ what: this.key, writes: true }, giveUp).catch(() => undefined);
  }
}
