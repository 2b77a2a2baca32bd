import { z } from 'zod';
import { CalendarDate, DistrictId, Instant, RunId, Sha256, SourceId } from './ids.js';
import { Cursor } from './search-api.js';
import { Role } from './sessions.js';

/** What was done or tried. Names keys and codes, never a person whose data was read, nor the text of a query. */
export const AuditEntry = z.strictObject({
  /** `{chain}:{number}`. */
  id: z.string().max(64),
  at: Instant,
  /** Null when nobody was known: no key, or a bad one. */
  actor: z.strictObject({ keyId: z.string().max(64), name: z.string().max(128), role: Role }).nullable(),
  /** The operation, by its id in the description of the API. */
  action: z.string().max(64),
  district: DistrictId.nullable(),
  source: SourceId.nullable(),
  /** The snapshot that answered; where several sources did, `source=snapshot, ...`. */
  snapshot: z.string().max(4096).nullable(),
  run: RunId.nullable(),
  /** What kind of question: how many words, which filters; of a change of keys, which key. */
  query: z.string().max(255).nullable(),
  /** People, classes or rows in the answer. */
  count: z.number().int().min(0).nullable(),
  /** As the asker gave it in `Lastgood-Purpose`. */
  purpose: z.string().max(200).nullable(),
  outcome: z.enum(['allowed', 'denied']),
  /** HTTP status of the answer; null in the entry that is made before a change is tried. */
  status: z.number().int().min(100).max(599).nullable(),
  /** One chain for every start of a gateway; its entries are numbered from 1. */
  chain: z.uuid(),
  number: z.number().int().min(1),
}).meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** An entry with the hash of the entry before it in its chain (64 zeros for the first) and its own: a line of an export. */
export const AuditRecord = AuditEntry.extend({ previous: Sha256, sha256: Sha256 });
export type AuditRecord = z.infer<typeof AuditRecord>;

/** `previous` of the first entry of a chain. */
export const NO_ENTRY_BEFORE = '0'.repeat(64);

/** The text whose SHA-256 (UTF-8, hexadecimal) is the hash of an entry. Never changed: it would break every chain. */
export function auditText(record: Omit<AuditRecord, 'id' | 'sha256'>): string {
  const { at, actor, action, district, source, snapshot, run, query, count, purpose, outcome, status, chain, number, previous } = record;
  return JSON.stringify([1, chain, number, previous, at, actor && [actor.keyId, actor.name, actor.role], action, district, source, snapshot, run, query, count, purpose, outcome, status]);
}

/** `from` and `to` are days or instants, both included. */
export const AuditFilter = z.strictObject({
  district: DistrictId.optional(),
  /** Id of a key. */
  actor: z.string().min(1).max(64).optional(),
  action: z.string().regex(/^[A-Za-z_]{1,64}$/).meta({ maxLength: 64 }).optional(),
  from: CalendarDate.or(Instant).optional(),
  to: CalendarDate.or(Instant).optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;
export const AuditQuery = AuditFilter.extend({ limit: z.coerce.number().int().min(1).max(200).default(50), cursor: Cursor.optional() });
export type AuditQuery = z.infer<typeof AuditQuery>;
export const AuditAnswer = z.strictObject({ items: z.array(AuditEntry).max(200), nextCursor: Cursor.nullable() }).meta({ id: 'AuditAnswer' });
export type AuditAnswer = z.infer<typeof AuditAnswer>;

/** Newest entry of every chain on a day, kept in the bucket: what the database loses or changes afterwards shows. */
export const AuditAnchor = z.strictObject({
  version: z.literal(1),
  date: CalendarDate,
  at: Instant,
  heads: z.array(z.strictObject({ chain: z.uuid(), number: z.number().int().min(1), sha256: Sha256 })).max(40_000),
});
export type AuditAnchor = z.infer<typeof AuditAnchor>;

/** Folder of the anchors in the bucket. */
export const AUDIT_ANCHORS = 'audit/anchors/';
/** Of requests: why the asker needs it, 1 to 200 printable characters; stands in the audit trail. */
export const PURPOSE_HEADER = 'lastgood-purpose';
