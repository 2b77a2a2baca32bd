import type { ClassDetail, ClassItem, LiveClass, LivePerson, ParentDetail, ParentItem, SnapshotReference, SourceProblem, StudentDetail, StudentItem } from '@lastgood/contracts';

/** What can be searched. */
export const DATASETS = ['students', 'parents', 'classes'] as const;
export type SearchedDataset = (typeof DATASETS)[number];

export interface Items {
  students: StudentItem;
  parents: ParentItem;
  classes: ClassItem;
}

export interface Details {
  students: StudentDetail;
  parents: ParentDetail;
  classes: ClassDetail;
}

/** What the live system of a source may answer instead, before its first snapshot. */
export interface LiveItems {
  students: LivePerson;
  parents: LivePerson;
  classes: LiveClass;
}

/** How a hit was found: by its exact prefixes, or by something similar. */
export type Found<Item> = Item & { match?: 'exact' | 'similar' };

export interface SearchedSource<Item> {
  source: string;
  snapshot: SnapshotReference | null;
  count: { value: number; capped: boolean };
  items: Found<Item>[];
  nextCursor: string | null;
  problem?: SourceProblem | undefined;
}

export interface SearchAnswer<Item> {
  district: string;
  sources: SearchedSource<Item>[];
}

export interface DetailAnswer<Detail> {
  district: string;
  sources: { source: string; snapshot: SnapshotReference; item: Detail }[];
  problems?: (SourceProblem & { source: string })[] | undefined;
}
