import type { Collection, Finding } from '@lastgood/contracts';

/** What a SourceError says besides its words. */
export interface SourceErrorDetails {
  /** True when the same call may work when repeated. */
  retryable: boolean;
  httpStatus?: number;
  /** Wait asked for by the upstream (Retry-After), milliseconds from the answer. */
  retryAfterMs?: number;
  collection?: Collection;
  /** Offset of the page, rows. */
  offset?: number;
  cause?: unknown;
}

/** Why an upstream's answer or a walk cannot be used: a stable snake_case code and words without any value of a record. */
export class SourceError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly httpStatus: number | null;
  readonly retryAfterMs: number | null;
  readonly collection: Collection | null;
  readonly offset: number | null;

  constructor(code: string, message: string, details: SourceErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'SourceError';
    this.code = code;
    this.retryable = details.retryable;
    this.httpStatus = details.httpStatus ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.collection = details.collection ?? null;
    this.offset = details.offset ?? null;
  }

  /** The same error with the page it belongs to, where it did not know. */
  at(collection: Collection, offset: number): SourceError {
    return new SourceError(this.code, this.message, {
      retryable: this.retryable,
      httpStatus: this.httpStatus ?? undefined,
      retryAfterMs: this.retryAfterMs ?? undefined,
      collection: this.collection ?? collection,
      offset: this.offset ?? offset,
      cause: this.cause,
    });
  }

  /** The error as a finding of a run; `retryable` beside it makes a RunFailure. */
  toFinding(): Finding & { severity: 'error' } {
    return {
      code: this.code,
      severity: 'error',
      message: this.message.slice(0, 500),
      collection: this.collection,
      offset: this.offset,
      httpStatus: this.httpStatus,
      count: 1,
    };
  }
}
