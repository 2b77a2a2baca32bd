/** One row as an upstream sent it, passwords and configured secrets already dropped. */
export type UpstreamRecord = { readonly sourcedId: string } & Readonly<Record<string, unknown>>;

/** One answer of a list endpoint, checked: every record is an object with a sourcedId. */
export interface UpstreamPage {
  records: readonly UpstreamRecord[];
  /** Total told for the whole collection (`X-Total-Count`), null when none or not a number. */
  toldTotal: number | null;
  /** Revision of the whole batch (`x-perm-rev`), or null. */
  revision: string | null;
}
