import type { Finding, Run } from '@lastgood/contracts';

/** A run in one line. */
export function runLine(run: Run): string {
  const parts = [run.id, `${run.district}/${run.source}`, run.phase, `${run.progress.records} records`];
  if (run.durationSeconds !== null) parts.push(`${run.durationSeconds.toFixed(1)} s`);
  if (run.snapshot !== null) parts.push(`snapshot ${run.snapshot}`);
  if (run.failure) parts.push(findingLine(run.failure));
  return parts.join('  ');
}

/** What was found, and where. */
export function findingLine(finding: Finding): string {
  return `${placed(finding)}: ${finding.message}`;
}

/** The code of what was found with the collection, the page by its offset in rows, and the status the upstream answered with, as far as they are known. */
export function placed({ code, collection, offset, httpStatus }: Finding): string {
  const where = [
    ...(collection === null ? [] : [`collection ${collection}`]),
    ...(offset === null ? [] : [`page at offset ${offset}`]),
    ...(httpStatus === null ? [] : [`HTTP ${httpStatus}`]),
  ];
  return where.length === 0 ? code : `${code} (${where.join(', ')})`;
}
