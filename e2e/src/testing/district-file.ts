import { writeFileSync } from 'node:fs';
import { DISTRICT, SOURCE } from './lastgood-client.js';

/** What one district's `lastgood.yaml` of the scenario says, besides the fixed rest. */
export interface DistrictFileOptions {
  upstream: string;
  /** More settings of the source, as YAML flow entries. */
  source?: string;
  /** A cron of five fields; no schedule when absent. */
  cron?: string;
}

/** Writes the configuration of one district with one source that has short delays. */
export function writeDistrictFile(path: string, { upstream, source, cron }: DistrictFileOptions): void {
  writeFileSync(path, `
version: 1
districts:
  - id: ${DISTRICT}
    name: Lakeside Unified
    timeZone: America/Chicago
    sources:
      - { id: ${SOURCE}, kind: oneroster-1.1, baseUrl: '${upstream}/ims/oneroster/v1p1', auth: { kind: bearer, token: '\${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, schedule: ${cron === undefined ? "'off'" : `{ cron: '${cron}' }`}, limits: { pageSize: 500, retryDelayMs: 20, callTimeoutMs: 3000, requestsPerSecond: 1000 }${source ? `, ${source}` : ''} }
`);
}
