import { writeFileSync } from 'node:fs';
import { DISTRICT, SOURCE } from './lastgood-client.js';

/** What one district of `lastgood.yaml` says, besides the fixed rest. */
export interface DistrictFileOptions {
  /** The district of the scenario when absent. */
  id?: string;
  name?: string;
  upstream: string;
  /** Further sources beside the first, by id, with the address of each one's upstream. */
  beside?: Readonly<Record<string, string>>;
  /** More settings of the source, as YAML flow entries. */
  source?: string;
  /** Its limits as YAML flow entries, instead of short delays and small pages. */
  limits?: string;
  /** A cron of five fields; no schedule when absent. */
  cron?: string;
}

/** Writes the configuration of districts, with short delays. */
export function writeDistrictFile(path: string, ...districts: readonly DistrictFileOptions[]): void {
  writeFileSync(path, `
version: 1
districts:${districts.map(districtOf).join('')}`);
}

function districtOf({ id = DISTRICT, name = 'Lakeside Unified', upstream, beside = {}, source, cron, limits = 'pageSize: 500, retryDelayMs: 20, callTimeoutMs: 3000, requestsPerSecond: 1000' }: DistrictFileOptions): string {
  const sourceOf = (sourceId: string, url: string, more: string): string => `
      - { id: ${sourceId}, kind: oneroster-1.1, baseUrl: '${url}/ims/oneroster/v1p1', auth: { kind: bearer, token: '\${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, schedule: ${cron === undefined ? "'off'" : `{ cron: '${cron}' }`}, limits: { ${limits} }${more} }`;
  return `
  - id: ${id}
    name: ${name}
    timeZone: America/Chicago
    sources:${sourceOf(SOURCE, upstream, source ? `, ${source}` : '')}${Object.entries(beside).map(([sourceId, url]) => sourceOf(sourceId, url, '')).join('')}
`;
}
