import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { constants, createZstdCompress } from 'node:zlib';
import { MANIFEST_VERSION, Manifest, ManifestFile, type ManifestReference, snapshotIdOf } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { type LogPlace, attemptFolder } from './keys.js';
import { AttemptDamagedError } from './log-error.js';
import { type Measured, MeasuringStream, measure, sameBytes } from './measure.js';
import { sha256 } from './record-bytes.js';
import { type AttemptRules, shippedRules } from './rules.js';
import type { LogClock } from './snapshot-log.js';

const MAX_TRIES = 4;
const FIRST_PAUSE_MS = 200;
const ZSTD_LEVEL = 3;
const STATUS_NAME = 'status.json';
const MANIFEST_NAME = 'manifest.json';

/** A file to be stored: `open` gives its uncompressed bytes from the start, each time it is called. */
export interface PartSource {
  /** Logical name: `students.csv`. */
  name: string;
  encoding: 'identity' | 'zstd';
  rows: number | null;
  notes?: string[];
  open(): Readable;
}

/** What a finished attempt is committed with. */
export interface FinishedAttempt {
  manifest: ManifestReference;
  files: readonly ManifestFile[];
  /** Sum of the uncompressed sizes, bytes. */
  sizeBytes: number;
}

/** Which attempt: `epoch` is the number of the run's begin, `date` the one its begin fixed. */
export type AttemptIdentity = LogPlace & { date: string; run: string; epoch: number };

/**
 * Writes one attempt: parts, then status.json, then manifest.json; everything is read back and compared before the next step. Tries again while
 * the store cannot say what it did. Throws ObjectStoreError, or AttemptDamagedError when bytes come back changed: then the run fails. Memory does not
 * grow with the size of the parts.
 */
export class AttemptWriter {
  readonly snapshot: string;
  /** `snapshots/{district}/{date}/{source}/{snapshot}/` */
  readonly folder: string;
  readonly #files = new Map<string, ManifestFile>();
  #finished = false;

  constructor(
    private readonly store: ObjectStore,
    readonly identity: AttemptIdentity,
    private readonly clock: LogClock,
    private readonly rules: AttemptRules = shippedRules,
  ) {
    this.snapshot = snapshotIdOf(identity);
    this.folder = attemptFolder(identity);
  }

  /** The parts stored so far, in order. */
  get files(): readonly ManifestFile[] {
    return [...this.#files.values()];
  }

  /** Compresses, hashes, stores and reads back one part. */
  async addPart(part: PartSource): Promise<ManifestFile> {
    const key = part.encoding === 'zstd' ? `${part.name}.zst` : part.name;
    return this.#trying(key, async () => {
      const { content, stored } = await this.#store(key, () => flow(part.open(), part.encoding === 'zstd'));
      return this.#check({
        name: part.name, key, encoding: part.encoding, rows: part.rows, ...content.measured,
        storedSize: stored.measured.size, storedSha256: stored.measured.sha256, ...(part.notes && { notes: part.notes }),
      });
    });
  }

  /** Stores and reads back one part whose bytes were compressed and measured elsewhere; `open` gives the bytes as they are to be stored. */
  async addStored(file: ManifestFile, open: () => Readable): Promise<ManifestFile> {
    return this.#trying(file.key, async () => {
      const { stored } = await this.#store(file.key, () => flow(open(), false));
      if (!sameBytes(stored.measured, storedOf(file))) throw this.#damaged(file.key, 'the bytes handed in are not those that were measured');
      return this.#check(file);
    });
  }

  /**
   * Writes status.json and, after it was read back, manifest.json; once. What it returns is what publish or quarantine commits. `onStatusWritten` is
   * called between the two.
   */
  async finish(status: object, about: { createdAt: string; schemaVersion: string; calculationVersion: string; onStatusWritten?: () => void }): Promise<FinishedAttempt> {
    if (this.#finished) throw new Error('An attempt is finished once.');
    this.#finished = true;
    const statusBytes = Buffer.from(`${JSON.stringify(status, null, 2)}\n`);
    const statusAs = { size: statusBytes.length, sha256: sha256(statusBytes) };
    const parts = this.files;
    const files = [...parts, {
      name: STATUS_NAME, key: STATUS_NAME, encoding: 'identity' as const, rows: null, ...statusAs,
      storedSize: statusAs.size, storedSha256: statusAs.sha256,
    }];
    const { district, source, run, epoch, date } = this.identity;
    const manifest = Manifest.parse({
      version: MANIFEST_VERSION, district, source, run, epoch, snapshot: this.snapshot, date,
      createdAt: about.createdAt, schemaVersion: about.schemaVersion, calculationVersion: about.calculationVersion, files,
    });
    const manifestBytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
    const writeStatus = async (): Promise<void> => {
      await this.#create(STATUS_NAME, statusBytes);
      about.onStatusWritten?.();
    };
    for (const write of this.rules.lastFiles(writeStatus, () => this.#create(MANIFEST_NAME, manifestBytes))) await write();
    return {
      manifest: { size: manifestBytes.length, sha256: sha256(manifestBytes) },
      files: manifest.files,
      sizeBytes: parts.reduce((sum, file) => sum + file.size, 0),
    };
  }

  async #store(key: string, open: () => Flow): Promise<Flow> {
    const first = open();
    try {
      if (await this.store.write(this.folder + key, first.stored) === 'created') {
        await first.done;
        return first;
      }
    } finally {
      first.stored.destroy();
      await first.done.catch(() => undefined);
    }
    // An earlier try of ours landed after all: measure what it should be, #check compares.
    const again = open();
    again.stored.resume();
    await again.done;
    return again;
  }

  async #check(file: ManifestFile): Promise<ManifestFile> {
    const checked = ManifestFile.parse(file);
    const back = await measure(await this.store.stream(this.folder + file.key));
    if (!this.rules.isAsWritten(back, storedOf(checked))) throw this.#damaged(file.key, 'it was read back with other bytes than were written');
    this.#files.set(checked.key, checked);
    return checked;
  }

  async #create(key: string, bytes: Buffer): Promise<void> {
    await this.#trying(key, async () => {
      await this.store.create(this.folder + key, bytes);
      const back = await this.store.read(this.folder + key);
      if (!back.equals(bytes)) throw this.#damaged(key, 'it was read back with other bytes than were written');
    });
  }

  /** One retry layer: an attempt's keys are its own, so that writing the same bytes again is always safe. */
  async #trying<T>(key: string, step: () => Promise<T>): Promise<T> {
    if (this.#files.has(key)) throw new Error(`${key} was added before.`);
    for (let tries = 1; ; tries += 1) {
      try {
        return await step();
      } catch (error) {
        const again = error instanceof ObjectStoreError && (error.retryable || error.outcomeUnknown);
        if (!again || tries >= MAX_TRIES) throw error;
        await this.clock.sleep(FIRST_PAUSE_MS * 2 ** (tries - 1));
      }
    }
  }

  #damaged(key: string, problem: string): AttemptDamagedError {
    return new AttemptDamagedError(this.folder + key, problem);
  }
}

/** A source on its way to the store, measured before and after compression. */
interface Flow {
  content: MeasuringStream;
  stored: MeasuringStream;
  done: Promise<void>;
}

function flow(source: Readable, compress: boolean): Flow {
  const stored = new MeasuringStream();
  const content = compress ? new MeasuringStream() : stored;
  const done = compress
    ? pipeline(source, content, createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } }), stored)
    : pipeline(source, stored);
  done.catch(() => undefined);
  return { content, stored, done };
}

function storedOf(file: ManifestFile): Measured {
  return { size: file.storedSize, sha256: file.storedSha256 };
}
