import type { Collection, Dataset, Finding, ManifestFile, RunFailure, SourceKind } from '@lastgood/contracts';
import type { Profile } from '../gate/profile.js';

/** What of a source's configuration decides how its records become files. */
export interface BuildSettings {
  kind: SourceKind;
  validation: 'strict' | 'lenient';
  columns: Partial<Record<Dataset, string[]>>;
}

/** One built file: as the manifest will name it, and where its stored bytes lie on the local disk. */
export interface BuiltFile {
  file: ManifestFile;
  path: string;
}

/** What ingesting found, per collection. */
export interface Ingested {
  rows: Partial<Record<Collection, number>>;
  /** Identical copies that were dropped, besides those the fetcher dropped. */
  duplicates: number;
  links: LinkCounts;
}

/** Links between students and guardians over both sides' claims. */
export interface LinkCounts {
  links: number;
  /** Claims that name nobody in the snapshot. */
  unresolved: number;
  /** Claims that name somebody who is no guardian, or no student. */
  wrongKind: number;
}

/** The files of datasets, what is in them, and what was odd. */
export interface BuiltDatasets {
  files: BuiltFile[];
  profile: Profile;
  findings: Finding[];
}

/** Somebody who does one role of a build. */
export interface BuildThread {
  ask<Answer>(ask: unknown): Promise<Answer>;
  terminate(): Promise<void>;
}

/** A build that cannot end well: the run fails with this reason. */
export class BuildError extends Error {
  constructor(readonly failure: RunFailure, readonly findings: readonly Finding[] = [], options?: { cause?: unknown }) {
    super(failure.message, options);
    this.name = 'BuildError';
  }
}

/** A failure of the whole build; `retryable` when the same build may work later. */
export function failure(code: string, message: string, about: Partial<Pick<RunFailure, 'collection' | 'offset' | 'retryable' | 'count'>> = {}): RunFailure {
  return { code, severity: 'error', message: message.slice(0, 500), collection: null, offset: null, httpStatus: null, count: 1, retryable: false, ...about };
}
