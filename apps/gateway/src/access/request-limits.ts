import { isIPv6 } from 'node:net';
import { ServiceError } from '@lastgood/contracts';
import type { Database } from '@lastgood/database';
import type { FastifyReply } from 'fastify';
import { CompiledQuery } from 'kysely';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { GatewayTables } from '../gateway-tables.js';

const MINUTE_SECONDS = 60;
/** How long an address is locked out after too many bad keys. */
const LOCK_OUT_SECONDS = 300;

export interface LimitsPerMinute {
  changes: number;
  lookUps: number;
  badKeys: number;
  signIns: number;
}

type Limiter = RateLimiterMemory | RateLimiterPostgres;

/**
 * Limits per minute on what changes something and on live look-ups (per key), on bad keys and on sign-ins (per address). On PostgreSQL all gateways count together, and each counts alone while
 * the database is away; an SQLite file has one gateway, which counts in memory. Throws `too-many`.
 */
export class RequestLimits {
  readonly #changes: Limiter;
  readonly #lookUps: Limiter;
  readonly #badKeys: Limiter;
  readonly #signIns: Limiter;

  constructor(perMinute: LimitsPerMinute, private readonly database: Database) {
    this.#changes = this.#limiter('changes', perMinute.changes, 0);
    this.#lookUps = this.#limiter('live-look-ups', perMinute.lookUps, 0);
    this.#badKeys = this.#limiter('bad-keys', perMinute.badKeys, LOCK_OUT_SECONDS);
    this.#signIns = this.#limiter('sign-ins', perMinute.signIns, 0);
  }

  /** Counts one request that needs more than reading, and says in the answer how many are left. */
  async spend(keyId: string, reply: FastifyReply): Promise<void> {
    await spendOne(this.#changes, 'changes', keyId, reply);
  }

  /** Counts one live look-up, and says in the answer how many are left. */
  async spendLookUp(keyId: string, reply: FastifyReply): Promise<void> {
    await spendOne(this.#lookUps, 'live-look-ups', keyId, reply);
  }

  /** Counts one sign-in, good or bad. */
  async countSignIn(address: string, reply: FastifyReply): Promise<void> {
    await spendOne(this.#signIns, 'sign-ins', networkOf(address), reply);
  }

  async countBadKey(address: string): Promise<void> {
    await this.#badKeys.consume(networkOf(address)).catch(refuse);
  }

  /** Refuses an address that has sent too many bad keys, until its lock-out is over. */
  async refuseWhenGuessing(address: string): Promise<void> {
    const spent = await this.#badKeys.get(networkOf(address));
    if (spent && spent.consumedPoints > this.#badKeys.points) refuse(spent);
  }

  /** Forgets counts that are over. */
  async sweep(nowMs: number): Promise<void> {
    await this.database.kysely<GatewayTables>().deleteFrom('gateway_limits').where('expire', '<', nowMs).execute();
  }

  #limiter(keyPrefix: string, points: number, blockDuration: number): Limiter {
    const options = { keyPrefix, points, duration: MINUTE_SECONDS, blockDuration };
    const alone = new RateLimiterMemory(options);
    if (this.database.kind === 'sqlite') return alone;
    const storeClient = { query: ({ text, values }: { text: string; values: unknown[] }) => this.#query(text, values) };
    return new RateLimiterPostgres({ ...options, storeClient, storeType: 'client', tableName: 'gateway_limits', tableCreated: true, clearExpiredByTimeout: false, insuranceLimiter: alone });
  }

  async #query(text: string, values: unknown[]): Promise<{ rows: unknown[]; rowCount: number }> {
    const { rows } = await this.database.kysely<unknown>().executeQuery(CompiledQuery.raw(text, values));
    return { rows, rowCount: rows.length };
  }
}

async function spendOne(limiter: Limiter, name: string, key: string, reply: FastifyReply): Promise<void> {
  const outcome: unknown = await limiter.consume(key).catch((spent: unknown) => spent);
  if (!(outcome instanceof RateLimiterRes)) throw outcome;
  const seconds = Math.ceil(outcome.msBeforeNext / 1000);
  void reply.header('ratelimit-policy', `"${name}";q=${limiter.points};w=${MINUTE_SECONDS}`).header('ratelimit', `"${name}";r=${outcome.remainingPoints};t=${seconds}`);
  if (outcome.consumedPoints > limiter.points) refuse(outcome);
}

/** A person at home owns a whole /64 of IPv6 addresses. */
function networkOf(address: string): string {
  return isIPv6(address) && !address.startsWith('::ffff:') ? address.split('%', 1)[0]?.split(':').slice(0, 4).join(':') ?? address : address;
}

function refuse(spent: unknown): never {
  if (!(spent instanceof RateLimiterRes)) throw spent;
  throw new ServiceError('too-many', 'too_many_requests', 'Too many requests; wait and try again.', { retryAfterMs: spent.msBeforeNext });
}
