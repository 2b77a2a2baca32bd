import type { FetchLimits } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import type { Dispatcher } from 'undici';
import { attemptCall, type UpstreamAnswer, type UpstreamRequest } from './http-attempt.js';
import { withRetries } from './retry.js';
import { UpstreamFailure } from './upstream-failure.js';
import type { UpstreamHost, UpstreamHosts } from './upstream-host.js';

/** How a call proves who asks. */
export interface Authorization {
  /** Headers for exactly this request; may itself call the upstream. */
  headersFor(request: Pick<UpstreamRequest, 'method' | 'url'>): Promise<Record<string, string>>;
  /** Called after a 401 to these headers; true when other credentials are there now and one more attempt makes sense. */
  renew(rejected: Record<string, string>): Promise<boolean>;
}

/** What a caller may count. Hosts and codes only: never a URL or a value. */
export interface CallObserver {
  /** `outcome`: `2xx`, `4xx`, ... or the failure's code. */
  called(host: string, outcome: string, durationMs: number): void;
  retried(host: string, code: string): void;
}

export interface UpstreamClientOptions {
  limits: FetchLimits;
  /** `host` or `host:port` that may be called. */
  allowedHosts: ReadonlySet<string>;
  dispatcher: Dispatcher;
  hosts: UpstreamHosts;
  clock: Clock;
  random: () => number;
  /** Ends everything: the run's time limit or a cancellation; its reason is what the calls reject with. */
  signal: AbortSignal;
  /** Instant of the clock beyond which no retry is begun. */
  deadlineMs: number;
  observer: CallObserver;
  /** True leaves the circuit to others: a call ends at once unless it is closed, also before the first answer, and how it ends does not count. */
  impatient?: boolean;
}

export interface CallOptions {
  /** Ends this call alone, with its own reason. */
  signal?: AbortSignal;
  /** A 502 or 504 may be owed to the size that was asked for: the second one ends as `page_too_heavy`. */
  heavy?: boolean;
  /** Looks at the answer; a retryable failure thrown here is retried like one of the call itself. */
  accept?: (answer: UpstreamAnswer) => Promise<void>;
}

interface Call {
  request: UpstreamRequest;
  options: CallOptions;
  headers: () => Promise<Record<string, string>>;
}

/** A host that asks for a long wait holds back the other pulls at most this long; the pull that was told waits itself. */
const longestPauseMs = 30_000;

/** Credentials could not be had; not to be tried again by the call that needed them. */
class AuthorizationFailed extends Error {
  constructor(readonly reason: unknown) {
    super('credentials could not be had');
  }
}

/** Calls of one pull to its upstream, within the source's limits: retries outside, the host's circuit inside around one attempt. */
export class UpstreamClient {
  calls = 0;
  retries = 0;
  #answered = false;

  constructor(private readonly options: UpstreamClientOptions) {}

  /** A 200 answer, or an `UpstreamFailure`. A 401 renews the credentials once. */
  async call(request: UpstreamRequest, authorization?: Authorization, options: CallOptions = {}): Promise<UpstreamAnswer> {
    this.#checkHost(request.url);
    let used: Record<string, string> = {};
    const tryIt = () => this.#withRetries({ request, options, headers: async () => (used = await authorize(request, authorization)) });
    try {
      return await tryIt();
    } catch (error) {
      if (error instanceof AuthorizationFailed) throw error.reason;
      if (!(error instanceof UpstreamFailure) || error.httpStatus !== 401 || !authorization || !(await authorization.renew(used))) throw error;
    }
    try {
      this.#countRetry(request.url.host, 'upstream_unauthorized');
      return await tryIt();
    } catch (error) {
      throw error instanceof AuthorizationFailed ? error.reason : error;
    }
  }

