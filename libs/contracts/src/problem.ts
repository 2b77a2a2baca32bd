import { z } from 'zod';
import { RunId, SnapshotId } from './ids.js';

/** The few kinds of error and the HTTP status each becomes. */
export const ERROR_KINDS = { invalid: 400, unauthenticated: 401, denied: 403, 'not-found': 404, conflict: 409, gone: 410, 'too-many': 429, unavailable: 503, timeout: 504 } as const;
export type ErrorKind = keyof typeof ERROR_KINDS;

/** An answer of `application/problem+json` (RFC 9457). Never carries a personal value. */
export const Problem = z.strictObject({
  type: z.string().max(255),
  title: z.string().max(255),
  status: z.number().int().min(400).max(599),
  /** What happened and what to do. */
  detail: z.string().max(1000),
  /** Stable, for programs: `no_snapshot_yet`, `snapshot_expired`, `unknown_parameter`, ... */
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/).meta({ maxLength: 64 }),
  retryable: z.boolean(),
  retryAfterSeconds: z.number().int().min(0).optional(),
  run: RunId.optional(),
  snapshot: SnapshotId.optional(),
  /** The parameters or fields that are wrong. */
  errors: z.array(z.strictObject({ field: z.string().max(255), message: z.string().max(500) })).max(50).optional(),
}).meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;

/** The error that services throw; the HTTP filter of the runtime turns it into a problem. Unexpected errors become a 500 without detail. */
export class ServiceError extends Error {
  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    readonly options: { retryable?: boolean; retryAfterMs?: number; run?: string; snapshot?: string; errors?: { field: string; message: string }[]; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'ServiceError';
  }

  /** The same, as it goes over HTTP. */
  toProblem(): Problem {
    const { retryable = this.kind === 'unavailable' || this.kind === 'timeout' || this.kind === 'too-many', retryAfterMs, run, snapshot, errors } = this.options;
    return {
      type: `urn:lastgood:problem:${this.code}`,
      title: this.code.replaceAll('_', ' '),
      status: ERROR_KINDS[this.kind],
      detail: this.message,
      code: this.code,
      retryable,
      ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
      ...(run === undefined ? {} : { run }),
      ...(snapshot === undefined ? {} : { snapshot }),
      ...(errors === undefined ? {} : { errors }),
    };
  }
}
