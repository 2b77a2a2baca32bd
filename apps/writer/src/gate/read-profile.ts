import { zstdDecompressSync } from 'node:zlib';
import { Manifest } from '@lastgood/contracts';
import type { ObjectStore } from '@lastgood/object-store';
import { sha256OfBytes } from '../commit/sha256-of-bytes.js';
import { PROFILE_NAME, Profile } from './profile.js';

const MAX_PROFILE_BYTES = 64 * 1024 ** 2;

/** The profile of a snapshot, checked against its manifest. Throws ObjectStoreError, or an Error when its bytes are not those of the manifest. */
export async function readProfile(store: ObjectStore, snapshot: { folder: string; manifest: { sha256: string } }): Promise<Profile> {
  const manifestBytes = await store.read(`${snapshot.folder}manifest.json`);
  if (sha256OfBytes(manifestBytes) !== snapshot.manifest.sha256) throw damaged(`${snapshot.folder}manifest.json`);
  const part = Manifest.parse(JSON.parse(manifestBytes.toString('utf8'))).files.find(({ name }) => name === PROFILE_NAME);
  if (part === undefined) throw damaged(`${snapshot.folder}${PROFILE_NAME}`);
  const stored = await store.read(snapshot.folder + part.key, MAX_PROFILE_BYTES);
  if (sha256OfBytes(stored) !== part.storedSha256) throw damaged(snapshot.folder + part.key);
  const bytes = part.encoding === 'zstd' ? zstdDecompressSync(stored, { maxOutputLength: MAX_PROFILE_BYTES }) : stored;
  return Profile.parse(JSON.parse(bytes.toString('utf8')));
}

function damaged(key: string): Error {
  return new Error(`${key} is damaged or gone. Run \`lastgood verify\` and restore this object from a backup of the bucket.`);
}
