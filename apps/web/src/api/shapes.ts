import type { ClassDetail, ClassItem, ParentDetail, ParentItem, SnapshotReference, SourceProblem, StudentDetail, StudentItem } from '@lastgood/contracts';

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

/** How a hit was found: by its exact prefixes, or by something similar. */
export type Found<Item> = Item & { match?: 'exact' | 'similar' };

export interface SearchedSource<Item> {
  source: string;
  snapshot: SnapshotReference | null;
  count: { value: number; capped: boolean };
  items: Found<Item>[];
  nextCursor: string | null;
  problem?: SourceProblem;
}

export interface SearchAnswer<Item> {
  district: string;
  sources: SearchedSource<Item>[];
}

export interface DetailAnswer<Detail> {
  district: string;
  sources: { source: string; snapshot: SnapshotReference; item: Detail }[];
  problems?: (SourceProblem & { source: string })[];
}

/** What the filters of a search can be set to. */
export interface FiltersAnswer {
  district: string;
  sources: { source: string; snapshot: string | SnapshotReference | null; schools: { sourcedId: string; name: string | null; students: number }[]; grades: string[]; roles: string[] }[];
}

export interface Session {
  name: string;
  role: 'viewer' | 'operator' | 'admin' | 'auditor';
  permissions: string[];
  districts: string[] | null;
  csrf: string;
  expiresAt: string;
}

export interface Schedule {
  cron: string | null;
  timeZone: string | null;
  from: 'file' | 'default' | 'override';
  next: string | null;
}

export interface KeyItem {
  id: string;
  name: string;
  role: string;
  districts: string[] | null;
  expiresAt: string | null;
  createdAt: string;
  revokedAt: string | null;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: { keyId: string; name: string; role: string } | null;
  action: string;
  district: string | null;
  source: string | null;
  snapshot: string | null;
  run: string | null;
  query: string | null;
  count: number | null;
  purpose: string | null;
  outcome: 'allowed' | 'denied';
  status: number;
  chain: string;
  number: number;
}

export interface PreviewDataset {
  added: number;
  removed: number;
  changed: number;
  unchanged: number;
  bySchool: { school: { sourcedId: string; name: string | null } | null; added: number; removed: number; changed: number }[];
  byRole: { role: string; added: number; removed: number; changed: number }[];
  samples?: { added: PreviewSample[]; removed: PreviewSample[]; changed: (PreviewSample & { fields: string[] })[] } | null;
}

export interface PreviewSample {
  sourcedId: string;
  name: string | null;
}

export interface Preview {
  district: string;
  snapshot: string;
  base: { id: string } | null;
  log_head: number;
  datasets: Partial<Record<'students' | 'parents' | 'teachers' | 'classes', PreviewDataset>>;
}
