import type { SnapshotDetail } from '@lastgood/contracts';
import { findingLine } from './run-line.js';

/** One snapshot, line by line, as somebody who decides about it needs it: state, counts, what was found, and the log head that the decision must name. */
export function snapshotWords(snapshot: SnapshotDetail, district: string): string[] {
  const { snapshot_id: id, findings, missing, counts, log_head: head } = snapshot;
  const held = snapshot.state === 'held';
  return [
    `${id} of ${district}/${snapshot.source}: ${snapshot.state}, ${snapshot.status}, ${snapshot.created_at}, ${(snapshot.size_bytes / 1e6).toFixed(1)} MB`,
    `  counts: ${Object.entries(counts).map(([name, count]) => `${name} ${count.toLocaleString('en')}`).join(', ') || 'none'}`,
    ...(missing.length === 0 ? [] : [`  missing: ${missing.join(', ')}`]),
    findings.length === 0 ? '  findings: none' : '  findings:',
    ...findings.map((finding) => `    ${finding.severity}: ${findingLine(finding)}${finding.count === 1 ? '' : ` (${finding.count} times)`}`),
    `  log head: ${head}`,
    ...(held ? ['approve', 'reject'].map((verb) => `  to ${verb} it: lastgood ${verb} ${district} ${id} --previewed ${head}`) : []),
  ];
}
