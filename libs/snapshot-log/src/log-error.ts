/**
 * The bytes of a log or snapshot are not what the protocol wrote: `key` names the object, the message says what to do. Never
 * retryable: `verify` finds everything that is wrong.
 */
export class LogDamagedError extends Error {
  constructor(readonly key: string, problem: string, options?: { cause?: unknown }) {
    super(`${key}: ${problem}. Run \`lastgood verify\` and restore this object from a backup of the bucket.`, options);
    this.name = 'LogDamagedError';
  }
}

/** What an attempt wrote could not be read back as it was written: the run fails, a new attempt may work. `key` names the object. */
export class AttemptDamagedError extends Error {
  readonly retryable = true;

  constructor(readonly key: string, problem: string, options?: { cause?: unknown }) {
    super(`${key}: ${problem}`, options);
    this.name = 'AttemptDamagedError';
  }
}
