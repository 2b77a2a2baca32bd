import { ServiceError } from '@lastgood/contracts';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/** Limits on what changes something (per key) and on bad keys (per address), both per minute and per process. */
export class RequestLimits {
  readonly #changes: RateLimiterMemory;
  readonly #badKeys: RateLimiterMemory;

  constructor({ changesPerMinute, badKeysPerMinute }: { changesPerMinute: number; badKeysPerMinute: number }) {
    this.#changes = new RateLimiterMemory({ points: changesPerMinute, duration: 60 });
    this.#badKeys = new RateLimiterMemory({ points: badKeysPerMinute, duration: 60 });
  }

  /** Counts one request that needs more than reading; throws `too-many`. */
  async spend(keyId: string): Promise<void> {
    await this.#changes.consume(keyId).catch(refuse);
  }

  async countBadKey(address: string): Promise<void> {
    await this.#badKeys.consume(address).catch(refuse);
  }

  /** Throws `too-many` while an address has sent too many bad keys. */
  async refuseWhenGuessing(address: string): Promise<void> {
    const spent = await this.#badKeys.get(address);
    if (spent && spent.remainingPoints <= 0 && spent.consumedPoints > this.#badKeys.points) refuse(spent);
  }
}

function refuse(spent: unknown): never {
  if (!(spent instanceof RateLimiterRes)) throw spent;
  throw new ServiceError('too-many', 'too_many_requests', 'Too many requests; wait and try again.', { retryAfterMs: spent.msBeforeNext });
}
