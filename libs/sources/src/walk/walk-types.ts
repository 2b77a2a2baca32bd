import type { Collection, WalkEvidence, WalkSettings } from '@lastgood/contracts';
import type { z } from 'zod';
import type { SourceError } from '../source-error.js';
import type { UpstreamPage, UpstreamRecord } from '../oneroster/upstream-page.js';

/** Asks the upstream for one page; rejects with a SourceError once its own retries are used up. `signal` aborts when the answer is no longer wanted. */
export type GetPage = (ask: { offset: number; limit: number; signal: AbortSignal }) => Promise<UpstreamPage>;

/** A page that passed every check so far, without rows of an earlier page. */
export interface AcceptedPage {
  /** Offset asked of the upstream, rows; unique within a round. */
  offset: number;
  /** 0 for the first reading, one more after each restart; pages of earlier rounds are superseded. */
  round: number;
  records: readonly UpstreamRecord[];
  /** The records as JSON, one line each, same order, without line ends. */
  lines: readonly string[];
}

/** Where a walk puts what it accepts; calls never overlap and are awaited. */
export interface WalkSink {
  /** Pages come in order of offset, each at least one row. */
  land(page: AcceptedPage): Promise<void>;
  /** Everything landed or adopted so far is void; the walk begins again as `round`. */
  restart(round: number, reason: SourceError): Promise<void>;
}

/** A page that an earlier epoch of the same run landed, as AcceptedPage.lines, in order of offset. */
export interface LandedLines {
  offset: number;
  lines: readonly string[];
}

export interface WalkOptions {
  collection: Collection;
  settings: z.infer<typeof WalkSettings>;
  /** Rows a page; at least 2, because pages share a row. */
  pageSize: number;
  /** Pages asked for at once, at least 1. */
  concurrency: number;
  signal: AbortSignal;
  /** Pages to go on from. `revision` and `toldTotal` as the earlier epoch saw them; undefined when not known, which gives the pages up where the upstream tells a revision. */
  adopt?: { pages: AsyncIterable<LandedLines>; revision?: string | null; toldTotal?: number | null };
  /** Restarts before the walk fails; 3 by default. */
  maxRestarts?: number;
  /** Told about every accepted page, for progress; `total` is what the upstream tells. */
  onProgress?: (progress: { pages: number; rows: number; total: number | null }) => void;
}

/** What a finished walk knows; every row that was there during the whole walk is among the landed ones. */
export interface WalkResult {
  /** Unique rows, adopted ones included. */
  rows: number;
  /** Identical copies that were dropped. */
  duplicates: number;
  toldTotal: number | null;
  revision: string | null;
  evidence: z.infer<typeof WalkEvidence>;
  restarts: number;
  /** How many of the adopt pages stand, counted from the first. */
  adopted: number;
  /** Pages landed in the last round. */
  pages: number;
}
