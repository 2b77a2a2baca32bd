/**
 * What is wrong with one object. `damage`: bytes or objects are not what the log says. `leftover`: harmless, a collection or a running writer
 * accounts for it.
 */
export interface Damage {
  key: string;
  severity: 'damage' | 'leftover';
  /** Stable, snake_case. */
  code:
    | 'record_damaged' | 'record_missing' | 'record_out_of_place' | 'chain_broken' | 'log_tail_missing' | 'record_against_the_rules'
    | 'manifest_missing' | 'manifest_damaged' | 'manifest_out_of_place' | 'file_missing' | 'file_damaged' | 'rows_differ'
    | 'unexpected_object' | 'unnamed_attempt' | 'folder_without_log';
  /** What is wrong. */
  message: string;
  /** What to do about it. */
  todo: string;
}

export const RESTORE = 'Restore this object from a backup of the bucket, byte for byte.';
export const REFRESH = 'Readers are served from other objects or from copies they hold: restore this object from a backup, or refresh the source and let this snapshot expire.';
export const LEAVE = 'Nothing: the writer deletes it once it can no longer be published.';
export const LOOK = 'Lastgood did not write it here: look who did, and delete it.';
export const KEEP = 'Keep it: a record that is lost or damaged may have named it. Restore the log first, then verify again.';
