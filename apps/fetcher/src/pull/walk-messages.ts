import type { Collection, SourceKind, WalkSettings } from '@lastgood/contracts';
import type { UpstreamAnswer } from '../upstream/http-attempt.js';

/** What the pull asks its walk thread to do. */
export interface WalkTask {
  collection: Collection;
  kind: SourceKind;
  settings: WalkSettings;
  pageSize: number;
  concurrency: number;
  redact: readonly string[];
  /** Whether an earlier epoch left pages, and what it was told. */
  adopt: { revision?: string | null; toldTotal?: number | null } | null;
}

/** A page as it lies in the store, rows counted. */
export interface StoredPage {
  offset: number;
  rows: number;
  sha256: string;
  size: number;
}

/** What the walk thread asks of the pull: one page, by HTTP, handed to `parse` until that takes it. */
export interface AskForPage {
  ask: number;
  offset: number;
  limit: number;
}

/** One answer for the walk thread to parse; rejects with the SourceError that says why it is no page. */
export interface AnswerToParse {
  ask: number;
  answer: UpstreamAnswer;
  nowMs: number;
}

/** A page that the walk accepted, compressed. */
export interface PageToLand extends StoredPage {
  round: number;
  bytes: Uint8Array<ArrayBuffer>;
  /** What the upstream told with the pages so far. */
  toldTotal: number | null;
  revision: string | null;
}

export interface WalkNews {
  pages: number;
  rows: number;
  total: number | null;
}
