import { Pool } from 'undici';
import { z } from 'zod';
import { reasonOf } from './failures.js';
import type { ReplicaAddress } from './replica-addresses.js';

const ReadyAnswer = z.object({ dependencies: z.array(z.object({ name: z.string().max(64), trouble: z.string().max(1000).nullable() })).max(64) });
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
    return (await this.ask()).away;
  }

  /** Asks `/readyz`: `away` as of `probe`, and the dependencies of a ready one that are in trouble all the same. */
  async ask(): Promise<{ away: string | null; troubles: string[] }> {
    try {
      const answer = await this.pool.request({ path: '/readyz', method: 'GET', headers: this.headers, signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
      const { data } = ReadyAnswer.safeParse(await answer.body.json().catch(() => null));
      if (answer.statusCode !== 200) return { away: `is not ready (${answer.statusCode})`, troubles: [] };
      return { away: null, troubles: (data?.dependencies ?? []).flatMap(({ name, trouble }) => (trouble === null ? [] : [`${name}: ${trouble}`])) };
    } catch (error) {
      return { away: reasonOf(error), troubles: [] };
    }
  }

  /** Lets requests under way end. */
  async close(): Promise<void> {
    await this.pool.close().catch(() => undefined);
  }
}
