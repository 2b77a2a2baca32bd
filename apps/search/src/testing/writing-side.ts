import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { NormalUser, RecordSummary } from '@lastgood/contracts';
import { IndexBuilder } from '@lastgood/index-file';
import type { ObjectStore } from '@lastgood/object-store';
import { SystemClock } from '@lastgood/service-runtime';
import { AttemptWriter, SnapshotLog } from '@lastgood/snapshot-log';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
export const newId = (): string => [...randomBytes(26)].map((byte) => ALPHABET[byte % 32]).join('');

/** A student or parent with only what a test is about. */
export function person(of: Partial<NormalUser> & { sourcedId: string }): NormalUser {
  return {
    status: 'active', dateLastModified: null, username: null, givenName: null, middleName: null, familyName: null, preferredName: null, email: null, phone: null, sms: null,
    identifier: null, userIds: [], roles: ['student'], grades: [], orgIds: [], agentIds: [], enabled: true, ...of,
  };
}

export interface NewSnapshot {
  people: readonly NormalUser[];
  /** The upstream record of a person; its sourcedId alone when absent. */
  record?: (person: NormalUser) => object;
  /** How its run ends; `none`: everything is written, and no record names it. */
  verdict?: 'publish' | 'quarantine' | 'none';
  status?: 'complete' | 'partial';
  date?: string;
  schemaVersion?: string;
  calculationVersion?: string;
  /** Written instead of the index: a file that is none. */
  indexBytes?: Buffer;
}

/** What the writer does, by the same libraries, for one district and source. */
export class WritingSide {
  readonly log: SnapshotLog;
  readonly #clock = new SystemClock();

  constructor(private readonly store: ObjectStore, readonly district: string, readonly source: string, private readonly folder: string) {
    this.log = new SnapshotLog(store, { district, source }, { clock: this.#clock, newId });
  }

  /** Writes a whole attempt and commits it; gives its snapshot id. */
  async snapshot(of: NewSnapshot): Promise<string> {
    const { date = '2026-11-01', verdict = 'publish' } = of;
    const run = newId();
    const begun = await this.log.begin({ run, date, actor: 'test' });
    if (begun.outcome !== 'appended') throw new Error('the run was not begun');
    const epoch = begun.record.number;
    const writer = new AttemptWriter(this.store, { district: this.district, source: this.source, date, run, epoch }, this.#clock);
    const rows = of.people.map(({ sourcedId, familyName }) => `${sourcedId},${familyName}\r\n`);
    await writer.addPart({ name: 'students.csv', encoding: 'zstd', rows: rows.length, open: () => Readable.from([Buffer.from(['sourcedId,familyName\r\n', ...rows].join(''))]) });
    await this.#addIndex(writer, of);
    const createdAt = new Date(this.#clock.now()).toISOString();
    const versions = { schemaVersion: of.schemaVersion ?? '1.0', calculationVersion: of.calculationVersion ?? '1.0' };
    const finished = await writer.finish({ version: 1 }, { createdAt, ...versions });
    if (verdict === 'none') return writer.snapshot;
    const end = { run, epoch, manifest: finished.manifest, summary: { ...summary(of), ...versions, createdAt, sizeBytes: finished.sizeBytes }, actor: 'test' };
    const result = verdict === 'publish' ? await this.log.publish(end) : await this.log.quarantine(end);
    if (result.outcome !== 'appended') throw new Error(`the attempt was not committed: ${result.outcome}`);
    return writer.snapshot;
  }

  /** Begins a run and ends it without a snapshot; gives the id that its attempt had. */
  async failedRun(outcome: 'failed' | 'cancelled' = 'failed'): Promise<string> {
    const run = newId();
    const begun = await this.log.begin({ run, date: '2026-11-01', actor: 'test' });
    if (begun.outcome !== 'appended') throw new Error('the run was not begun');
    await this.log.abort({ run, outcome, summary: { ...summary({ people: [] }), status: 'failed', errorCount: 1 }, actor: 'test' });
    return `${begun.record.number}-${run}`;
  }

  async #addIndex(writer: AttemptWriter, { people, indexBytes, record = ({ sourcedId }) => ({ sourcedId }) }: NewSnapshot): Promise<void> {
    const path = join(this.folder, `${newId()}.sqlite`);
    if (indexBytes === undefined) {
      const builder = new IndexBuilder(path);
      for (const each of people.toSorted((a, b) => Buffer.compare(Buffer.from(a.sourcedId), Buffer.from(b.sourcedId)))) {
        builder.addUser(each, each.roles.includes('student') ? ['students'] : ['parents'], JSON.stringify(record(each)));
      }
      builder.finish();
    }
    await writer.addPart({ name: 'index.sqlite', encoding: 'zstd', rows: null, open: () => (indexBytes === undefined ? createReadStream(path) : Readable.from([indexBytes])) });
    await rm(path, { force: true });
  }
}

function summary({ people, status = 'complete' }: NewSnapshot): RecordSummary {
  const at = '2026-11-01T03:00:00.000Z';
  return {
    status, schemaVersion: '1.0', calculationVersion: '1.0', sourceType: 'oneroster-1.1', createdAt: at, startedAt: at, completedAt: at,
    sizeBytes: 0, errorCount: 0, warningCount: 0, errors: [], findings: [], counts: { students: people.length }, missing: status === 'partial' ? ['demographics'] : [],
  };
}
