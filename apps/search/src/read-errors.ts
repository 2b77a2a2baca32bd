import { REPLICA_BEHIND, ServiceError, type SourceProblem } from '@lastgood/contracts';
import { ObjectStoreError } from '@lastgood/object-store';
import { LogDamagedError } from '@lastgood/snapshot-log';

const RETRY_AFTER_MS = 2000;
/** A stored object of a snapshot is not what its log says: nobody can answer from it. */
export function snapshotDamaged(snapshot: string, what: string, cause?: unknown): ServiceError {
  return new ServiceError('unavailable', 'snapshot_damaged', `${what} of this snapshot is damaged or missing in the bucket. Roll back to another snapshot or start a refresh; \`lastgood verify\` names every damaged object.`, { retryable: false, snapshot, cause });
}

/** The snapshot is from before its index told roles apart. */
export function noRoles(snapshot: string): ServiceError {
  return new ServiceError('unavailable', 'no_roles_in_snapshot', 'This snapshot was made before searches could be filtered by role. Leave the filter out, or start a refresh.', { retryable: false, snapshot });
}

export function snapshotExpired(snapshot: string): ServiceError {
  return new ServiceError('gone', 'snapshot_expired', 'This snapshot has expired. Ask again without the cursor to read the current one.', { retryable: false, snapshot });
}

/** The client has seen something newer than this replica can answer from yet: another one may be further, and an older answer is never given. */
export function replicaBehind(): ServiceError {
  return new ServiceError('unavailable', REPLICA_BEHIND, 'The read side has not caught up with the newest snapshot that this client has seen; try again.', { retryable: true, retryAfterMs: RETRY_AFTER_MS });
}

/** Errors of the store and the log as clients get them; anything else stays what it is. */
export function readError(error: unknown): unknown {
  if (error instanceof LogDamagedError) {
    return new ServiceError('unavailable', 'log_damaged', 'A record in the log of this source is damaged. Run `lastgood verify` and restore the object it names from a backup of the bucket.', { retryable: false, cause: error });
  }
  if (error instanceof ObjectStoreError) {
    return new ServiceError(error.kind === 'timeout' ? 'timeout' : 'unavailable', 'store_unavailable', 'The object store does not answer as it should; try again.', { retryable: true, retryAfterMs: RETRY_AFTER_MS, cause: error });
  }
  return error;
}

/** A problem as answers of several sources carry it. */
export function problemOf({ code, message }: ServiceError): SourceProblem {
  return { code, detail: message };
}
