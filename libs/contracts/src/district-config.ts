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
/** A time zone that clocks here know. */
export const TimeZone = z.string().max(64).refine((zone) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, 'an IANA time zone, as America/Chicago');

/** How a source proves who it is, by kind. */
export const UpstreamAuth = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none').describe('How the source proves who it is; the other keys of `auth` depend on it.') }),
  z.strictObject({ kind: z.literal('bearer'), token: Secret.describe('With `bearer`: the token; for ClassLink the bearer of the partner.') }),
  z.strictObject({
    kind: z.literal('oauth2'),
    tokenUrl: TokenUrl.describe('With `oauth2`: where tokens are asked for.'),
    clientId: Secret.describe('With `oauth2`: id of the client.'),
    clientSecret: Secret.describe('With `oauth2`: secret of the client.'),
    scope: z.string().max(2000).optional().describe('With `oauth2`: scopes to ask for, separated by spaces.'),
    credentialsIn: z.enum(['header', 'body', 'query']).default('header').describe('With `oauth2`: where the credentials go: an Authorization header, the form body, or the query string.'),
  }),
  z.strictObject({
    kind: z.literal('oauth1'),
    consumerKey: Secret.describe('With `oauth1`: key of the consumer.'),
    consumerSecret: Secret.describe('With `oauth1`: secret of the consumer.'),
    signatureMethod: z.enum(['HMAC-SHA1', 'HMAC-SHA256']).describe('With `oauth1`: how calls are signed.'),
  }),
]);
export type UpstreamAuth = z.infer<typeof UpstreamAuth>;

/** Limits of the calls to one source. Times in milliseconds. */
export const FetchLimits = z.strictObject({
  pageSize: z.number().int().min(1).max(50_000).default(10_000).describe('Rows to ask for a page; a smaller size that the upstream clamps to is learned.'),
  concurrency: z.number().int().min(1).max(16).default(4).describe('Calls under way at once.'),
  requestsPerSecond: z.number().min(0.1).max(1000).default(50).describe('Calls begun a second.'),
  callTimeoutMs: z.number().int().min(100).max(600_000).default(60_000).describe('Time of one call, milliseconds.'),
  runTimeoutMs: z.number().int().min(1000).max(6 * 3_600_000).default(30 * 60_000).describe('Time of a whole run, milliseconds; counted anew when it is taken over.'),
  tries: z.number().int().min(1).max(10).default(3).describe('Tries of one call.'),
  retryDelayMs: z.number().int().min(1).max(60_000).default(1000).describe('First wait before a retry, milliseconds; doubles, with full jitter, up to 32 times. A longer Retry-After wins.'),
  maxAnswerBytes: z.number().int().min(1024).max(1024 ** 3).default(256 * 1024 ** 2).describe('Largest answer that is read, bytes; a larger one fails the run.'),
});
export type FetchLimits = z.infer<typeof FetchLimits>;

/** How strictly a walk must be proven; anything but the defaults stands in status.json as a weaker setting. */
export const WalkSettings = z.strictObject({
  paging: z.enum(['overlap', 'none']).default('overlap').describe('`overlap`: pages share a row, which proves that none was missed. `none`: the upstream ignores the offset; page one is everything.'),
  totals: z.enum(['must-agree', 'ignore']).default('must-agree').describe('Whether told totals must agree with what was received.'),
  order: z.enum(['by-id', 'any']).default('by-id').describe('`by-id`: rows must come in an order of their sourcedIds, which is what proves that none was missed. `any`: the order of the upstream is trusted not to change while it is read.'),
  envelope: z.enum(['required', 'bare-list-allowed']).default('required').describe('Whether a bare list is taken for a page; it cannot be told from a page cut out of something else.'),
  mayBeEmpty: z.array(Collection).max(7).default([]).describe('Collections that may be empty although the last good snapshot had rows, or although no district is without them (orgs, users, classes).'),
});
export type WalkSettings = z.infer<typeof WalkSettings>;

/** When a complete refresh is held instead of published, as fractions of the last good snapshot. */
export const GateThresholds = z.strictObject({
  minimumRows: z.number().int().min(1).max(1_000_000).default(20).describe('A collection or dataset with at least this many rows is watched.'),
  collectionLoss: z.number().min(0.01).max(1).default(0.2).describe('A collection or dataset that lost this share of its rows is held.'),
  schoolLoss: z.number().min(0.01).max(1).default(0.5).describe('A school that lost this share of its students is held.'),
  collectionGrowth: z.number().min(1.01).max(1000).default(2).describe('A collection or dataset that grew by this factor is held.'),
});
export type GateThresholds = z.infer<typeof GateThresholds>;

