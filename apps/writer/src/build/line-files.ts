import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Collection } from '@lastgood/contracts';

const BUFFER_BYTES = 1024 * 1024;
const FIRST_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** Path of a collection's lines, in order of sourcedId and each once, after its ingest has finished. */
export function linesPath(folder: string, collection: Collection): string {
  return join(folder, `${collection}.jsonl`);
}

/** Writes lines into one new file, buffered; positions are bytes from its start. */
export class LineWriter {
  readonly #file: number;
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #used = 0;
  #written = 0;
  #closed = false;

  constructor(readonly path: string) {
    this.#file = openSync(path, 'wx', 0o600);
  }

  /** Bytes so far: where the next line begins. */
  get position(): number {
    return this.#written + this.#used;
  }

  /** A line without its newline. */
  add(line: Uint8Array): void {
    if (this.#used + line.length + 1 > this.#buffer.length) {
      this.flush();
      if (this.#buffer.length < BUFFER_BYTES) this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    }
    if (line.length + 1 > BUFFER_BYTES) {
      this.#write(line);
      this.#buffer[this.#used++] = NEWLINE;
      return;
    }
    this.#buffer.set(line, this.#used);
    this.#used += line.length;
    this.#buffer[this.#used++] = NEWLINE;
  }

  close(): void {
    this.flush();
    this.abandon();
  }

  /** Closes without writing what is buffered: the file is going to be removed. */
  abandon(): void {
    if (!this.#closed) closeSync(this.#file);
    this.#closed = true;
  }

  /** Hands everything to the operating system, so that the file can be read. */
  flush(): void {
    this.#write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
  }

  #write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    this.#written += bytes.length;
  }
}

/** Every line of a file without its newline. A line is valid until the next one is asked for: copy what is kept. */
export function* linesOfFile(path: string): Generator<Buffer, void, undefined> {
  const file = openSync(path, 'r');
  try {
    let buffer = Buffer.allocUnsafe(Math.min(BUFFER_BYTES, fstatSync(file).size + 1));
    let held = 0;
    for (;;) {
      if (held === buffer.length) buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      const read = readSync(file, buffer, held, buffer.length - held, null);
      if (read === 0) break;
      const filled = held + read;
      let start = 0;
      for (let end = buffer.indexOf(NEWLINE, held); end !== -1 && end < filled; end = buffer.indexOf(NEWLINE, start)) {
        yield buffer.subarray(start, end);
        start = end + 1;
      }
      buffer.copyWithin(0, start, filled);
      held = filled - start;
    }
    if (held > 0) yield buffer.subarray(0, held);
  } finally {
    closeSync(file);
  }
}

/** Every line of bytes in memory, without its newline; an empty last one is none. */
export function* linesOfBytes(bytes: Buffer): Generator<Buffer, void, undefined> {
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    yield bytes.subarray(start, end);
    start = end + 1;
  }
  if (start < bytes.length) yield bytes.subarray(start);
}
