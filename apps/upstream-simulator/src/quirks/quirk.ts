import { z } from 'zod';
import { collections } from '../roster.js';

const scope = {
  /** Which requests: those for data, ClassLink's list of applications, or the token endpoint. */
  on: z.enum(['data', 'applications', 'token']).default('data'),
  /** Only requests for this collection; without it for every one. */
  collection: z.enum(collections).optional(),
  /** Only requests whose offset is at least this. */
  fromOffset: z.int().min(0).max(100_000_000).optional(),
  /** So many matching requests pass unharmed first: 2 means "from the third page on". */
  after: z.int().min(0).max(1_000_000).default(0),
  /** The quirk shows on so many requests, then no more; without it for ever. */
  times: z.int().min(1).max(1_000_000).optional(),
};

const rows = z.int().min(1).max(1_000_000);
const text = z.string().min(1).max(200);

const define = <K extends string, S extends z.core.$ZodLooseShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...scope, ...shape });

/** One way in which a provider departs from the standard, and on which requests. */
export const quirkSchema = z.discriminatedUnion('kind', [
  /** Answers at most `limit` rows with status 200 whatever was asked for. */
  define('clampLimit', { limit: rows }),
  /** Refuses no page but serves only the first `rows` rows of a collection; the total stays true. */
  define('hardCap', { rows: rows.default(200) }),
  /** `everything` ignores limit and offset, `firstPage` only the offset. */
  define('ignoreOffset', { mode: z.enum(['everything', 'firstPage']).default('firstPage') }),
  /** Total headers: none, 0, larger than the truth by `by`, or growing with each answer. */
  define('totals', { mode: z.enum(['absent', 'zero', 'larger', 'changing']), by: rows.default(7) }),
  /** Link header: none, without angle brackets, or a next link even past the end. */
  define('links', { mode: z.enum(['absent', 'bare', 'overrun']) }),
  /** The revision in `x-perm-rev` becomes another one, from this answer on. */
  define('permRevChanges', {}),
  /** Answers 401 and from then on wants another bearer; ClassLink's /applications shows the new one. */
  define('bearerRotates', {}),
  /** Answers this status; `retryAfterSeconds` null leaves the header out. */
  define('status', {
    status: z.int().min(400).max(599),
    retryAfterSeconds: z.int().min(0).max(86_400).nullable().default(null),
    body: z.enum(['standard', 'html', 'flat', 'error', 'empty']).default('standard'),
  }),
  /** Answers 429 to every `every`-th matching request. */
  define('rateLimit429', {
    every: z.int().min(1).max(1_000_000).default(1),
    retryAfterSeconds: z.int().min(0).max(86_400).nullable().default(1),
    body: z.enum(['standard', 'html']).default('html'),
  }),
  /** Answers 429 while more than `limit` requests are under way. */
  define('concurrencyLimit', { limit: z.int().min(1).max(10_000) }),
  /** Answers 502 to a request for more than `above` rows. */
  define('heavyPage502', { above: rows }),
  /** Answers 403 to demographics as a key without that scope gets. */
  define('demographics403', {}),
  define('ok200WithError', {}),
  define('emptyCollection', { total: z.enum(['zero', 'right']).default('zero') }),
  define('truncatedJson', {}),
  define('htmlBody', {}),
  /** A bare array, with paging in the headers Limit, Offset, Next, Previous and Result-Count. */
  define('bareArray', {}),
  define('wrongEnvelope', { key: text.default('items') }),
  /** How true and false are written. */
  define('flags', { as: z.enum(['string', 'boolean', 'integer']) }),
  define('foreignHref', { host: text.default('https://elsewhere.example') }),
  /** References as strings, with relative href, or as flat `classSourcedId`. */
  define('references', { as: z.enum(['string', 'relative', 'flat']) }),
  /** On which side guardian links are told. */
  define('guardianLinks', { sides: z.enum(['studentOnly', 'guardianOnly', 'none']) }),
  /** Pages begin `rows` rows too early and stand in no order; with `unlessSorted` only without sort=sourcedId. */
  define('unsortedOverlap', { rows: rows.default(3), unlessSorted: z.boolean().default(false) }),
  /** The row at position `at` comes twice in a row, the second time with other content unless `identical`. */
  define('duplicateDifferent', { at: z.int().min(0).max(100_000_000).default(0), identical: z.boolean().default(false) }),
  /** Each matching request, before it is answered, inserts and deletes rows before position `before`. */
  define('movingRows', {
    insert: z.int().min(0).max(100).default(0),
    delete: z.int().min(0).max(100).default(0),
    before: rows.default(1),
  }),
  /** Only this share of the rows is left, evenly chosen. */
  define('shrinkTo', { percent: z.number().min(0).max(100) }),
  define('dropColumn', { field: text }),
  /** classes/{id}/students also lists the class's teachers. */
  define('teachersAmongStudents', {}),
  define('latency', { ms: z.int().min(1).max(600_000) }),
  /** Takes the request and never answers. */
  define('hang', {}),
  /** Sends half of the body and then nothing more, keeping the connection. */
  define('stall', {}),
  /** Resets the connection without an answer. */
  define('refuse', {}),
  /** Resets the connection in the middle of the body. */
  define('cutBody', {}),
  /** A body of so many bytes that is valid JSON only at its very end. */
  define('hugeBody', { bytes: z.int().min(1024).max(10_000_000_000).default(2_147_483_648) }),
  define('redirect', { to: z.string().min(1).max(2000), status: z.union([z.literal(301), z.literal(302), z.literal(307), z.literal(308)]).default(302) }),
]);

export type Quirk = z.output<typeof quirkSchema>;
/** A quirk as a test writes it: what has a default may be left out. */
export type QuirkInput = z.input<typeof quirkSchema>;
export type QuirkKind = Quirk['kind'];
export type QuirkOf<K extends QuirkKind> = Extract<Quirk, { kind: K }>;

export const quirkListSchema = z.array(quirkSchema).max(100);
