import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { BuiltFile } from './build-types.js';

const CHUNK_BYTES = 256 * 1024;
const FIRST_BYTES = 8 * 1024;
const STORED_CHUNK_BYTES = 64 * 1024;
const TEXT_LETTERS = 16 * 1024;
const NEWLINE = 0x0a;
const ZSTD_LEVEL = 3;

/** One zstd-compressed file of the snapshot while it is written; both its contents and its stored bytes are hashed on the way. Same content, same bytes. */
export class PartFile {
  readonly #path: string;
  readonly #content = createHash('sha256');
  readonly #stored = new HashedBytes();
  readonly #zstd = createZstdCompress({ chunkSize: STORED_CHUNK_BYTES, params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } });
  readonly #done: Promise<void>;
  /** Grows up to a chunk: most files of a small district never need one. */
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #used = 0;
  #size = 0;
  #text = '';

  constructor(folder: string, readonly name: string) {
    this.#path = join(folder, `${name}.zst`);
    this.#done = pipeline(this.#zstd, this.#stored, createWriteStream(this.#path, { flags: 'wx', mode: 0o600 }));
    this.#done.catch(() => undefined);
  }

  /** Texts are gathered: turning many short ones into bytes one by one takes longer than all else. */
  text(text: string): void {
    this.#text += text;
    if (this.#text.length >= TEXT_LETTERS) this.#takeText();
  }

  /** A line without its newline, which is added. */
  line(line: Uint8Array): void {
    if (this.#text !== '' || this.#used + line.length + 1 > this.#buffer.length) {
      this.bytes(line);
      this.bytes(Uint8Array.of(NEWLINE));
      return;
    }
    this.#buffer.set(line, this.#used);
    this.#used += line.length;
    this.#buffer[this.#used++] = NEWLINE;
    if (this.#used === CHUNK_BYTES) this.#push();
  }

  bytes(bytes: Uint8Array): void {
    this.#takeText();
    for (let at = 0; at < bytes.length;) {
      this.#makeRoom(bytes.length - at);
      const part = bytes.subarray(at, at + this.#buffer.length - this.#used);
      this.#buffer.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === CHUNK_BYTES) this.#push();
    }
  }

  /** True when the writer should wait for `drained` before it goes on. */
  get full(): boolean {
    return this.#zstd.writableNeedDrain;
  }

  /** Resolves when there is room again; rejects with what broke the file. */
  async drained(): Promise<void> {
    if (!this.full) return;
    await Promise.race([new Promise<void>((resolve) => this.#zstd.once('drain', resolve)), this.#done]);
  }

  async finish(rows: number | null, notes: string[] = []): Promise<BuiltFile> {
    this.#takeText();
    this.#push();
    this.#zstd.end();
    await this.#done;
    return {
      path: this.#path,
      file: {
        name: this.name, key: `${this.name}.zst`, encoding: 'zstd', rows, size: this.#size, sha256: this.#content.digest('hex'),
        storedSize: this.#stored.size, storedSha256: this.#stored.hash.digest('hex'), ...(notes.length > 0 && { notes }),
      },
    };
  }

  #takeText(): void {
    if (this.#text === '') return;
    const bytes = Buffer.from(this.#text, 'utf8');
    this.#text = '';
    this.bytes(bytes);
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length || this.#buffer.length === CHUNK_BYTES) return;
    const larger = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(this.#buffer.length * 4, this.#used + bytes)));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }

  #push(): void {
    if (this.#used === 0) return;
    const chunk = this.#buffer.subarray(0, this.#used);
    this.#content.update(chunk);
    this.#size += chunk.length;
    this.#zstd.write(chunk);
    this.#buffer = Buffer.allocUnsafe(this.#used === CHUNK_BYTES ? CHUNK_BYTES : 0);
    this.#used = 0;
  }
}

class HashedBytes extends Transform {
  readonly hash = createHash('sha256');
  size = 0;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.hash.update(chunk);
    this.size += chunk.length;
    done(null, chunk);
  }
}
