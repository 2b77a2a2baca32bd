import { StatusFile, snapshotIdOf, type Finding, type ManifestFile, type RecordSummary, type SourceConfig } from '@lastgood/contracts';
import { weakerWalkSettings } from '@lastgood/sources';
import type { Built } from '../build/build-session.js';
import type { Verdict } from '../gate/judge.js';
import { statsOf } from '../runs/run-row.js';
import type { RunsTable } from '../tables.js';
import type { Versions } from './versions.js';

const MAX_FINDINGS = 100;
const MAX_SUMMARY_FINDINGS = 20;

/** Everything status.json and the log's summary are made of. */
export interface AttemptFacts {
  row: RunsTable & { epoch: number };
  source: SourceConfig;
  built: Built;
  verdict: Verdict;
  files: readonly ManifestFile[];
  versions: Versions;
  /** When the attempt was finished. */
  now: string;
}

/** `status.json` of a finished attempt. */
export function statusFile(facts: AttemptFacts): StatusFile {
  const { row, source, built, now } = facts;
  const stats = statsOf(row);
  return StatusFile.parse({
    version: 1,
    district_id: row.district,
    snapshot_id: snapshotIdOf({ run: row.id, epoch: row.epoch }),
    snapshot_date: row.date,
    source_type: source.kind,
    source_id: source.id,
    status: statusOf(facts),
    created_at: now,
    started_at: row.requested_at,
    completed_at: now,
    fetched_by_session: row.id,
    schema_version: facts.versions.schema,
    calculation_version: facts.versions.calculation,
    files: Object.fromEntries(facts.files.map(({ name, rows, size, sha256 }) => [name, { rows, size_bytes: size, sha256 }])),
    fetch_stats: {
      total_api_calls: stats.calls, total_records: stats.records, duration_seconds: stats.durationMs / 1000, retries: stats.retries, errors: [],
    },
    counts: countsOf(built),
    findings: findingsOf(facts),
    missing: missingOf(built),
    weaker_settings: weakerSettings(source),
  });
}

/** What the log keeps of the attempt, so that lists need no further read. */
export function summaryOf(facts: AttemptFacts): RecordSummary {
  const findings = findingsOf(facts);
  return {
    status: statusOf(facts), schemaVersion: facts.versions.schema, calculationVersion: facts.versions.calculation, sourceType: facts.source.kind,
    createdAt: facts.now, startedAt: facts.row.requested_at, completedAt: facts.now,
    sizeBytes: facts.files.reduce((sum, { size }) => sum + size, 0),
    errorCount: 0, warningCount: warningsOf(facts), errors: [],
    findings: findings.slice(0, MAX_SUMMARY_FINDINGS), counts: countsOf(facts.built), missing: missingOf(facts.built),
  };
}

/** How often something was odd. */
export function warningsOf(facts: Pick<AttemptFacts, 'built' | 'verdict'>): number {
  return findingsOf(facts).reduce((sum, { count }) => sum + count, 0);
}

function statusOf({ verdict }: AttemptFacts): 'complete' | 'partial' | 'quarantined' {
  return verdict.verdict === 'quarantine' ? 'quarantined' : verdict.completeness;
}

/** The gate's reasons first. */
function findingsOf({ built, verdict }: Pick<AttemptFacts, 'built' | 'verdict'>): Finding[] {
  return [...verdict.findings, ...missingFindings(built), ...built.findings].slice(0, MAX_FINDINGS);
}

function missingFindings({ pageLists }: Built): Finding[] {
  return pageLists.flatMap(({ collection, missing }) => (missing === null ? [] : [{
    code: 'collection_refused', severity: 'warning' as const, message: missing.message, collection, offset: null, httpStatus: null, count: 1,
  }]));
}

function missingOf({ pageLists }: Built): string[] {
  return pageLists.filter(({ missing }) => missing !== null).map(({ collection }) => collection);
}

function countsOf({ profile, ingested, index, pageLists }: Built): Record<string, number> {
  return {
    ...profile.datasets,
    users: profile.collections.users ?? 0,
    guardian_links: ingested.links.links,
    unresolved_guardian_links: ingested.links.unresolved,
    wrong_kind_guardian_links: ingested.links.wrongKind,
    unresolved_enrollments: index.counts.unresolvedEnrollments,
    duplicates_dropped: ingested.duplicates + pageLists.reduce((sum, { duplicates }) => sum + duplicates, 0),
  };
}

/** Settings of the source that weaken what a snapshot proves, by name. */
export function weakerSettings(source: SourceConfig): string[] {
  return [...weakerWalkSettings(source.walk), ...(source.validation === 'lenient' ? ['validation=lenient'] : [])].slice(0, 16);
}
