import type { Collection, NormalRecord, SourceKind } from '@lastgood/contracts';
import { readRecord, unfold, type Sent } from './read-records.js';
import { isKnownRole } from './roles.js';
import { recordSchema, requiredFields } from './schemas.js';

/** What is wrong with one field of one record; no values. */
export interface FieldProblem {
  /** `unknown_role`: a role that neither 1.1 nor 1.2 knows, kept as sent. */
  code: 'missing_required' | 'invalid_required' | 'invalid_optional' | 'unknown_role';
  severity: 'error' | 'warning';
  /** Property of the upstream's record, as `familyName`. */
  field: string;
}

/** A record as Lastgood understands it with what was odd about it, or only the reasons why it is refused. */
export type Normalized<C extends Collection> =
  | { record: NormalRecord<C>; problems: readonly FieldProblem[] }
  | { record: null; problems: readonly FieldProblem[] };

const NONE: readonly FieldProblem[] = [];
const UNKNOWN_ROLE: readonly FieldProblem[] = [{ code: 'unknown_role', severity: 'warning', field: 'role' }];

const isNothing = (value: unknown): boolean => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const oddities = (record: object): readonly FieldProblem[] => {
  const { roles, role } = record as { roles?: readonly string[]; role?: string };
  const known = roles === undefined ? role === undefined || isKnownRole(role) : roles.every(isKnownRole);
  return known ? NONE : UNKNOWN_ROLE;
};

const problemsOf = (collection: Collection, kind: SourceKind, sent: Sent, mode: 'strict' | 'lenient'): FieldProblem[] => {
  const required = requiredFields(collection, kind);
  const issues = recordSchema(collection, kind).safeParse(sent).error?.issues ?? [];
  const fields = new Set(issues.map((issue) => String(issue.path[0] ?? '')));
  return [...fields].map((field) => {
    if (required.includes(field)) return { code: isNothing(sent[field]) ? 'missing_required' : 'invalid_required', severity: 'error', field };
    return { code: 'invalid_optional', severity: mode === 'strict' ? 'error' : 'warning', field };
  });
};

/**
 * Reads one upstream record. A required field that is missing or invalid refuses the record in either mode; an invalid optional field refuses
 * it when `strict`, and becomes null or empty with a warning when `lenient`. Unknown properties are allowed and left out. The schemas of
 * `recordSchema` decide; a faster reader that accepts the same takes the records that are all right.
 */
export function normalize<C extends Collection>(collection: C, kind: SourceKind, upstream: unknown, mode: 'strict' | 'lenient'): Normalized<C> {
  if (upstream === null || typeof upstream !== 'object' || Array.isArray(upstream)) {
    return { record: null, problems: [{ code: 'invalid_required', severity: 'error', field: 'sourcedId' }] };
  }
  const sent = unfold(collection, upstream as Sent);
  const record = readRecord(collection, kind, sent);
  if (record !== null) return { record, problems: oddities(record) };
  const problems: FieldProblem[] = [];
  const rest: Record<string, unknown> = { ...sent };
  // Rules over several fields speak only once each field is right by itself, hence in turns; every turn takes a field away.
  while (true) {
    const found = problemsOf(collection, kind, rest, mode);
    if (found.length === 0) throw new Error(`the reader and the schema of ${collection} disagree`);
    problems.push(...found);
    if (found.some(({ severity }) => severity === 'error')) return { record: null, problems };
    for (const { field } of found) delete rest[field];
    const mended = readRecord(collection, kind, rest);
    if (mended !== null) return { record: mended, problems: [...problems, ...oddities(mended)] };
  }
}
