import type { IndexPage, IndexQuery, SearchedDataset } from '@lastgood/index-file/reader';

/** What an open index can be asked. */
export type IndexQuestion =
  | { kind: 'page'; dataset: SearchedDataset; query: IndexQuery }
  | { kind: 'count'; dataset: SearchedDataset; query: Omit<IndexQuery, 'limit' | 'after'>; cap: number }
  /** `whole`: with its upstream record. */
  | { kind: 'record'; dataset: SearchedDataset; id: string; whole: boolean }
  | { kind: 'facets' };

/** A file for the thread to open under a number. `mark`: what it looked like when it was checked. */
export interface FileToOpen {
  index: number;
  path: string;
  mark: string;
}

/** What the thread is told; many in one message. Only what has an `id` is answered. */
export type ThreadTask =
  | { id: number; open: FileToOpen }
  | { id: number; index: number; question: IndexQuestion }
  | { reopen: FileToOpen }
  | { close: number };

/** Figures of an answer: those of a page; a count alone, or nothing, for other questions. */
export type Figures = Omit<IndexPage, 'items' | 'count'> & IndexPage['count'];

/** How one task ended. The text of its answer stands in the bytes of the message, from one place up to another; without any it is null. */
export type Outcome =
  | { id: number; figures: Figures; text: readonly [from: number, to: number] | null; changed: boolean; seconds: number }
  | { id: number; failed: 'damaged' | 'no-roles' | 'error'; error: unknown };

/** What the thread answers: several outcomes, in order, with all their texts as UTF-8. */
export interface ThreadAnswers {
  outcomes: Outcome[];
  bytes: ArrayBuffer;
  /** Nothing more of the message with these tasks is left to do. */
  last: boolean;
}
