import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Agent } from 'undici';
import { localServer, sendJson, sendStatus, type LocalServer } from '../testing/local-server.js';
import { failureCode, get } from '../testing/test-client.js';
import { makeAgent } from './guarded-agent.js';
import { attemptCall } from './http-attempt.js';

const limits = { callTimeoutMs: 5000, maxAnswerBytes: 100_000 };
const never = new AbortController().signal;

describe('one attempt of a call', () => {
  let server: LocalServer;
  let agent: Agent;
  beforeAll(async () => {
    agent = makeAgent({ allowPrivateAddresses: true });
    server = await localServer((request, response) => {
      const path = request.url ?? '';
      if (path === '/gzip') sendBytes('gzip', gzipSync(Buffer.from('{"users":[]}')));
      else if (path === '/br') sendBytes('br', brotliCompressSync(Buffer.from('{"users":[]}')));
      else if (path === '/zstd') sendBytes('zstd', zstdCompressSync(Buffer.from('{"users":[]}')));
      else if (path === '/bomb') sendBytes('gzip', gzipSync(Buffer.alloc(50_000_000)));
      else if (path === '/cut-gzip') sendBytes('gzip', gzipSync(Buffer.from('{"users":[]}'.repeat(100))).subarray(0, 40));
      else if (path === '/odd') sendBytes('compress', Buffer.from('x'));
      else if (path === '/announced') response.writeHead(200, { 'content-length': '2147483648' }).write('{');
      else if (path === '/endless') endless(response);
      else if (path === '/hang') return;
      else if (path === '/stall') response.writeHead(200, { 'content-length': '100' }).write('{');
      else if (path === '/cut') response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
      else if (path === '/redirect') sendStatus(response, 302, { location: `${server.url}/target` });
      else if (path.startsWith('/status/')) sendStatus(response, Number(path.slice(8)), { 'retry-after': '3' });
      else sendJson(response, { path });

      function sendBytes(encoding: string, bytes: Uint8Array) {
        response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
      }
    });
  });
  afterAll(async () => {
    await agent.destroy();
    await server.close();
  });

  const attempt = (path: string, timeLimitMs = 5000) => attemptCall(agent, get(`${server.url}${path}`), { ...limits, callTimeoutMs: timeLimitMs }, never, () => 0);

  test('reads plain and compressed bodies', async () => {
    for (const path of ['/gzip', '/br', '/zstd']) expect(Buffer.from((await attempt(path)).body).toString()).toBe('{"users":[]}');
    expect(Buffer.from((await attempt('/a%2Fb?x=%20y')).body).toString()).toBe('{"path":"/a%2Fb?x=%20y"}');
  });

  test.each([
    ['/bomb', 'answer_too_large'], ['/announced', 'answer_too_large'], ['/endless', 'answer_too_large'], ['/cut-gzip', 'answer_broken'], ['/odd', 'answer_encoding_unknown'],
    ['/cut', 'upstream_unreachable'], ['/redirect', 'upstream_redirected'], ['/status/401', 'upstream_unauthorized'], ['/status/403', 'upstream_forbidden'], ['/status/404', 'upstream_not_found'],
    ['/status/429', 'upstream_rate_limited'], ['/status/418', 'upstream_status'], ['/status/503', 'upstream_failing'],
  ])('%s ends as %s', async (path, code) => {
    expect(await failureCode(attempt(path))).toBe(code);
    expect(server.requests.some((request) => request.path === '/target')).toBe(false);
  });

  test.each(['/hang', '/stall'])('%s ends when the call has used up its time', async (path) => {
    expect(await failureCode(attempt(path, 200))).toBe('upstream_timeout');
  });

  test('a stop from outside ends the call with its own reason', async () => {
    const stop = new AbortController();
    const call = attemptCall(agent, get(`${server.url}/hang`), limits, stop.signal, () => 0);
    stop.abort(new Error('cancelled by the operator'));
    await expect(call).rejects.toThrow('cancelled by the operator');
  });

  test('an upstream that is not there is unreachable, and that is worth a retry', async () => {
    const gone = await localServer((_, response) => sendStatus(response, 200));
    await gone.close();
    await expect(attemptCall(agent, get(gone.url), limits, never, () => 0)).rejects.toMatchObject({ code: 'upstream_unreachable', retryable: true });
  });

  test('keeps what Retry-After asks for', async () => {
    await expect(attempt('/status/429')).rejects.toMatchObject({ retryAfterMs: 3000, httpStatus: 429, retryable: true });
  });
});

function endless(response: import('node:http').ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 32);
  response.writeHead(200);
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}
