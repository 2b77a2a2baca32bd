import { zstdDecompressSync } from 'node:zlib';
import { Manifest } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { sha256OfBytes } from '../commit/sha256-of-bytes.js';
import { PROFILE_NAME, Profile } from './profile.js';

const MAX_PROFILE_BYTES = 64 * 1024 ** 2;
const MAX_MANIFEST_BYTES = 8 * 1024 ** 2;

/** An object of a snapshot in the log is gone, or its bytes are not those that were committed; `key` names it. */
export class SnapshotDamagedError extends Error {
  constructor(readonly key: string, options?: { cause?: unknown }) {
    super(`${key} is damaged or gone. Run \`lastgood verify\` and restore this object from a backup of the bucket.`, options);
    this.name = 'SnapshotDamagedError';
  }
}

/** The profile of a snapshot, checked against its manifest. Throws SnapshotDamagedError, or ObjectStoreError while the store cannot say. */
export async function readProfile(store: ObjectStore, snapshot: { folder: string; manifest: { sha256: string } }): Promise<Profile> {
  const manifestKey = `${snapshot.folder}manifest.json`;
  const manifestBytes = await readWhole(store, manifestKey, MAX_MANIFEST_BYTES, snapshot.manifest.sha256);
  const { files } = parsed(manifestKey, () => Manifest.parse(JSON.parse(manifestBytes.toString('utf8'))));
  const part = files.find(({ name }) => name === PROFILE_NAME);
  if (part === undefined) throw new SnapshotDamagedError(`${snapshot.folder}${PROFILE_NAME}`);
  const key = snapshot.folder + part.key;
  const stored = await readWhole(store, key, MAX_PROFILE_BYTES, part.storedSha256);
  return parsed(key, () => {
    const bytes = part.encoding === 'zstd' ? zstdDecompressSync(stored, { maxOutputLength: MAX_PROFILE_BYTES }) : stored;
    return Profile.parse(JSON.parse(bytes.toString('utf8')));
  });
}

/** Larger than any such object can be counts as damaged. */
async function readWhole(store: ObjectStore, key: string, maxBytes: number, sha256: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await store.read(key, maxBytes);
  } catch (cause) {
    if (cause instanceof ObjectStoreError && (cause.kind === 'not-found' || cause.kind === 'invalid')) throw new SnapshotDamagedError(key, { cause });
    throw cause;
  }
  if (sha256OfBytes(bytes) !== sha256) throw new SnapshotDamagedError(key);
  return bytes;
}

function parsed<T>(key: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new SnapshotDamagedError(key, { cause });
  }
}
