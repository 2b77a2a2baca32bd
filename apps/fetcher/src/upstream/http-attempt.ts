import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { statusError } from '@lastgood/sources';
import type { Dispatcher } from 'undici';
import { UpstreamFailure } from './upstream-failure.js';

/** One request as it goes out; the URL's path and query are sent exactly as they are written. */
export interface UpstreamRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

/** A 200 answer; the body is uncompressed, owns its memory, and is at most as large as the source allows. */
export interface UpstreamAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Uint8Array<ArrayBuffer>;
}

export interface AttemptLimits {
  /** Covers connecting, headers and body. */
  callTimeoutMs: number;
  /** Of the body as sent, and again after decompression. */
  maxAnswerBytes: number;
}

/** One attempt, without any retry. `signal` ends it from outside with its own reason; everything else that is not a 200 answer is an `UpstreamFailure`. */
export async function attemptCall(dispatcher: Dispatcher, request: UpstreamRequest, limits: AttemptLimits, signal: AbortSignal, nowMs: () => number): Promise<UpstreamAnswer> {
  signal.throwIfAborted();
  const overtime = AbortSignal.timeout(limits.callTimeoutMs);
  const either = AbortSignal.any([signal, overtime]);
  try {
    const answer = await dispatcher.request({
      origin: request.url.origin,
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers: { accept: 'application/json', 'accept-encoding': 'gzip, br, zstd, deflate', ...request.headers },
      body: request.body ?? null,
      signal: either,
    });
    const refused = refusedStatus(answer.statusCode, answer.headers, nowMs());
    if (refused) {
      await answer.body.dump({ limit: 65_536, signal: either });
      throw refused;
    }
    const sent = await readBody(answer, limits.maxAnswerBytes);
    return { status: answer.statusCode, headers: answer.headers, body: await decompress(sent, answer.headers['content-encoding'], limits.maxAnswerBytes) };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof UpstreamFailure) throw error;
    if (overtime.aborted) throw new UpstreamFailure('upstream_timeout', `The upstream did not answer within ${limits.callTimeoutMs} ms.`, { retryable: true, blames: 'host', cause: error });
    throw connectionFailure(error);
  }
}

async function readBody(answer: Dispatcher.ResponseData, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const announced = Number(answer.headers['content-length'] ?? Number.NaN);
  if (announced > maxBytes) {
    answer.body.destroy();
    throw tooLarge(maxBytes);
  }
  let bytes = new Uint8Array(Number.isSafeInteger(announced) ? announced : 65_536);
  let length = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (length + chunk.length > maxBytes) {
      answer.body.destroy();
      throw tooLarge(maxBytes);
    }
    if (length + chunk.length > bytes.length) {
      const larger = new Uint8Array(Math.min(maxBytes, Math.max(2 * bytes.length, length + chunk.length)));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;
const decompressors: Record<string, Decompress> = {
  gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress), zstd: promisify(zstdDecompress),
};

async function decompress(bytes: Uint8Array<ArrayBuffer>, encodings: string | string[] | undefined, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const names = String(encodings ?? '').toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity').reverse();
  if (names.length > 2) throw new UpstreamFailure('answer_encoding_unknown', 'The answer is compressed more than twice.', { retryable: false });
  let plain = bytes;
  for (const name of names) {
    const run = Object.hasOwn(decompressors, name) ? decompressors[name] : undefined;
    if (!run) throw new UpstreamFailure('answer_encoding_unknown', 'The answer is compressed in a way that was not asked for.', { retryable: false });
    try {
      plain = new Uint8Array(await run(plain, { maxOutputLength: maxBytes }));
    } catch (error) {
      if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes);
      throw new UpstreamFailure('answer_broken', 'The compressed answer is damaged or incomplete.', { retryable: true, blames: 'host', cause: error });
    }
  }
  return plain;
}

function tooLarge(maxBytes: number): UpstreamFailure {
  return new UpstreamFailure('answer_too_large', `An answer is larger than ${maxBytes} bytes and was cut off; ask for smaller pages (pageSize) or raise maxAnswerBytes.`, { retryable: false });
}

function refusedStatus(status: number, headers: IncomingHttpHeaders, nowMs: number): UpstreamFailure | null {
  const error = statusError({ status, headers, body: '' }, nowMs);
  if (error === null) return null;
  const blames = status >= 500 || status === 408 || status === 425 ? 'host' : 'none';
  return new UpstreamFailure(error.code, error.message, {
    retryable: error.retryable, httpStatus: status, blames, ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}

function connectionFailure(error: unknown): UpstreamFailure {
  return new UpstreamFailure('upstream_unreachable', `The connection to the upstream failed or broke off (${codeOf(error)}).`, { retryable: true, blames: 'host', cause: error });
}

/** The code of an error of Node or undici, as ECONNREFUSED. */
function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'unknown reason';
}