/** From which age on the badge of a source calls its data ageing, and old. */
export const BadgeAges = z.strictObject({
  freshDays: z.number().min(0.01).max(3660).default(1).describe('Younger data is fresh: green, days.'),
  oldDays: z.number().min(0.01).max(3660).default(7).describe('Older data is old: red, days. Between the two it ages: yellow.'),
}).refine(({ freshDays, oldDays }) => oldDays > freshDays, { path: ['oldDays'], error: 'must be more than freshDays' });
export type BadgeAges = z.infer<typeof BadgeAges>;

const SourceKind = z.enum(['oneroster-1.1', 'oneroster-1.2', 'classlink']);
export type SourceKind = z.infer<typeof SourceKind>;

/** One upstream of a district. Defaults are those of the requirements. */
export const SourceConfig = z.strictObject({
  id: SourceId.describe('Name of the source in addresses and folders; unique in its district, never changed.'),
  kind: SourceKind.describe('What the upstream speaks.'),
  baseUrl: BaseUrl.describe('Root of the REST API, as `https://sis.example.org/ims/oneroster/v1p1`; for ClassLink the root of the proxy.'),
  auth: UpstreamAuth.describe('How the source proves who it is.'),
  classlink: z.strictObject({
    applicationId: z.string().max(512).optional().describe('Id of the application in `/applications`, already percent-escaped; found by the tenant when absent.'),
    tenantId: z.string().max(128).optional().describe('Tenant whose application is taken from `/applications`.'),
    pathPrefix: z.string().max(128).default('').describe('What stands between the host and the id of the application, as `/proxy/v1p0`.'),
  }).optional().describe('Which application of a ClassLink partner to read.'),
  allowedHosts: z.array(Host).max(16).default([]).describe('Further hosts that this source may call (a token host, a proxy); the hosts of baseUrl and tokenUrl are allowed anyway.'),
  allowPrivateAddresses: z.boolean().default(false).describe('Allows loopback and private address ranges: for tests and upstreams inside the house.'),
  demographics: z.enum(['off', 'optional', 'required']).default('off').describe('Whether demographics are read. `optional`: refused ones make the snapshot partial; `required`: they fail the run.'),
  limits: FetchLimits.prefault({}).describe('Limits of the calls to this source.'),
  liveLookUp: z.boolean().default(false).describe('Whether its live system may be asked for people and classes, by who may `look-up-live`, as long as no snapshot of it was ever published. Such answers are marked, nothing of them is kept, and none starts a refresh.'),
  walk: WalkSettings.prefault({}).describe('How strictly a pull must be proven complete; anything but the defaults stands in status.json as a weaker setting.'),
  validation: z.enum(['strict', 'lenient']).default('strict').describe('`strict`: any invalid record fails the run. `lenient`: invalid optional fields are left out and counted.'),
  gate: GateThresholds.prefault({}).describe('When a complete refresh is held instead of published, compared with the last good snapshot.'),
  badge: BadgeAges.prefault({}).describe('When its badge on the page turns yellow, and red.'),
  approval: z.strictObject({
    fourEyes: z.boolean().default(false).describe('Whoever asked for a run may not approve its held snapshot; another key must.'),
  }).prefault({}).describe('How held snapshots are approved.'),
  schedule: z.strictObject({
    cron: z.string().max(128).default('0 3 * * *').describe('Cron of five fields.'),
    timeZone: TimeZone.optional().describe('IANA time zone of the cron; that of the district when absent.'),
  }).or(z.literal('off')).prefault({}).describe('When the source is refreshed by itself; `off` for by hand only.'),
  retentionDays: z.number().int().min(1).max(3660).default(30).describe('How long snapshots are kept, days; the current one always.'),
  columns: z.partialRecord(Dataset, z.array(z.string().min(1).max(64)).min(1).max(64)).default({})
    .describe('Columns of the CSV files instead of the defaults, by dataset; all are listed in libs/sources/docs/COLUMNS.md.'),
  redact: z.array(z.string().min(1).max(64)).max(32).default([]).describe('Names of properties, at any depth, that are dropped before anything is stored, besides passwords.'),
});
export type SourceConfig = z.infer<typeof SourceConfig>;

/** A tenant with its sources. */
export const DistrictConfig = z.strictObject({
  id: DistrictId.describe('Name of the district in addresses and folders; never changed.'),
  name: z.string().min(1).max(255).describe('Name of the district for people.'),
  timeZone: TimeZone.default('UTC').describe('IANA time zone: of its crons, and of the date that a snapshot carries.'),
  sources: z.array(SourceConfig).min(1).max(32).describe('The upstreams of the district.'),
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
  version: z.literal(1).describe('Version of this file.'),
  districts: z.array(DistrictConfig).max(20_000).describe('The tenants.'),
}).superRefine((file, context) => {
  const seen = new Set<string>();
  file.districts.forEach((district, index) => {
    if (seen.has(district.id)) context.addIssue({ code: 'custom', path: ['districts', index, 'id'], message: `the district id ${district.id} stands twice` });
    seen.add(district.id);
  });
});
export type LastgoodFile = z.infer<typeof LastgoodFile>;
