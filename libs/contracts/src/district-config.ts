import { z } from 'zod';
import { Collection, Dataset, DistrictId, SourceId } from './ids.js';

/** A secret: the value itself, or `${NAME}` for a variable of the environment, resolved only where it is used. */
const Secret = z.string().min(1).max(4096);
const urlWithout = (parts: readonly ('username' | 'password' | 'search' | 'hash')[], message: string): z.ZodType<string> =>
  z.url({ protocol: /^https?$/ }).max(1024).refine((url) => URL.canParse(url) && parts.every((part) => new URL(url)[part] === ''), message);
const TokenUrl = urlWithout(['username', 'password', 'hash'], 'an address without user, password and fragment; credentials go under clientId and clientSecret');
const BaseUrl = urlWithout(['username', 'password', 'search', 'hash'], 'an address without user, password, query and fragment; credentials go under auth');
/** A host as it stands in a URL, with its port where that is not the usual one. */
const Host = z.string().max(255).regex(/^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:\d{1,5})?$/i, 'a host as it stands in a URL, as proxy.example.org or proxy.example.org:8443');
const timeZone = z.string().max(64).refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, 'an IANA time zone, as America/Chicago');

/** How a source proves who it is, by kind. */
export const UpstreamAuth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('bearer'), token: Secret }),
  z.strictObject({
    kind: z.literal('oauth2'),
    tokenUrl: TokenUrl,
    clientId: Secret,
    clientSecret: Secret,
    scope: z.string().max(2000).optional(),
    /** Where the credentials go: an Authorization header, the form body, or the query string. */
    credentialsIn: z.enum(['header', 'body', 'query']).default('header'),
  }),
  z.strictObject({
    kind: z.literal('oauth1'),
    consumerKey: Secret,
    consumerSecret: Secret,
    signatureMethod: z.enum(['HMAC-SHA1', 'HMAC-SHA256']),
  }),
]);
export type UpstreamAuth = z.infer<typeof UpstreamAuth>;

/** Limits of the calls to one source. Times in milliseconds. */
export const FetchLimits = z.strictObject({
  pageSize: z.number().int().min(1).max(50_000).default(10_000),
  concurrency: z.number().int().min(1).max(16).default(4),
  requestsPerSecond: z.number().min(0.1).max(1000).default(50),
  callTimeoutMs: z.number().int().min(100).max(600_000).default(60_000),
  runTimeoutMs: z.number().int().min(1000).max(6 * 3_600_000).default(30 * 60_000),
  tries: z.number().int().min(1).max(10).default(3),
  /** First wait before a retry; doubles, with full jitter, up to 32 times. A longer Retry-After wins. */
  retryDelayMs: z.number().int().min(1).max(60_000).default(1000),
  maxAnswerBytes: z.number().int().min(1024).max(1024 ** 3).default(256 * 1024 ** 2),
});
export type FetchLimits = z.infer<typeof FetchLimits>;

/** How strictly a walk must be proven; anything but the defaults stands in status.json as a weaker setting. */
export const WalkSettings = z.strictObject({
  /** `overlap`: pages share a row, the default. `none`: the upstream ignores the offset; page one is everything. */
  paging: z.enum(['overlap', 'none']).default('overlap'),
  /** Whether told totals must agree with what was received. */
  totals: z.enum(['must-agree', 'ignore']).default('must-agree'),
  /** `by-id`: rows must come in an order of their sourcedIds, which is what proves that none was missed. `any`: the upstream's own order is trusted not to change while it is read. */
  order: z.enum(['by-id', 'any']).default('by-id'),
  /** Whether a bare list is taken for a page; it cannot be told from a page cut out of something else. */
  envelope: z.enum(['required', 'bare-list-allowed']).default('required'),
  /** Collections that may be empty although the last good snapshot had rows, or although no district is without them (orgs, users, classes). */
  mayBeEmpty: z.array(Collection).max(7).default([]),
});
export type WalkSettings = z.infer<typeof WalkSettings>;

