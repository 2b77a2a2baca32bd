import { z } from 'zod';
import { Finding } from './failure.js';
import { CalendarDate, DistrictId, Instant, Sha256, SnapshotId, SourceId } from './ids.js';
import { Problem } from './problem.js';

/** Opaque; bound to one district, source, query and snapshot. 410 `snapshot_expired` when that snapshot is gone. */
export const Cursor = z.string().min(1).max(1024).regex(/^[A-Za-z0-9_-]+$/);
const OneroId = z.string().max(255);
const text = z.string().max(1024).nullable();

/** What a search is for. Every word of `q` is a prefix; all must match; accents and case are ignored. */
const asked = {
  q: z.string().max(200).default(''),
  source: SourceId.optional(),
  /** sourcedId of a school. */
  school: z.string().min(1).max(255).optional(),
  grade: z.string().min(1).max(32).optional(),
  /** A role as the records have it; classes have none. */
  role: z.string().min(1).max(64).optional(),
};

/**
 * Query of the search endpoints. `similar`: whether hits that only resemble `q` follow the exact ones: `auto` does where those of a source are fewer than 5. They stand on the first page alone, where
 * it has room and is the only one, and are neither counted nor paged. In words of 3 to 5 letters one letter may be wrong, missing, too many or swapped with its neighbour, two in longer ones; or the word may
 * stand anywhere in a word of a name (of a title, for classes). Words with digits, and queries of more than 6 words, are looked for exactly.
 */
