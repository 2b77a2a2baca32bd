import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type Collection, PageList, pageListKey, type PageListReference, RoundTold, type StagingClaim, stagingClaimKey, stagingPageKey, stagingRoundKey, stagingRunFolder } from '@lastgood/contracts';
import { type ObjectStore, ObjectStoreError } from '@lastgood/object-store';
import type { Clock } from '@lastgood/service-runtime';
import { UpstreamFailure } from '../upstream/upstream-failure.js';

/** One epoch of one run. */
export interface PullPlace {
  district: string;
  source: string;
  run: string;
  epoch: number;
}

const createLimitBytes = 8 * 1024 * 1024;
const maxStoredBytes = 1024 ** 3;
const writeTries = 4;

/** The staging area of one epoch of a run: keys are written once; a second writer with other bytes fails as `staging_conflict`. */
export class Staging {
  constructor(private readonly store: ObjectStore, readonly place: PullPlace, private readonly clock: Clock, private readonly signal: AbortSignal) {}

  /** True for exactly one call per epoch, whatever is delivered twice. `claimant` is unique to the call. */
  async claim(claimant: string): Promise<boolean> {
    const key = stagingClaimKey(this.place);
    const bytes = Buffer.from(JSON.stringify({ version: 1, claimant } satisfies StagingClaim));
    try {
      return (await this.#write(key, bytes)) === 'created' || (await this.#holds(key, bytes));
    } catch (error) {
      throw error instanceof ObjectStoreError ? stagingFailure(error) : error;
    }
  }

  pageKey(collection: Collection, round: number, offset: number): string {
    return stagingPageKey({ ...this.place, collection, round, offset });
  }

  /** Writes a landed page. */
  async land(key: string, bytes: Uint8Array): Promise<void> {
    await this.#put(key, bytes);
  }

  /** Marks the beginning of a round: pages of earlier rounds are void from here on. */
  async beginRound(collection: Collection, round: number, told: Omit<RoundTold, 'version'>): Promise<void> {
    await this.#put(stagingRoundKey({ ...this.place, collection, round }), Buffer.from(JSON.stringify({ version: 1, ...told } satisfies RoundTold)));
  }

  /** Writes the page list of a collection. */
  async writePageList(list: PageList): Promise<PageListReference> {
    const key = pageListKey({ ...this.place, collection: list.collection });
    const bytes = Buffer.from(JSON.stringify(PageList.parse(list)));
    await this.#put(key, bytes);
    return { collection: list.collection, key, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length, rows: list.rows };
  }

  /** Every key that any epoch of the run has in staging, in ascending order. */
  async keysOfRun(): Promise<string[]> {
    const keys: string[] = [];
    try {
      for await (const { key } of this.store.list(stagingRunFolder(this.place))) keys.push(key);
    } catch (error) {
      throw error instanceof ObjectStoreError ? stagingFailure(error) : error;
    }
    return keys;
  }

  /** A stored page with its own memory, or null when it is gone. */
  async read(key: string): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      return new Uint8Array(await this.store.read(key, maxStoredBytes));
    } catch (error) {
      if (error instanceof ObjectStoreError && error.kind === 'not-found') return null;
      throw error instanceof ObjectStoreError ? stagingFailure(error) : error;
    }
  }

  /** What a round was told, or null when that is gone or unreadable. */
  async readRound(key: string): Promise<RoundTold | null> {
    const bytes = await this.read(key);
    if (!bytes) return null;
    try {
      return RoundTold.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    } catch {
      return null;
    }
  }

  async #put(key: string, bytes: Uint8Array): Promise<void> {
    let outcome: 'created' | 'exists';
    try {
      outcome = await this.#write(key, bytes);
      if (outcome === 'created' || (await this.#holds(key, bytes))) return;
    } catch (error) {
      throw error instanceof ObjectStoreError ? stagingFailure(error) : error;
    }
    throw new UpstreamFailure('staging_conflict', 'Something else lies where a page was to be landed; another pull of the same epoch is at work.', { retryable: true });
  }

  async #write(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    for (let tryNumber = 1; ; tryNumber += 1) {
      this.signal.throwIfAborted();
      try {
        return bytes.length <= createLimitBytes ? await this.store.create(key, bytes) : await this.store.write(key, Readable.from([bytes]));
      } catch (error) {
        const again = error instanceof ObjectStoreError && (error.retryable || error.outcomeUnknown);
        if (!again || tryNumber >= writeTries) throw error;
        await this.clock.sleep(100 * 4 ** (tryNumber - 1), this.signal);
      }
    }
  }

  async #holds(key: string, bytes: Uint8Array): Promise<boolean> {
    return (await this.store.read(key, maxStoredBytes)).equals(bytes);
  }
}

/** What a store that does not do as asked means for the pull. */
export function stagingFailure(error: ObjectStoreError): UpstreamFailure {
  if (error.kind === 'full') return new UpstreamFailure('staging_full', 'The object store is full; free space or raise its limit, then refresh again.', { retryable: true, cause: error });
  if (error.kind === 'denied') return new UpstreamFailure('staging_denied', 'The object store refuses the configured access key, or does not let it do what is needed (read, write, list, delete).', { retryable: false, cause: error });
  return new UpstreamFailure('staging_unavailable', `The object store failed (${error.kind}) while pages were landed or looked for.`, { retryable: error.retryable || error.outcomeUnknown, cause: error });
}
