/** What an authenticator sees of a request. */
export interface CallerRequest {
  readonly method: string;
  /** Scheme, host and path as the caller wrote them, without the query. */
  readonly address: string;
  readonly parameters: URLSearchParams;
  readonly authorization?: string;
  readonly cookie?: string;
  /** The collection asked for, when there is one. */
  readonly collection?: string;
}

/** Checks callers of the data paths; throws a Failure 401 or 403. */
export abstract class Authenticator {
  abstract check(request: CallerRequest): void;
  /** Makes what was valid so far invalid; returns the new bearer where there is one. */
  abstract rotate(): string | undefined;
}
