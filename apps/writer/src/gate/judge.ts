import type { Collection, Finding, GateThresholds } from '@lastgood/contracts';
import { COLLECTION_OF, Dataset } from '@lastgood/contracts';
import type { Profile } from './profile.js';

/** A property that at least this share of the records had counts as a column that can vanish. */
const COLUMN_SHARE = 0.1;
/** In smaller schools a single family that moves would be half. */
const WATCHED_SCHOOL = 5;
const MAX_SCHOOL_FINDINGS = 20;

/** What the gate looks at. */
export interface GateInput {
  now: Profile;
  /** Of the snapshot that readers get; null before the first, and when it cannot be read. */
  last: Profile | null;
  /** Key of the object of the snapshot that readers get which is damaged or gone: then nothing can be compared. */
  damaged?: string | undefined;
  thresholds: GateThresholds;
  /** Collections the upstream refused, and whether the source lets a snapshot without them be current. */
  missing: readonly { collection: Collection; optional: boolean }[];
  /** Collections that the source allows to be empty: that one lost all its rows is no suspicion. */
  mayBeEmpty?: readonly Collection[];
  /** A rollback holds new snapshots. */
  onHold: boolean;
}

/** What the gate decides: `publish`, or `quarantine` for the reasons given. */
export interface Verdict {
  verdict: 'publish' | 'quarantine';
  /** `partial` when a collection is missing. */
  completeness: 'complete' | 'partial';
  findings: Finding[];
}

/** Compares a complete build with the last good snapshot. Pure; what it is not told does not count. */
export function judge(input: GateInput): Verdict {
  const findings = [...missingCollections(input), ...(input.last === null ? [] : suspicions(input, input.last))];
  if (input.damaged !== undefined) findings.push(lastGoodDamaged(input.damaged));
  if (input.onHold) findings.push(finding('rollback_hold', 'Readers were rolled back to an earlier snapshot: approve this one, or lift the hold by approving the current one.'));
  return { verdict: findings.length > 0 ? 'quarantine' : 'publish', completeness: input.missing.length > 0 ? 'partial' : 'complete', findings };
}

function missingCollections({ missing }: GateInput): Finding[] {
  return missing.filter(({ optional }) => !optional).map(({ collection }) => finding('collection_missing', `The upstream refused ${collection}, which this source does not declare optional.`, collection));
}

/** The key may be long: what to do comes first, so that it is never cut off. */
function lastGoodDamaged(key: string): Finding {
  return finding('last_good_damaged', `Nothing could be compared, because the snapshot that readers get is damaged. Approve this one if it looks right, or run \`lastgood verify\` and restore from a backup of the bucket: ${key}`);
}

/** Refused collections, and those that are empty and may be. */
function notCompared({ missing, mayBeEmpty = [], now }: GateInput): Set<Collection> {
  return new Set([...missing.map(({ collection }) => collection), ...mayBeEmpty.filter((collection) => (now.collections[collection] ?? 0) === 0)]);
}

function suspicions(input: GateInput, last: Profile): Finding[] {
  const gone = notCompared(input);
  const findings: Finding[] = [];
  for (const [collection, before] of entries(last.collections)) {
    if (!gone.has(collection)) findings.push(...changes(collection, collection, before, input.now.collections[collection] ?? 0, input.thresholds));
  }
  for (const [dataset, before] of entries(last.datasets)) {
    const collection = COLLECTION_OF[dataset];
    if (gone.has(collection) || !isPartOfCollection(dataset)) continue;
    findings.push(...changes(dataset, collection, before, input.now.datasets[dataset] ?? 0, input.thresholds));
  }
  return [...findings, ...(gone.has('users') ? [] : shrunkSchools(input, last)), ...vanishedColumns(input, last)];
}

/** Datasets that are only a part of their collection need watching of their own. */
function isPartOfCollection(dataset: Dataset): boolean {
  return COLLECTION_OF[dataset] === 'users';
}

function changes(name: string, collection: Collection, before: number, now: number, thresholds: GateThresholds): Finding[] {
  if (before >= thresholds.minimumRows && lost(before, now) >= thresholds.collectionLoss) {
    return [finding('collection_shrank', `${name} went from ${before} to ${now} rows; ${percent(thresholds.collectionLoss)} less is held.`, collection)];
  }
  if (Math.max(before, now) >= thresholds.minimumRows && before > 0 && now >= before * thresholds.collectionGrowth) {
    return [finding('collection_grew', `${name} went from ${before} to ${now} rows; ${thresholds.collectionGrowth} times as many are held.`, collection)];
  }
  return [];
}

function shrunkSchools({ now, thresholds }: GateInput, last: Profile): Finding[] {
  const shrunk = Object.entries(last.schools).filter(([school, before]) => before >= Math.min(WATCHED_SCHOOL, thresholds.minimumRows) && lost(before, now.schools[school] ?? 0) >= thresholds.schoolLoss);
  const findings = shrunk.slice(0, MAX_SCHOOL_FINDINGS).map(([school, before]) =>
    finding('school_shrank', `The school ${school} went from ${before} to ${now.schools[school] ?? 0} students; ${percent(thresholds.schoolLoss)} less is held.`, 'users'));
  const more = shrunk.length - findings.length;
  return more > 0 ? [...findings, { ...finding('school_shrank', `${more} more schools lost as many of their students.`, 'users'), count: more }] : findings;
}

function vanishedColumns({ now, thresholds }: GateInput, last: Profile): Finding[] {
  const findings: Finding[] = [];
  for (const [dataset, columns] of entries(last.filled)) {
    const before = last.datasets[dataset] ?? 0;
    if (before < thresholds.minimumRows || (now.datasets[dataset] ?? 0) === 0) continue;
    for (const [column, filled] of Object.entries(columns)) {
      const vanished = filled >= Math.max(1, before * COLUMN_SHARE) && now.filled[dataset]?.[column] === 0;
      if (vanished) findings.push(finding('column_vanished', `${column} of ${dataset} was filled in ${filled} of ${before} rows and is empty now.`, COLLECTION_OF[dataset]));
    }
  }
  return findings;
}

function lost(before: number, now: number): number {
  return (before - now) / before;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function finding(code: string, message: string, collection: Collection | null = null): Finding {
  return { code, severity: 'warning', message: message.slice(0, 500), collection, offset: null, httpStatus: null, count: 1 };
}

function entries<K extends string, V>(record: Partial<Record<K, V>>): [K, V][] {
  return Object.entries(record) as [K, V][];
}
