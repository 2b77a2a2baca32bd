import { isExpired } from '../conditions.js';
import { shippedRules, type Rules } from '../rules.js';
import { SimObjectStore } from './sim-object-store.js';

/** The shipped rules with one of them weakened, by name: the judge must notice every one. */
export const mutants: Readonly<Record<string, Rules>> = {
  'no fence at publish': { ...shippedRules, isFenced: () => false },
  'no new evaluation after a lost slot': {
    ...shippedRules,
    evaluate: (condition, state, lostSlots) => (lostSlots > 0 ? null : condition(state)),
  },
  'failed without a record': { ...shippedRules, needsRecord: (kind) => kind !== 'abort' },
  'age instead of epoch': { ...shippedRules, isOrphan: (_attempt, _state, old) => old },
  'own epoch collected too': { ...shippedRules, isOrphan: (attempt, state, old) => old && attempt.epoch <= (state.newestBegin?.number ?? 0) },
  'expire without a record': {
    ...shippedRules,
    needsRecord: (kind) => kind !== 'expire',
    mayDelete: (entry, state) => entry.snapshot !== state.current?.snapshot || isExpired(entry),
  },
  'log records deleted': {
    ...shippedRules,
    deletableRecords: (state) => [...state.snapshots.values()].filter(isExpired).map((entry) => entry.number),
  },
  'no scan for the run': { ...shippedRules, endOfRun: () => null },
  'next number after 412': { ...shippedRules, afterTaken: () => 'next' },
  'cleanup after unknown': { ...shippedRules, mayDiscard: (result) => result.outcome === 'unknown' || shippedRules.mayDiscard(result) },
  'unknown reported as failed': { ...shippedRules, reportUnknown: () => 'failed' },
  'plain PUT': {
    ...shippedRules,
    commit: (store, key, bytes) => (store instanceof SimObjectStore ? store.overwrite(key, bytes) : store.create(key, bytes)),
  },
  'stale preview approved': { ...shippedRules, changedSince: () => null },
  'published while a rollback holds': { ...shippedRules, isOnHold: () => false },
  'current expired': { ...shippedRules, isCurrent: () => false },
  'superseded approved': { ...shippedRules, isHeld: ({ state }) => state === 'held' || state === 'superseded' },
  'parts not read back': { ...shippedRules, isAsWritten: () => true },
  'manifest before the files it names': { ...shippedRules, lastFiles: (status, manifest) => [manifest, status] },
  'quarantine kept outside the log': { ...shippedRules, needsRecord: (kind) => kind !== 'quarantine' },
};
