import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ManifestFile } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { type Damage, REFRESH } from './damage.js';
import { sameBytes } from './measure.js';

/** The bytes of a file are not those of its manifest: thrown at the end of the body, so that no key appears. */
class OtherBytesError extends Error {}

/** Copies one file of a snapshot and checks its bytes on the way; damaged or missing ones are told and leave no key. */
export async function copyFile(from: ObjectStore, to: ObjectStore, folder: string, file: ManifestFile): Promise<'copied' | 'there' | Damage> {
  const key = folder + file.key;
  const bad = (code: Damage['code'], message: string): Damage => ({ key, severity: 'damage', code, message, todo: REFRESH });
  if ((await to.stat(key))?.size === file.storedSize) return 'there';
  try {
    return await to.write(key, Readable.from(checked(await from.stream(key), file))) === 'created' ? 'copied' : 'there';
  } catch (error) {
    if (error instanceof OtherBytesError) return bad('file_damaged', 'its bytes are not those that the manifest names');
    if (error instanceof ObjectStoreError && error.kind === 'not-found') return bad('file_missing', 'the manifest names this file, but it is missing');
    throw error;
  }
}

async function* checked(body: AsyncIterable<Buffer>, file: ManifestFile): AsyncIterable<Buffer> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    size += chunk.length;
    yield chunk;
  }
  if (!sameBytes({ size, sha256: hash.digest('hex') }, { size: file.storedSize, sha256: file.storedSha256 })) throw new OtherBytesError();
}
