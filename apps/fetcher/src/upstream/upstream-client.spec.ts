import { FetchLimits } from '@lastgood/contracts';
import { localServer, sendJson, sendStatus, type LocalServer } from '../testing/local-server.js';
import { failureCode, get, testClient } from '../testing/test-client.js';
import type { Authorization } from './upstream-client.js';
import { UpstreamFailure } from './upstream-failure.js';

describe('calls of a pull', () => {
  let server: LocalServer;
  let answer: (call: number) => number = () => 200;
  let headers: Record<string, string> = {};
  let active = 0;
  let mostActive = 0;
  beforeEach(async () => {
    answer = () => 200;
    headers = {};
    active = mostActive = 0;
    server = await localServer((_, response) => {
      const status = answer(server.requests.length);
      active += 1;
      mostActive = Math.max(mostActive, active);
      setImmediate(() => {
        active -= 1;
        if (status === 200) sendJson(response, {});
        else sendStatus(response, status, headers);
      });
    });
  });
  afterEach(async () => server.close());

  test('a transient fault is retried and counted', async () => {
    await using tested = testClient();
    answer = (call) => (call < 3 ? 503 : 200);
    expect((await tested.client.call(get(server.url))).status).toBe(200);
    expect([tested.client.calls, tested.client.retries]).toEqual([3, 2]);
    expect(tested.outcomes).toEqual(['5xx', '5xx', '2xx']);
  });

  test('three tries and no more, the last failure is told', async () => {
    await using tested = testClient();
    answer = () => 500;
    await expect(tested.client.call(get(server.url))).rejects.toMatchObject({ code: 'upstream_failing', httpStatus: 500 });
    expect(server.requests).toHaveLength(3);
  });

  test('a 429 is retried after Retry-After, and one beyond the time of the run is not waited for', async () => {
    await using tested = testClient();
    answer = (call) => (call === 1 ? 429 : 200);
    headers = { 'retry-after': '1' };
    const startedMs = performance.now();
    await tested.client.call(get(server.url));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(990);
    answer = () => 429;
    headers = { 'retry-after': '3600' };
    expect(await failureCode(tested.client.call(get(server.url)))).toBe('upstream_rate_limited');
    expect(server.requests).toHaveLength(3);
  });

  test('no more calls at once than the source allows', async () => {
    await using tested = testClient({ concurrency: 3 });
    await Promise.all(Array.from({ length: 30 }, () => tested.client.call(get(server.url))));
    expect(mostActive).toBeLessThanOrEqual(3);
    expect(mostActive).toBeGreaterThan(1);
  });

  test('no more calls a second than the source allows', async () => {
    await using tested = testClient({ requestsPerSecond: 50 });
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => tested.client.call(get(server.url))));
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(170);
  });

  test('an answer that its reader refuses as transient is asked for again', async () => {
    await using tested = testClient();
    let seen = 0;
    await tested.client.call(get(server.url), undefined, {
      accept: async () => {
        seen += 1;
        if (seen < 3) throw new UpstreamFailure('answer_not_json', 'half a page', { retryable: true });
      },
    });
    expect(seen).toBe(3);
  });

  test('a 401 renews the credentials once and goes on; a second one is final', async () => {
    await using tested = testClient();
    let renewed = 0;
    const authorization: Authorization = { headersFor: async () => ({ authorization: `Bearer ${renewed}` }), renew: async () => (renewed += 1) > 0 };
    answer = (call) => (call === 1 ? 401 : 200);
    await tested.client.call(get(server.url), authorization);
    expect(server.requests.map((request) => request.headers.authorization)).toEqual(['Bearer 0', 'Bearer 1']);
    answer = () => 401;
    expect(await failureCode(tested.client.call(get(server.url), authorization))).toBe('upstream_unauthorized');
    expect(server.requests).toHaveLength(4);
  });

  test('a heavy page that brings a 502 twice is too heavy, a light one is tried to the end', async () => {
    await using tested = testClient();
    answer = () => 502;
    expect(await failureCode(tested.client.call(get(server.url), undefined, { heavy: true }))).toBe('page_too_heavy');
    expect(server.requests).toHaveLength(2);
    expect(await failureCode(tested.client.call(get(server.url)))).toBe('upstream_failing');
    expect(server.requests).toHaveLength(5);
  });

  test('another host is refused before anything is sent', async () => {
    await using tested = testClient({}, { allowedHosts: new Set(['roster.example.org']) });
    for (const url of [server.url, 'http://roster.example.org.evil.example/']) expect(await failureCode(tested.client.call(get(url)))).toBe('host_not_allowed');
    expect(server.requests).toHaveLength(0);
  });

  test('a stop ends calls that wait for their turn', async () => {
    const stop = new AbortController();
    await using tested = testClient({ concurrency: 1 }, { signal: stop.signal });
    answer = () => {
      stop.abort(new UpstreamFailure('run_cancelled', 'cancelled', { retryable: false, blames: 'unclear' }));
      return 200;
    };
    const codes = await Promise.all(Array.from({ length: 5 }, () => failureCode(tested.client.call(get(server.url)))));
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'run_cancelled'));
    expect(server.requests).toHaveLength(1);
  });

  test('the defaults are those of the requirements: 60 s a call, 30 min a run, 3 tries', () => {
    expect(FetchLimits.parse({})).toMatchObject({ callTimeoutMs: 60_000, runTimeoutMs: 1_800_000, tries: 3 });
  });
});
