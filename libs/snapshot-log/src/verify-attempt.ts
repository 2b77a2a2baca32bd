import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { Manifest, type ManifestFile, type ManifestReference } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { rowCounterFor, type RowCounter } from './count-rows.js';
import { type Damage, REFRESH } from './damage.js';
import { parseAttemptKey } from './keys.js';
import { type Measured, MeasuringStream, sameBytes } from './measure.js';
import { sha256 } from './record-bytes.js';

/** The manifest of a folder, its hash, and what is wrong with it against the record that names it. */
export type ManifestReading = { manifest: Manifest; damage: null } | { manifest: null; damage: Damage };

/** Reads manifest.json of a folder and compares it with what the log says of it, unless that is null. */
export async function readManifest(store: ObjectStore, folder: string, named: ManifestReference | null): Promise<ManifestReading> {
  const key = `${folder}manifest.json`;
  const bad = (code: Damage['code'], message: string): ManifestReading => ({ manifest: null, damage: { key, severity: 'damage', code, message, todo: REFRESH } });
  let bytes: Buffer;
  try {
    bytes = await store.read(key);
  } catch (error) {
    if (isMissing(error)) return bad('manifest_missing', 'the log names this manifest, but it is missing');
    throw error;
  }
  if (named && !sameBytes({ size: bytes.length, sha256: sha256(bytes) }, named)) {
    return bad('manifest_damaged', `the log says ${named.size} bytes with SHA-256 ${named.sha256}; it has ${bytes.length} with ${sha256(bytes)}`);
  }
  const parsed = Manifest.safeParse(parseJson(bytes));
  if (!parsed.success) return bad('manifest_damaged', 'it does not have the shape of a manifest of version 1');
  const at = parseAttemptKey(key);
  const { district, source, date, snapshot, run, epoch } = parsed.data;
  const fits = at !== null && at.district === district && at.source === source && at.date === date && at.snapshot === snapshot && at.run === run && at.epoch === epoch;
  return fits ? { manifest: parsed.data, damage: null } : bad('manifest_out_of_place', 'it belongs to another folder');
}

/** Recomputes stored and uncompressed sizes, hashes and row counts of one file; null when all agree. Memory: a few chunks. */
export async function verifyFile(store: ObjectStore, folder: string, file: ManifestFile): Promise<Damage | null> {
  const key = folder + file.key;
  const bad = (code: Damage['code'], message: string): Damage => ({ key, severity: 'damage', code, message, todo: REFRESH });
  let body: Readable;
  try {
    body = await store.stream(key);
  } catch (error) {
    if (isMissing(error)) return bad('file_missing', 'the manifest names this file, but it is missing');
    throw error;
  }
  const stored = new MeasuringStream();
  const content = file.encoding === 'zstd' ? new MeasuringStream() : stored;
  const counter = rowCounterFor(file.name);
  try {
    const through = file.encoding === 'zstd' ? [stored, createZstdDecompress(), content] : [stored];
    await pipeline([body, ...through, (chunks: AsyncIterable<Buffer>) => countRows(chunks, counter)]);
  } catch (error) {
    if (error instanceof ObjectStoreError || !isBrokenZstd(error)) throw error;
    return bad('file_damaged', 'it cannot be decompressed: its bytes were changed');
  }
  return compare(file, stored.measured, content.measured, counter, bad);
}

function compare(
  file: ManifestFile, stored: Measured, content: Measured, counter: RowCounter | null, bad: (code: Damage['code'], message: string) => Damage,
): Damage | null {
  if (!sameBytes(stored, { size: file.storedSize, sha256: file.storedSha256 })) {
    return bad('file_damaged', `the manifest says ${file.storedSize} bytes with SHA-256 ${file.storedSha256}; it has ${stored.size} with ${stored.sha256}`);
  }
  if (!sameBytes(content, file)) {
    return bad('file_damaged', `uncompressed, the manifest says ${file.size} bytes with SHA-256 ${file.sha256}; it has ${content.size} with ${content.sha256}`);
  }
  if (file.rows !== null && counter !== null && counter.rows() !== file.rows) {
    return bad('rows_differ', `the manifest says ${file.rows} rows; it has ${counter.rows()}`);
  }
  return null;
}

async function countRows(chunks: AsyncIterable<Buffer>, counter: RowCounter | null): Promise<void> {
  for await (const chunk of chunks) counter?.add(chunk);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof ObjectStoreError && error.kind === 'not-found';
}

function isBrokenZstd(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return code.startsWith('ZSTD_') || code === 'ERR_ZLIB_INITIALIZATION_FAILED' || code.startsWith('Z_');
}