  #withRetries(call: Call): Promise<UpstreamAnswer> {
    const { limits, clock, random, deadlineMs } = this.options;
    const signal = this.#signal(call.options);
    return withRetries((tryNumber) => this.#attempt(call, signal, tryNumber), { tries: limits.tries, retryDelayMs: limits.retryDelayMs, deadlineMs }, {
      clock, random, signal, onRetry: (failure) => this.#countRetry(call.request.url.host, failure.code),
    });
  }

  async #attempt({ request, headers, options }: Call, signal: AbortSignal, tryNumber: number): Promise<UpstreamAnswer> {
    const { limits, hosts } = this.options;
    const proven = { ...request, headers: { ...request.headers, ...(await headers()) } };
    const host = hosts.get(request.url.host);
    let answer: UpstreamAnswer;
    const free = await host.slots.take(limits.concurrency, signal);
    try {
      await host.pace.take(limits.requestsPerSecond, signal);
      answer = await this.#throughCircuit(host, () => this.#observed(host, proven, signal, (options.heavy ?? false) ? tryNumber : null), signal);
    } finally {
      free();
    }
    await options.accept?.(answer);
    return answer;
  }

  /** Until the first answer of a pull an open circuit is waited out, for at most twice its reset time; later it ends the pull. */
  async #throughCircuit(host: UpstreamHost, attempt: () => Promise<UpstreamAnswer>, signal: AbortSignal): Promise<UpstreamAnswer> {
    const { clock, impatient = false } = this.options;
    if (impatient) return host.breaker.runUncounted(attempt);
    const patienceEndsMs = clock.now() + 2 * host.breaker.settings.resetMs;
    for (;;) {
      try {
        return await host.breaker.run(attempt);
      } catch (error) {
        const open = error instanceof UpstreamFailure && error.code === 'upstream_circuit_open';
        const leftMs = patienceEndsMs - clock.now();
        if (!open || this.#answered || leftMs <= 0) throw error;
        const patience = new AbortController();
        await Promise.race([host.breaker.change(AbortSignal.any([signal, patience.signal])), clock.sleep(leftMs, AbortSignal.any([signal, patience.signal]))])
          .finally(() => patience.abort(new Error('no longer waiting')));
      }
    }
  }

  /** `heavyTry`: number of the try of a heavy call, else null. */
  async #observed(host: UpstreamHost, request: UpstreamRequest, signal: AbortSignal, heavyTry: number | null): Promise<UpstreamAnswer> {
    const { dispatcher, limits, clock, observer } = this.options;
    const startedMs = clock.now();
    this.calls += 1;
    try {
      const answer = await attemptCall(dispatcher, request, limits, signal, () => clock.now());
      this.#answered = true;
      observer.called(host.name, '2xx', clock.now() - startedMs);
      return answer;
    } catch (error) {
      const failure = error instanceof UpstreamFailure ? error : null;
      observer.called(host.name, failure?.httpStatus ? `${Math.floor(failure.httpStatus / 100)}xx` : (failure?.code ?? 'unexpected'), clock.now() - startedMs);
      if (!failure) throw error;
      if (failure.retryAfterMs) host.pace.pause(Math.min(failure.retryAfterMs, longestPauseMs));
      const tooHeavy = heavyTry !== null && (failure.httpStatus === 502 || failure.httpStatus === 504);
      throw tooHeavy ? heavyPage(failure, heavyTry < Math.min(2, limits.tries)) : failure;
    }
  }

  #signal({ signal }: CallOptions): AbortSignal {
    return signal ? AbortSignal.any([this.options.signal, signal]) : this.options.signal;
  }

  #checkHost({ host, hostname, protocol }: URL): void {
    const { allowedHosts } = this.options;
    if ((protocol === 'https:' || protocol === 'http:') && (allowedHosts.has(host) || allowedHosts.has(hostname))) return;
    throw new UpstreamFailure('host_not_allowed', 'A call would go to a host that this source may not call; add it to allowedHosts.', { retryable: false });
  }

  #countRetry(host: string, code: string): void {
    this.retries += 1;
    this.options.observer.retried(host, code);
  }
}

async function authorize(request: UpstreamRequest, authorization: Authorization | undefined): Promise<Record<string, string>> {
  try {
    return (await authorization?.headersFor(request)) ?? {};
  } catch (error) {
    throw new AuthorizationFailed(error);
  }
}

/** The first 502 or 504 is retried as it is, the second one says that the page is too heavy; neither speaks against the host. */
function heavyPage(failure: UpstreamFailure, again: boolean): UpstreamFailure {
  return new UpstreamFailure(again ? failure.code : 'page_too_heavy', failure.message, {
    retryable: again, httpStatus: failure.httpStatus ?? 502, retryAfterMs: failure.retryAfterMs ?? 0, blames: 'unclear', cause: failure,
  });
}