/** When a complete refresh is held instead of published, as fractions of the last good snapshot. */
export const GateThresholds = z.strictObject({
  /** A collection or dataset with at least this many rows is watched. */
  minimumRows: z.number().int().min(1).max(1_000_000).default(20),
  collectionLoss: z.number().min(0.01).max(1).default(0.2),
  schoolLoss: z.number().min(0.01).max(1).default(0.5),
  /** Growth by this factor holds too. */
  collectionGrowth: z.number().min(1.01).max(1000).default(2),
});
export type GateThresholds = z.infer<typeof GateThresholds>;

const SourceKind = z.enum(['oneroster-1.1', 'oneroster-1.2', 'classlink']);
export type SourceKind = z.infer<typeof SourceKind>;

/** One upstream of a district. Defaults are those of the requirements. */
export const SourceConfig = z.strictObject({
  id: SourceId,
  kind: SourceKind,
  /** Root of the provider's REST API, as `https://sis.example.org/ims/oneroster/v1p1`; for ClassLink the root of the proxy. */
  baseUrl: BaseUrl,
  auth: UpstreamAuth,
  /** ClassLink: the application's id in `/applications`, already percent-escaped; discovered by tenant when absent. */
  classlink: z.strictObject({ applicationId: z.string().max(512).optional(), tenantId: z.string().max(128).optional(), pathPrefix: z.string().max(128).default('') }).optional(),
  /** Further hosts that this source may call (a token host, a proxy); the hosts of baseUrl and tokenUrl are allowed anyway. */
  allowedHosts: z.array(Host).max(16).default([]),
  /** Allows loopback and private address ranges: for tests and upstreams inside the house. */
  allowPrivateAddresses: z.boolean().default(false),
  demographics: z.enum(['off', 'optional', 'required']).default('off'),
  limits: FetchLimits.prefault({}),
  walk: WalkSettings.prefault({}),
  /** `strict` rejects on any invalid record; `lenient` keeps records whose optional fields are invalid and counts them. */
  validation: z.enum(['strict', 'lenient']).default('strict'),
  gate: GateThresholds.prefault({}),
  /** Cron of five fields in the source's time zone; `off` for by hand only. */
  schedule: z.strictObject({ cron: z.string().max(128).default('0 3 * * *'), timeZone: timeZone.optional() }).or(z.literal('off')).prefault({}),
  retentionDays: z.number().int().min(1).max(3660).default(30),
  /** Columns of a dataset's CSV instead of the defaults, by name of the dataset. */
  columns: z.partialRecord(Dataset, z.array(z.string().min(1).max(64)).min(1).max(64)).default({}),
  /** Names of properties, at any depth, that are dropped before anything is stored, besides passwords. */
  redact: z.array(z.string().min(1).max(64)).max(32).default([]),
});
export type SourceConfig = z.infer<typeof SourceConfig>;

/** A tenant with its sources. */
export const DistrictConfig = z.strictObject({
  id: DistrictId,
  name: z.string().min(1).max(255),
  timeZone: timeZone.default('UTC'),
  sources: z.array(SourceConfig).min(1).max(32),
}).superRefine((district, context) => {
  const seen = new Set<string>();
  district.sources.forEach((source, index) => {
    if (seen.has(source.id)) context.addIssue({ code: 'custom', path: ['sources', index, 'id'], message: `the source id ${source.id} stands twice; give every source of a district its own id` });
    seen.add(source.id);
  });
});
export type DistrictConfig = z.infer<typeof DistrictConfig>;

/** `lastgood.yaml`. */
export const LastgoodFile = z.strictObject({
  version: z.literal(1),
  districts: z.array(DistrictConfig).max(20_000),
}).superRefine((file, context) => {
  const seen = new Set<string>();
  file.districts.forEach((district, index) => {
    if (seen.has(district.id)) context.addIssue({ code: 'custom', path: ['districts', index, 'id'], message: `the district id ${district.id} stands twice` });
    seen.add(district.id);
  });
});
export type LastgoodFile = z.infer<typeof LastgoodFile>;