export const SearchQuery = z.strictObject({
  ...asked,
  similar: z.enum(['auto', 'true', 'false']).default('auto'),
  limit: z.coerce.number().int().min(1).max(200).default(20),
  cursor: Cursor.optional(),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

/** Query of a result as CSV: all exact matches, at most 100,000. */
export const SearchCsvQuery = z.strictObject(asked);
export type SearchCsvQuery = z.infer<typeof SearchCsvQuery>;

/** Query of what is asked of one source, or of all where none is named. */
export const SourceQuery = z.strictObject({ source: SourceId.optional() });
export type SourceQuery = z.infer<typeof SourceQuery>;

/** What a data answer says of the snapshot it comes from. */
export const SnapshotReference = z.strictObject({
  id: SnapshotId,
  createdAt: Instant,
  status: z.enum(['complete', 'partial']),
  /** Collections that are missing in a partial snapshot. */
  missing: z.array(z.string().max(32)).max(16),
  /** Log number at which it became current. */
  logNumber: z.number().int().min(1),
});
export type SnapshotReference = z.infer<typeof SnapshotReference>;

/** Why one source of several could not be read; the others are answered. `code` and `detail` as in a problem. */
export const SourceProblem = Problem.pick({ code: true, detail: true });
export type SourceProblem = z.infer<typeof SourceProblem>;

export const SchoolReference = z.strictObject({ sourcedId: OneroId, name: text });

/** A person as lists show them. */
export const PersonItem = z.strictObject({
  sourcedId: OneroId,
  status: z.string().max(32),
  givenName: text,
  middleName: text,
  familyName: text,
  preferredName: text,
  username: text,
  email: text,
  phone: text,
  sms: text,
  identifier: text,
  roles: z.array(z.string().max(64)).max(32),
  grades: z.array(z.string().max(32)).max(32),
  schools: z.array(SchoolReference).max(64),
  enabled: z.boolean().nullable(),
});
export type PersonItem = z.infer<typeof PersonItem>;

/** A person linked to another: `from` says which record named the link. */
export const LinkedPerson = PersonItem.pick({ sourcedId: true, givenName: true, familyName: true, grades: true, email: true, phone: true, identifier: true, roles: true })
  .extend({ from: z.enum(['student', 'guardian', 'both']) });
export type LinkedPerson = z.infer<typeof LinkedPerson>;

export const StudentItem = PersonItem.extend({
  guardians: z.array(LinkedPerson).max(64),
  /** References to guardians that are not in the snapshot; counted, never invented. */
  unresolvedGuardians: z.number().int().min(0),
}).meta({ id: 'StudentItem' });
export type StudentItem = z.infer<typeof StudentItem>;

export const ParentItem = PersonItem.extend({
  children: z.array(LinkedPerson).max(64),
  unresolvedChildren: z.number().int().min(0),
}).meta({ id: 'ParentItem' });
export type ParentItem = z.infer<typeof ParentItem>;

export const ClassItem = z.strictObject({
  sourcedId: OneroId,
  status: z.string().max(32),
  title: text,
  classCode: text,
  classType: text,
  location: text,
  grades: z.array(z.string().max(32)).max(32),
  subjects: z.array(z.string().max(255)).max(64),
  periods: z.array(z.string().max(64)).max(64),
  course: z.strictObject({ sourcedId: OneroId, title: text }).nullable(),
  school: SchoolReference.nullable(),
  teachers: z.array(z.strictObject({ sourcedId: OneroId, givenName: text, familyName: text })).max(64),
  students: z.number().int().min(0),
}).meta({ id: 'ClassItem' });
export type ClassItem = z.infer<typeof ClassItem>;

const detail = {
  /** The whole upstream record as the snapshot keeps it (without passwords); null for who may not `read-record`. */
  record: z.record(z.string(), z.unknown()).nullable(),
};
export const ClassOfPerson = z.strictObject({ sourcedId: OneroId, title: text, classCode: text, role: z.string().max(64) });
export const StudentDetail = StudentItem.extend({ classes: z.array(ClassOfPerson).max(500), ...detail }).meta({ id: 'StudentDetail' });
export type StudentDetail = z.infer<typeof StudentDetail>;
export const ParentDetail = ParentItem.extend(detail).meta({ id: 'ParentDetail' });
export type ParentDetail = z.infer<typeof ParentDetail>;
export const RosterEntry = z.strictObject({ sourcedId: OneroId, givenName: text, familyName: text, role: z.string().max(64), grades: z.array(z.string().max(32)).max(32), primary: z.boolean().nullable() });
export const ClassDetail = ClassItem.extend({ roster: z.array(RosterEntry).max(5000), ...detail }).meta({ id: 'ClassDetail' });
export type ClassDetail = z.infer<typeof ClassDetail>;

/** How an item of a search matched: every word by a start, or some of them by resemblance. */
export const Match = z.enum(['exact', 'similar']);
const found = { match: Match };
export const FoundStudent = StudentItem.extend(found).meta({ id: 'FoundStudent' });
export const FoundParent = ParentItem.extend(found).meta({ id: 'FoundParent' });
export const FoundClass = ClassItem.extend(found).meta({ id: 'FoundClass' });

const answerOf = <T extends z.ZodType>(item: T, id: string) => z.strictObject({
  district: DistrictId,
  /** One entry per source asked, in order of configuration; sources without a snapshot have `snapshot: null`, those that cannot be read a `problem` too. */
  sources: z.array(z.strictObject({
    source: SourceId,
    snapshot: SnapshotReference.nullable(),
    /** Exact matches, counted up to 1,000; `capped` says that there are more. */
    count: z.strictObject({ value: z.number().int().min(0).max(1000), capped: z.boolean() }),
    items: z.array(item).max(200),
    nextCursor: Cursor.nullable(),
    problem: SourceProblem.optional(),
  })).max(32),
}).meta({ id });
export const StudentsAnswer = answerOf(FoundStudent, 'StudentsAnswer');
export const ParentsAnswer = answerOf(FoundParent, 'ParentsAnswer');
export const ClassesAnswer = answerOf(FoundClass, 'ClassesAnswer');
export type StudentsAnswer = z.infer<typeof StudentsAnswer>;
export type ParentsAnswer = z.infer<typeof ParentsAnswer>;
export type ClassesAnswer = z.infer<typeof ClassesAnswer>;

/** What searches can be filtered by, as the current snapshots have it. */
export const FiltersAnswer = z.strictObject({
  district: DistrictId,
  /** One entry per source asked, in order of configuration; empty lists without a snapshot. */
  sources: z.array(z.strictObject({
    source: SourceId,
    snapshot: SnapshotReference.nullable(),
    /** Schools that students, parents or classes name, by name, with how many students each has. */
    schools: z.array(z.strictObject({ sourcedId: OneroId, name: text, students: z.number().int().min(0) })).max(5000),
    grades: z.array(z.string().max(1024)).max(500),
    /** Roles of students and parents; none for a snapshot from before they were indexed. */
    roles: z.array(z.string().max(1024)).max(500),
    problem: SourceProblem.optional(),
  })).max(32),
}).meta({ id: 'FiltersAnswer' });
export type FiltersAnswer = z.infer<typeof FiltersAnswer>;

const detailAnswerOf = <T extends z.ZodType>(item: T, id: string) => z.strictObject({
  district: DistrictId,
  /** One entry per source that knows this sourcedId. */
  sources: z.array(z.strictObject({ source: SourceId, snapshot: SnapshotReference, item })).min(1).max(32),
  /** Sources that could not be read, and so may know it too. */
  problems: z.array(SourceProblem.extend({ source: SourceId })).min(1).max(32).optional(),
}).meta({ id });
export const StudentAnswer = detailAnswerOf(StudentDetail, 'StudentAnswer');
export const ParentAnswer = detailAnswerOf(ParentDetail, 'ParentAnswer');
export const ClassAnswer = detailAnswerOf(ClassDetail, 'ClassAnswer');
export type StudentAnswer = z.infer<typeof StudentAnswer>;
export type ParentAnswer = z.infer<typeof ParentAnswer>;
export type ClassAnswer = z.infer<typeof ClassAnswer>;

/** `held`: quarantined and waiting for approval. `superseded`: held, but a newer publish or quarantine came. */
export const SnapshotState = z.enum(['current', 'published', 'held', 'superseded', 'rejected', 'expired', 'failed', 'cancelled']);

/** One snapshot or failed attempt of the history, newest first. */
export const SnapshotItem = z.strictObject({
  /** Null for a run that failed before it had an epoch's attempt. */
  snapshot_id: SnapshotId,
  source: SourceId,
  state: SnapshotState,
  /** What became of it: `complete` or `partial` once it was published, by the gate or by an approval; `quarantined` while it was not; `failed` for aborted runs. `status.json` keeps what the gate decided. */
  status: z.enum(['complete', 'partial', 'quarantined', 'failed']),
  snapshot_date: CalendarDate,
  created_at: Instant,
  schema_version: z.string().max(16),
  calculation_version: z.string().max(16),
  size_bytes: z.number().int().min(0),
  error_count: z.number().int().min(0),
  counts: z.record(z.string().max(64), z.number().int().min(0)),
  /** Log number of its publish, quarantine or abort. Approving and rejecting must name the head that was previewed. */
  log_number: z.number().int().min(1),
  findings: z.array(Finding).max(100),
  missing: z.array(z.string().max(32)).max(16),
}).meta({ id: 'SnapshotItem' });
export type SnapshotItem = z.infer<typeof SnapshotItem>;

export const SnapshotsQuery = z.strictObject({
  source: SourceId.optional(),
  status: z.enum(['complete', 'partial', 'quarantined', 'failed']).optional(),
  from: CalendarDate.optional(),
  to: CalendarDate.optional(),
  schema_version: z.string().max(16).optional(),
  calculation_version: z.string().max(16).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: Cursor.optional(),
});
export type SnapshotsQuery = z.infer<typeof SnapshotsQuery>;

export const SnapshotsAnswer = z.strictObject({
  district: DistrictId,
  items: z.array(SnapshotItem).max(200),
  nextCursor: Cursor.nullable(),
  /** Sources whose log could not be read: their snapshots are missing here. */
  problems: z.array(SourceProblem.extend({ source: SourceId })).min(1).max(32).optional(),
}).meta({ id: 'SnapshotsAnswer' });
export type SnapshotsAnswer = z.infer<typeof SnapshotsAnswer>;

/** One snapshot with its files by logical name. `log_head` is what an approval must carry as `previewed`. */
export const SnapshotDetail = SnapshotItem.extend({
  log_head: z.number().int().min(1),
  files: z.array(z.strictObject({ name: z.string().max(64), rows: z.number().int().min(0).nullable(), size_bytes: z.number().int().min(0), sha256: Sha256 })).max(64),
}).meta({ id: 'SnapshotDetail' });
export type SnapshotDetail = z.infer<typeof SnapshotDetail>;

/** What the read side knows of one source: no database, no writer, no upstream is asked. */
export const SourceReadStatus = z.strictObject({
  source: SourceId,
  current: SnapshotReference.extend({ ageSeconds: z.number().int().min(0), counts: z.record(z.string().max(64), z.number().int().min(0)) }).nullable(),
  /** Newest snapshot or failed attempt of any status. */
  latest: SnapshotItem.nullable(),
  /** Held snapshots that can be approved, newest first. */
  held: z.array(SnapshotId).max(100),
  /** True after a rollback until a run is approved or the hold is lifted. */
  onHold: z.boolean(),
  /** Head of the log this replica has seen. */
  logNumber: z.number().int().min(0),
  /** Set when the log cannot be read: nothing else of this entry is known then. */
  problem: SourceProblem.optional(),
});
export type SourceReadStatus = z.infer<typeof SourceReadStatus>;
export const ReadStatus = z.strictObject({ district: DistrictId, sources: z.array(SourceReadStatus).max(32) });
export type ReadStatus = z.infer<typeof ReadStatus>;
