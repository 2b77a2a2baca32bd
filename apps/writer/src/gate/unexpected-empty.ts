import type { Collection, RunFailure } from '@lastgood/contracts';
import type { Profile } from './profile.js';

/** What is looked at for emptiness. */
export interface EmptyCheck {
  now: Profile;
  /** Of the snapshot that readers get. */
  last: Profile;
  /** Collections that the upstream served; one that is not asked for any more is not empty. */
  fetched: readonly Collection[];
  /** `walk.mayBeEmpty` of the source. */
  mayBeEmpty: readonly Collection[];
}

/** The failure of a run that got zero rows of a collection that had some, where the source does not allow it; null when there is none. */
export function unexpectedEmpty({ now, last, fetched, mayBeEmpty }: EmptyCheck): RunFailure | null {
  for (const collection of fetched) {
    const before = last.collections[collection] ?? 0;
    if (before === 0 || (now.collections[collection] ?? 0) > 0 || mayBeEmpty.includes(collection)) continue;
    return {
      code: 'unexpected_empty', severity: 'error', collection, offset: null, httpStatus: null, count: 1, retryable: true,
      message: `The upstream served no ${collection}; the last good snapshot has ${before}. Look at the upstream; if there are none indeed, list ${collection} in walk.mayBeEmpty of the source.`,
    };
  }
  return null;
}
