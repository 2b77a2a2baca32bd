import { SystemClock } from '@lastgood/service-runtime';
import { localServer, sendJson, sendStatus, type LocalServer } from '../testing/local-server.js';
import { failureCode, get, testClient } from '../testing/test-client.js';
import { type BreakerState, HostBreaker } from './host-breaker.js';
import { UpstreamFailure } from './upstream-failure.js';
import { UpstreamHosts } from './upstream-host.js';

describe('the circuit of an upstream host', () => {
  let server: LocalServer;
  let status = 200;
  beforeAll(async () => {
    server = await localServer((_, response) => (status === 200 ? sendJson(response, {}) : sendStatus(response, status)));
  });
  afterAll(async () => server.close());

  const settings = { volumeThreshold: 10, errorThresholdPercentage: 50, resetMs: 100 };

  test('opens on a failing upstream, lets one call try after a while, and closes when that is answered', async () => {
    const states: BreakerState[] = [];
    const hosts = new UpstreamHosts(new SystemClock(), { breaker: settings, onState: (_, state) => states.push(state) });
    await using broken = testClient({ tries: 1 }, { hosts });
    status = 200;
    await broken.client.call(get(server.url));
    status = 503;
    const codes: string[] = [];
    for (let call = 0; call < 12; call += 1) codes.push(await failureCode(broken.client.call(get(server.url))));
    expect(states).toEqual(['open']);
    expect(codes.filter((code) => code === 'upstream_failing')).toHaveLength(9);
    expect(codes.slice(9)).toEqual(['upstream_circuit_open', 'upstream_circuit_open', 'upstream_circuit_open']);
    expect(server.requests).toHaveLength(10);

    const host = hosts.get(new URL(server.url).host);
    await host.breaker.change(new AbortController().signal);
    expect(states).toEqual(['open', 'half-open']);
    expect(await failureCode(broken.client.call(get(server.url)))).toBe('upstream_failing');
    expect(states).toEqual(['open', 'half-open', 'open']);

    status = 200;
    await host.breaker.change(new AbortController().signal);
    await broken.client.call(get(server.url));
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
    expect(server.requests).toHaveLength(12);
  });

  test('an open circuit ends the tries of a pull that was answered before, a fresh pull waits it out', async () => {
    const hosts = new UpstreamHosts(new SystemClock(), { breaker: settings });
    await using earlier = testClient({ tries: 1 }, { hosts });
    await using fresh = testClient({ tries: 3 }, { hosts });
    status = 200;
    await earlier.client.call(get(server.url));
    status = 503;
    const host = hosts.get(new URL(server.url).host);
    while (host.breaker.state === 'closed') await failureCode(earlier.client.call(get(server.url)));
    status = 200;
    const before = server.requests.length;
    expect(await failureCode(earlier.client.call(get(server.url)))).toBe('upstream_circuit_open');
    expect(server.requests).toHaveLength(before);
    expect((await fresh.client.call(get(server.url))).status).toBe(200);
    expect(host.breaker.state).toBe('closed');
  });

  test('refusals such as 401 and 404 never open it', async () => {
    await using tested = testClient({ tries: 1 });
    status = 404;
    for (let call = 0; call < 30; call += 1) expect(await failureCode(tested.client.call(get(server.url)))).toBe('upstream_not_found');
  });

  test('a cancelled call does not open it, and does not close it when it was half-open', async () => {
    const breaker = new HostBreaker(settings);
    const fail = (blames: 'host' | 'unclear') => failureCode(breaker.run(() => Promise.reject(new UpstreamFailure('tested', 'tested', { retryable: false, blames }))));
    for (let call = 0; call < 20; call += 1) await fail('unclear');
    expect(breaker.state).toBe('closed');
    while (breaker.state === 'closed') await fail('host');
    await breaker.change(new AbortController().signal);
    expect(breaker.state).toBe('half-open');
    await fail('unclear');
    expect(breaker.state).toBe('open');
    breaker.close();
  });
});
