import { FetchLimits } from '@lastgood/contracts';
import { SystemClock } from '@lastgood/service-runtime';
import type { Agent } from 'undici';
import { makeAgent } from '../upstream/guarded-agent.js';
import { UpstreamClient, type UpstreamClientOptions } from '../upstream/upstream-client.js';
import { UpstreamHosts } from '../upstream/upstream-host.js';

export interface TestClient extends AsyncDisposable {
  client: UpstreamClient;
  hosts: UpstreamHosts;
  outcomes: string[];
}

/** A client that may call loopback, with waits of a millisecond; everything can be set otherwise. */
export function testClient(limits: Partial<FetchLimits> = {}, options: Partial<UpstreamClientOptions> = {}): TestClient {
  const clock = options.clock ?? new SystemClock();
  const hosts = options.hosts ?? new UpstreamHosts(clock);
  const dispatcher = makeAgent({ allowPrivateAddresses: true });
  const outcomes: string[] = [];
  const client = new UpstreamClient({
    limits: { ...FetchLimits.parse({ retryDelayMs: 1, requestsPerSecond: 1000 }), ...limits },
    allowedHosts: new Set(['127.0.0.1']),
    dispatcher,
    hosts,
    clock,
    random: Math.random,
    signal: new AbortController().signal,
    deadlineMs: clock.now() + 60_000,
    observer: { called: (_, outcome) => outcomes.push(outcome), retried: () => undefined },
    ...options,
  });
  return { client, hosts, outcomes, [Symbol.asyncDispose]: async () => closeAll(hosts, dispatcher) };
}

async function closeAll(hosts: UpstreamHosts, dispatcher: Agent): Promise<void> {
  hosts.close();
  await dispatcher.destroy();
}

/** A GET of a URL without further headers. */
export const get = (url: string): { method: 'GET'; url: URL; headers: Record<string, string> } => ({ method: 'GET', url: new URL(url), headers: {} });

/** The code of the failure that a promise must end in. */
export async function failureCode(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `unexpected: ${String(error)}`;
  }
  return 'no failure';
}
