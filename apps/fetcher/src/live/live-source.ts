import type { SourceConfig } from '@lastgood/contracts';
import type { UpstreamAnswer } from '@lastgood/sources';
import type { Clock } from '@lastgood/service-runtime';
import type { Dispatcher } from 'undici';
import { accessTo, hostsOf, type Access } from '../auth/access-to.js';
import { type CallObserver, UpstreamClient } from '../upstream/upstream-client.js';
import { UpstreamFailure } from '../upstream/upstream-failure.js';
import type { UpstreamHosts } from '../upstream/upstream-host.js';

/** Longest time of a whole look-up, calls for credentials included. */
export const LIVE_LIMIT_MS = 10_000;
const MAX_ANSWER_BYTES = 4 * 1024 ** 2;

export interface LiveSourcePorts {
  hosts: UpstreamHosts;
  dispatcher: Dispatcher;
  clock: Clock;
  random: () => number;
  observer: CallObserver;
  /** Ends every call: the process stops. */
  signal: AbortSignal;
}

/**
 * The live system of one source, within its own limits and those of a look-up: one try, 4 MiB, no waiting for an open circuit. Slots, pace and circuit of the host are the ones that pulls
 * use. What opens it (a token, the root behind a proxy) is kept for the next look-up.
 */
export class LiveSource {
  readonly #client: UpstreamClient;
  readonly #access: Access;

  /** `config` with its secrets resolved. */
  constructor(readonly config: SourceConfig, ports: LiveSourcePorts) {
    const { limits } = config;
    this.#client = new UpstreamClient({
      ...ports, allowedHosts: hostsOf(config), deadlineMs: Number.POSITIVE_INFINITY, impatient: true,
      limits: { ...limits, tries: 1, callTimeoutMs: Math.min(limits.callTimeoutMs, LIVE_LIMIT_MS), maxAnswerBytes: Math.min(limits.maxAnswerBytes, MAX_ANSWER_BYTES) },
    });
    this.#access = accessTo(config, this.#client, ports.clock);
  }

  /** Root below which the source's data is, as long as `signal` lets it be waited for. */
  root(signal: AbortSignal): Promise<string> {
    return within(signal, this.#access.root());
  }

  /** What `parse` makes of the 200 answer to a GET. Rejects with an `UpstreamFailure`, or with the reason of the signal. */
  async get<T>(url: string, signal: AbortSignal, parse: (answer: UpstreamAnswer) => T): Promise<T> {
    const asking = this.#client.call({ method: 'GET', url: new URL(url), headers: {} }, this.#access.authorization, { signal });
    const { status, headers, body } = await within(signal, asking);
    try {
      return parse({ status, headers, body: Buffer.from(body).toString('utf8') });
    } catch (error) {
      throw UpstreamFailure.from(error);
    }
  }
}

/** What comes, or the reason of the signal when that comes first; credentials are fetched for all who wait, and go on for the others. */
async function within<T>(signal: AbortSignal, coming: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let over: (() => void) | undefined;
  const end = new Promise<never>((_, reject) => {
    over = () => reject(signal.reason as Error);
    signal.addEventListener('abort', over, { once: true });
  });
  try {
    return await Promise.race([coming, end]);
  } finally {
    if (over) signal.removeEventListener('abort', over);
    coming.catch(() => undefined);
  }
}
