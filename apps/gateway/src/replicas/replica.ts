import { Pool } from 'undici';
import { reasonOf } from './failures.js';
import type { ReplicaAddress } from './replica-addresses.js';

const CONNECTIONS = 128;
const CONNECT_TIMEOUT_MS = 2_000;
/** Less than what a check of `/readyz` may take. */
const PROBE_TIMEOUT_MS = 800;

/** One replica of a service behind the gateway, with its own connections. */
export class Replica {
  readonly origin: string;
  readonly pool: Pool;
  /** Headers that every request to it carries. */
  readonly headers: Readonly<Record<string, string>>;
  /** Why it is left alone; null while it is asked. */
  trouble: string | null = null;

  constructor({ origin, name }: ReplicaAddress, timeoutMs: number) {
    this.origin = origin;
    this.headers = name === null ? {} : { host: name.host };
    this.pool = new Pool(origin, {
      connections: CONNECTIONS, pipelining: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs, connectTimeout: Math.min(timeoutMs, CONNECT_TIMEOUT_MS),
      ...(name === null ? {} : { connect: { servername: name.servername } }),
    });
  }

  /** Asks `/readyz`: null when it is ready, else why not. */
  async probe(): Promise<string | null> {
    try {
      const answer = await this.pool.request({ path: '/readyz', method: 'GET', headers: this.headers, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
      await answer.body.dump();
      return answer.statusCode === 200 ? null : `is not ready (${answer.statusCode})`;
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Lets requests under way end. */
  async close(): Promise<void> {
    await this.pool.close().catch(() => undefined);
  }
}
