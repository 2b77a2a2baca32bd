import type { Readable } from 'node:stream';

export interface ObjectInfo {
  key: string;
  /** Bytes as stored. */
  size: number;
  /** Last change as the store tells it, milliseconds since the epoch. An extra belt for age rules, never the rule itself. */
  modifiedMs: number;
}

/** What went wrong and what is known about the outcome. No kind carries a body or a secret in its message. */
export type ObjectStoreErrorKind = 'not-found' | 'invalid' | 'denied' | 'unavailable' | 'timeout' | 'full';

/**
 * The only error an adapter throws. `outcomeUnknown` is true when a write may or may not have taken place (a time-out, a
 * reset, a 5xx): the caller must read before it decides anything. `retryable` is decided by the adapter that knows.
 */
export class ObjectStoreError extends Error {
  constructor(
    readonly kind: ObjectStoreErrorKind,
    message: string,
    readonly options: { retryable?: boolean; outcomeUnknown?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ObjectStoreError';
  }

  get retryable(): boolean {
    return this.options.retryable ?? false;
  }

  get outcomeUnknown(): boolean {
    return this.options.outcomeUnknown ?? false;
  }
}

/**
 * Keys and bytes. Keys are `/`-separated segments of `[A-Za-z0-9._=-]`, at most 512 characters, no segment `.` or `..` or empty; any
 * other key is refused as `invalid` before the medium is touched. No operation ever changes the bytes of an existing key. No operation retries.
 */
export abstract class ObjectStore {
  /**
   * Create-if-absent of at most 8 MiB, atomic and durable once it resolves: of any number of concurrent creators of one key
   * exactly one gets `created`; the others get `exists`. Readers see all bytes or none.
   */
  abstract create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'>;

  /**
   * Writes a stream of any length under a key that is unique by construction (attempt folders). Durable and all-or-nothing once it
   * resolves; refuses to overwrite where the medium can tell (`exists`). Memory: at most two parts of 8 MiB. The body is destroyed in any case;
   * what it throws is passed on as it is, and no key appears.
   */
  abstract write(key: string, body: Readable): Promise<'created' | 'exists'>;

  /** All bytes of a key, at most `maxBytes` (default 8 MiB; larger is `invalid`). A missing key is `not-found`. */
  abstract read(key: string, maxBytes?: number): Promise<Buffer>;

  /** A stream of the bytes from `start` (inclusive, default 0) to `end` (exclusive, default the end); beyond the end there is nothing. A missing key is `not-found` before the first byte. */
  abstract stream(key: string, range?: { start?: number; end?: number }): Promise<Readable>;

  /** Size and time of a key, or null when it is absent. Only a definite answer of absence gives null. */
  abstract stat(key: string): Promise<ObjectInfo | null>;

  /** Every key that starts with `prefix` (a folder ending in `/`, or empty for all), in ascending key order, strictly after `after` when given. */
  abstract list(prefix: string, options?: { after?: string }): AsyncIterable<ObjectInfo>;

  /** Deletes a key. Deleting a missing key succeeds. */
  abstract delete(key: string): Promise<void>;

  /** Releases connections and handles. */
  abstract close(): Promise<void>;
}
