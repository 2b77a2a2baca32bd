import { createHash } from 'node:crypto';
import { LogOracle, type RawRecord } from './log-oracle.js';
import type { Bucket } from './sim-object-store.js';
import type { Situations } from './world.js';

/** What was violated: an invariant of the protocol, or `error` for an exception that no caller should see. */
export interface Violation {
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12' | 'approval' | 'hold' | 'manifest' | 'error';
  message: string;
}

type Outcome = 'published' | 'held' | 'failed' | 'cancelled';

/**
 * Judges the raw history of the bucket: every change as it is applied, every report, every answer to a reader. Uses nothing of the library: the
 * formats are read anew here.
 */
export class Judge {
  readonly violations: Violation[] = [];
  readonly log = new LogOracle((invariant, message) => this.violate(invariant, message));
  readonly #everWritten = new Map<string, string>();
  readonly #reportedBad = new Map<string, Outcome>();
  readonly #sent = new Map<string, RawRecord[]>();
  situations: Situations | null = null;

  violate(invariant: Violation['invariant'], message: string): void {
    this.violations.push({ invariant, message });
  }

  unexpected(error: unknown, process: string): void {
    this.violate('error', `${process}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  }

  /** Called for every write that took place. */
  written(bucket: Bucket, key: string, bytes: Buffer, before: Buffer | null): void {
    const hash = hashOf(bytes);
    const earlier = this.#everWritten.get(key);
    if ((before !== null && !before.equals(bytes)) || (earlier !== undefined && earlier !== hash)) this.violate('I1', `the bytes of ${key} changed`);
    this.#everWritten.set(key, hash);
    if (!key.startsWith('log/')) return;
    const record = this.log.append(key, bytes, hash);
    if (record === null) return;
    if (record.kind === 'publish' || record.kind === 'quarantine') {
      this.#checkComplete(bucket, record);
      const told = this.#reportedBad.get(record.run);
      if (told) this.violate('I6', `run ${record.run} was reported ${told} and then has a ${record.kind} record`);
    }
  }

  /** Called when a writer asks for a manifest to be written: what it names must be there. Of an attempt that was fenced off the collector may have taken it. */
  askedForManifest(bucket: Bucket, key: string, manifest: Buffer): void {
    const { epoch } = JSON.parse(manifest.toString('utf8')) as { epoch: number };
    if (epoch < this.log.newestEpoch) return;
    for (const file of badFiles(bucket, key.slice(0, -'manifest.json'.length), manifest)) this.violate('manifest', `${key} is to be written, but ${file} is missing or other than it says`);
  }

  /** Called for every object that went. */
  deleted(key: string): void {
    if (key.startsWith('log/')) return this.violate('I1', `${key} was deleted`);
    const live = this.log.liveFolder(key);
    if (live !== null) this.violate('I10', `${key} was deleted before an expire record names ${live}`);
  }

  /** Called for every create of a record that reached the bucket, also those that lost. */
  sent(key: string, bytes: Buffer, there: Buffer | null): void {
    const lost = there !== null && !there.equals(bytes);
    if (lost && this.situations) this.situations.slotLost += 1;
    const record = JSON.parse(bytes.toString('utf8')) as RawRecord;
    const rivals = this.#sent.get(key) ?? [];
    const races = rivals.some((rival) => rival.snapshot === record.snapshot
      && ((rival.kind === 'expire' && record.kind === 'rollback') || (rival.kind === 'rollback' && record.kind === 'expire')));
    if (lost && races && this.situations) this.situations.expireAgainstRollback += 1;
    this.#sent.set(key, [...rivals, record]);
  }

  /** Called when a client is told how a run ended. */
  reported(run: string, outcome: Outcome): void {
    const end = this.log.ends.get(run);
    if (outcome === 'published' && end !== 'publish') this.violate('I6', `run ${run} was reported published without a record`);
    if (outcome === 'held' && end !== 'quarantine') this.violate('I6', `run ${run} was reported held without a record`);
    if (outcome === 'published' || outcome === 'held') return;
    this.#reportedBad.set(run, outcome);
    if (end === 'publish' || end === 'quarantine') this.violate('I6', `run ${run} was reported ${outcome}, but has a ${end} record`);
  }

  /** Called with what a reader believes after a poll: `before` is the head it had told its clients last. */
  observed(reader: string, before: number, head: number, current: string | null): void {
    if (head < before) this.violate('I8', `${reader} saw ${before} and then ${head}`);
    if (current !== (this.log.currentAt[head] ?? null)) {
      this.violate('I7', `${reader} answers from ${current ?? 'nothing'} at log number ${head}, the log says ${this.log.currentAt[head] ?? 'nothing'}`);
    }
  }

  /** Called with the bytes of every file of one answer; null for a file that was gone. */
  answered(reader: string, snapshot: string, files: (Buffer | null)[]): void {
    for (const bytes of files) {
      if (bytes === null) {
        if (!this.log.expired.has(snapshot)) this.violate('I2', `${reader} missed a file of ${snapshot}, which has not expired`);
      } else if (!bytes.includes(snapshot)) {
        this.violate('I9', `${reader} got bytes of another attempt than ${snapshot}`);
      }
    }
  }

  #checkComplete(bucket: Bucket, record: RawRecord): void {
    const at = (file: string): Buffer | undefined => bucket.objects.get(record.folder + file)?.bytes;
    const manifest = at('manifest.json');
    if (manifest === undefined || hashOf(manifest) !== record.manifest?.sha256) {
      return this.violate('I2', `${record.snapshot} was committed without its manifest`);
    }
    for (const file of badFiles(bucket, record.folder, manifest)) this.violate('I2', `${record.snapshot} was committed, but ${file} is missing or other than its manifest says`);
  }
}

/** Keys of the files that a manifest names and that are not there as it says. */
function badFiles(bucket: Bucket, folder: string, manifest: Buffer): string[] {
  const { files } = JSON.parse(manifest.toString('utf8')) as { files: { key: string; storedSha256: string; storedSize: number }[] };
  return files.filter(({ key, storedSize, storedSha256 }) => {
    const bytes = bucket.objects.get(folder + key)?.bytes;
    return bytes?.length !== storedSize || hashOf(bytes) !== storedSha256;
  }).map(({ key }) => key);
}

function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
