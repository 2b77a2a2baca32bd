import { z } from 'zod';
import { Collection, DistrictId, Epoch, Instant, RunId, Sha256, SourceId } from './ids.js';

/** One landed page: JSON Lines (one upstream record a line, passwords dropped), compressed with Zstandard. */
export const LandedPage = z.strictObject({
  key: z.string().max(512),
  /** Offset asked of the upstream, rows. */
  offset: z.number().int().min(0),
  /** Rows of this page that count: overlap rows and rows of an earlier page are not in the file. */
  rows: z.number().int().min(0),
  /** Hash and size of the stored, compressed bytes. */
  sha256: Sha256,
  size: z.number().int().min(0),
});
export type LandedPage = z.infer<typeof LandedPage>;

/** What the first to pull an epoch leaves, so that nobody else pulls it. Version 1. */
export const StagingClaim = z.strictObject({ version: z.literal(1), claimant: z.string().min(1).max(128) });
export type StagingClaim = z.infer<typeof StagingClaim>;

/** What a round of a walk was told at its beginning; both absent for a round that began anew. Version 1. */
export const RoundTold = z.strictObject({
  version: z.literal(1),
  revision: z.string().max(128).nullable().optional(),
  toldTotal: z.number().int().min(0).nullable().optional(),
});
export type RoundTold = z.infer<typeof RoundTold>;

/** How a walk knew that it had everything. */
export const WalkEvidence = z.enum(['overlap', 'total', 'single-page']);

/** The page list of one collection: what the writer reads, exactly and only. Version 1. */
export const PageList = z.strictObject({
  version: z.literal(1),
  district: DistrictId,
  source: SourceId,
  run: RunId,
  epoch: Epoch,
  collection: Collection,
  pages: z.array(LandedPage).max(1_000_000),
  /** Rows over all pages, identical copies dropped. */
  rows: z.number().int().min(0),
  /** Identical copies that were dropped. */
  duplicates: z.number().int().min(0),
  /** The total the upstream told on every page, or null when it tells none. */
  toldTotal: z.number().int().min(0).nullable(),
  /** The upstream's revision of the batch (`x-perm-rev`), or null. */
  revision: z.string().max(128).nullable(),
  evidence: WalkEvidence,
  /** Not null when an optional collection was refused, with the reason: there are no pages then. */
  missing: z.strictObject({ code: z.string().max(64), message: z.string().max(500) }).nullable(),
  calls: z.number().int().min(0),
  retries: z.number().int().min(0),
  restarts: z.number().int().min(0),
  /** Pages taken over from an earlier epoch of the run. */
  adopted: z.number().int().min(0),
  startedAt: Instant,
  finishedAt: Instant,
});
export type PageList = z.infer<typeof PageList>;

/** Where a page list lies and what its bytes hash to; events carry this instead of bodies. */
export const PageListReference = z.strictObject({
  collection: Collection,
  key: z.string().max(512),
  sha256: Sha256,
  size: z.number().int().min(0),
  rows: z.number().int().min(0),
});
export type PageListReference = z.infer<typeof PageListReference>;
