import { z } from 'zod';
import { CalendarDate, DistrictId, Epoch, Instant, RunId, Sha256, SnapshotId, SourceId } from './ids.js';

/** Version of the manifest format that this code writes. */
export const MANIFEST_VERSION = 1;

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/);
const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** One file of a snapshot. `size` and `sha256` are of the uncompressed content, the `stored` pair of the bytes in the store. */
export const ManifestFile = z.strictObject({
  /** Logical name, as downloads deliver it: `students.csv`. */
  name: fileName,
  /** Name inside the snapshot's folder: `students.csv.zst`. */
  key: fileName,
  /** `zstd`: RFC 8878 frames. */
  encoding: z.enum(['identity', 'zstd']),
  /** Records of a CSV (header not counted, RFC 4180) or lines of a JSONL; null where rows mean nothing. */
  rows: count.nullable(),
  size: count,
  sha256: Sha256,
  storedSize: count,
  storedSha256: Sha256,
  /** What a reader of the file must know, for example `formula-escaped`. */
  notes: z.array(z.string().min(1).max(64)).max(8).optional(),
});
export type ManifestFile = z.infer<typeof ManifestFile>;

/** `manifest.json`, written last into a snapshot's folder: every other file of it with sizes and hashes, status.json included. Version 1. */
export const Manifest = z.strictObject({
  version: z.literal(MANIFEST_VERSION),
  district: DistrictId,
  source: SourceId,
  run: RunId,
  epoch: Epoch,
  snapshot: SnapshotId,
  date: CalendarDate,
  createdAt: Instant,
  schemaVersion: z.string().max(16),
  calculationVersion: z.string().max(16),
  files: z.array(ManifestFile).min(1).max(64),
});
export type Manifest = z.infer<typeof Manifest>;
