import { createHash } from 'node:crypto';
import { pipeline, Transform, type Readable, type TransformCallback } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import type { ManifestFile } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import type { SnapshotEntry } from '@lastgood/snapshot-log';
import { snapshotDamaged } from './read-errors.js';

/** Lets bytes through, but keeps the last chunk back until size and hash of everything are known to be right. */
class VerifyingStream extends Transform {
  readonly #hash = createHash('sha256');
  #size = 0;
  #kept: Buffer | null = null;

  constructor(private readonly file: Pick<ManifestFile, 'size' | 'sha256'>, private readonly damaged: () => Error) {
    super();
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#size += chunk.length;
    if (this.#size > this.file.size) return done(this.damaged());
    this.#hash.update(chunk);
    const before = this.#kept;
    this.#kept = chunk;
    if (before === null) done();
    else done(null, before);
  }

  override _flush(done: TransformCallback): void {
    if (this.#size !== this.file.size || this.#hash.digest('hex') !== this.file.sha256) return done(this.damaged());
    if (this.#kept === null) done();
    else done(null, this.#kept);
  }
}

/**
 * The uncompressed bytes of one file of a snapshot, as the manifest describes them. The stream fails with `snapshot_damaged` before its last
 * chunk when they are not, so that no reader can take damaged bytes for the whole. A missing object is `snapshot_damaged` at once.
 */
export async function verifiedContent(store: ObjectStore, entry: Pick<SnapshotEntry, 'snapshot' | 'folder'>, file: ManifestFile): Promise<Readable> {
  const damaged = (cause?: unknown): Error => snapshotDamaged(entry.snapshot, `The file ${file.name}`, cause);
  let stored: Readable;
  try {
    stored = await store.stream(entry.folder + file.key);
  } catch (error) {
    if (error instanceof ObjectStoreError && error.kind === 'not-found') throw damaged(error);
    throw error;
  }
  const verifying = new VerifyingStream(file, damaged);
  const finished = (error: Error | null | undefined): void => {
    if (error && !verifying.destroyed) verifying.destroy(error);
  };
  if (file.encoding === 'identity') return pipeline(stored, verifying, finished);
  const unpacking = createZstdDecompress({ chunkSize: 256 * 1024 });
  unpacking.on('error', (error) => verifying.destroy(damaged(error)));
  return pipeline(stored, unpacking, verifying, finished);
}
