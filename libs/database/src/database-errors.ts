import { ServiceError } from '@lastgood/contracts';

/** The words of each error are the same for every database; what exactly happened is the `cause`, and never shown to clients. */
export const databaseErrors = {
  unavailable: (cause: unknown) => new ServiceError('unavailable', 'database_unavailable', 'The database does not answer. Ask again in a moment.', { retryable: true, retryAfterMs: 1000, cause }),
  late: (cause: unknown) => new ServiceError('timeout', 'database_timeout', 'The database takes too long. Ask again in a moment.', { retryable: true, retryAfterMs: 1000, cause }),
  contended: (cause: unknown) => new ServiceError('unavailable', 'database_contended', 'Others change the same data. Ask again.', { retryable: true, retryAfterMs: 200, cause }),
  refused: (cause: unknown) => new ServiceError('unavailable', 'database_refused', 'The database refuses this service.', { retryable: false, cause }),
  full: (cause: unknown) => new ServiceError('unavailable', 'database_full', 'The disk of the database has no room left. Free some.', { retryable: true, retryAfterMs: 30_000, cause }),
  taken: (cause: unknown) => new ServiceError('conflict', 'already_exists', 'This exists already.', { retryable: false, cause }),
  unstorable: (cause: unknown) => new ServiceError('invalid', 'unstorable_text', 'A text holds a character that cannot be stored.', { retryable: false, cause }),
} as const;

/** Code of the system, of PostgreSQL (SQLSTATE) or of Node, as `ECONNREFUSED` or `57P01`; for logs and people. */
export function codeOfCause(error: unknown): string {
  const cause = error instanceof ServiceError ? error.cause : error;
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown';
}
