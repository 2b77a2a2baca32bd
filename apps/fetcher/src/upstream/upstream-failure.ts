import { SourceError, type SourceErrorDetails } from '@lastgood/sources';

/** `host`: speaks against the host's health. `none`: the host is well (a 4xx). `unclear`: says nothing of the host (a cancelled call, a heavy page). */
export type Blame = 'host' | 'none' | 'unclear';

/** What every call to an upstream that fails ends in: a stable snake_case code and words without URLs, secrets or personal values. */
export class UpstreamFailure extends SourceError {
  readonly blames: Blame;

  constructor(code: string, message: string, details: SourceErrorDetails & { blames?: Blame }) {
    super(code, message, details);
    this.name = 'UpstreamFailure';
    this.blames = details.blames ?? 'none';
  }

  /** An error of reading an answer as the failure of the call that brought it; anything but a SourceError comes back as it is. */
  static from(error: unknown): unknown {
    if (!(error instanceof SourceError) || error instanceof UpstreamFailure) return error;
    return new UpstreamFailure(error.code, error.message, {
      retryable: error.retryable,
      ...(error.httpStatus === null ? {} : { httpStatus: error.httpStatus }),
      ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
      ...(error.collection === null ? {} : { collection: error.collection }),
      ...(error.offset === null ? {} : { offset: error.offset }),
      cause: error,
    });
  }
}
