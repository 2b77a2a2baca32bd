import { writeFileSync } from 'node:fs';
import { DISTRICT, SOURCE } from './lastgood-client.js';

/** What one district of `lastgood.yaml` says, besides the fixed rest. */
export interface DistrictFileOptions {
  /** The district of the scenario when absent. */
  id?: string;
  upstream: string;
  /** More settings of the source, as YAML flow entries. */
  source?: string;
  /** Its limits as YAML flow entries, instead of short delays and small pages. */
  limits?: string;
  /** A cron of five fields; no schedule when absent. */
  cron?: string;
}

/** Writes the configuration of districts that have one source each, with short delays. */
export function writeDistrictFile(path: string, ...districts: readonly DistrictFileOptions[]): void {
  writeFileSync(path, `
version: 1
districts:${districts.map(districtOf).join('')}`);
}

function districtOf({ id = DISTRICT, upstream, source, cron, limits = 'pageSize: 500, retryDelayMs: 20, callTimeoutMs: 3000, requestsPerSecond: 1000' }: DistrictFileOptions): string {
  return `
  - id: ${id}
    name: Lakeside Unified
    timeZone: America/Chicago
    sources:
      - { id: ${SOURCE}, kind: oneroster-1.1, baseUrl: '${upstream}/ims/oneroster/v1p1', auth: { kind: bearer, token: '\${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, schedule: ${cron === undefined ? "'off'" : `{ cron: '${cron}' }`}, limits: { ${limits} }${source ? `, ${source}` : ''} }
`;
}
