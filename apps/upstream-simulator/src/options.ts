import { z } from 'zod';
import { quirkListSchema } from './quirks/quirk.js';

const secret = z.string().min(1).max(1000);
const path = z.string().regex(/^\/[\w\-./]*$/).max(200);

/** How a caller proves who it is, for the data paths that are not behind the ClassLink proxy. */
export const authSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  z.strictObject({ kind: z.literal('bearer'), token: secret }),
  z.strictObject({
    kind: z.literal('oauth2'),
    clientId: secret,
    clientSecret: secret,
    /** Where the token request carries the credentials; anything else is refused. */
    credentialsIn: z.enum(['basic', 'form', 'query']).default('basic'),
    tokenPath: path.default('/oauth/token'),
    expiresInSeconds: z.int().min(1).max(86_400).default(3600),
    /** The reply names the scope that was granted; the standard allows to leave it out. */
    tellsScope: z.boolean().default(true),
    /** Scopes are enforced: demographics need their own. */
    enforcesScope: z.boolean().default(true),
    /** The scopes this client may have; asked-for scopes outside of it are not granted. */
    grantableScopes: z.array(z.string().min(1).max(200)).max(20).optional(),
    newTokenEndsOlder: z.boolean().default(false),
    /** Data calls must echo the cookie that the token reply set. */
    wantsCookie: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal('oauth1'),
    consumerKey: secret,
    consumerSecret: secret,
    signatureMethods: z.array(z.enum(['HMAC-SHA1', 'HMAC-SHA256'])).min(1).max(2).default(['HMAC-SHA1', 'HMAC-SHA256']),
    pastSeconds: z.int().min(1).max(86_400).default(600),
    futureSeconds: z.int().min(1).max(86_400).default(300),
  }),
]);

export type Auth = z.output<typeof authSchema>;
export type AuthOf<K extends Auth['kind']> = Extract<Auth, { kind: K }>;

/** The ClassLink proxy: partner bearer, and how many districts /applications lists. */
export const classLinkSchema = z.strictObject({
  partnerBearer: secret.default('partner-bearer'),
  /** Districts in /applications; every fifth is disabled, every seventh not active. The first is always usable. */
  applications: z.int().min(1).max(10_000).default(3),
});

const districtShape = {
  districtId: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/),
  seed: z.int().min(0).max(4_294_967_295),
  people: z.int().min(80).max(2_000_000),
  night: z.int().min(0).max(10_000),
};

/** Everything a simulator can be started with. */
export const simulatorOptionsSchema = z.strictObject({
  host: z.string().min(1).max(255).default('127.0.0.1'),
  /** 0 takes a free port. */
  port: z.int().min(0).max(65_535).default(0),
  districtId: districtShape.districtId.default('sample'),
  seed: districtShape.seed.default(1),
  people: districtShape.people.default(1000),
  night: districtShape.night.default(0),
  /** A folder or ZIP of OneRoster CSV files to serve instead of a generated district. */
  csv: z.string().min(1).max(4096).optional(),
  auth: authSchema.default({ kind: 'bearer', token: 'upstream-token' }),
  classLink: classLinkSchema.prefault({}),
  /** Largest limit that is honoured; larger ones are clamped as ClassLink does. */
  maxLimit: z.int().min(1).max(100_000).default(10_000),
  quirks: quirkListSchema.default([]),
});

export type SimulatorSettings = z.output<typeof simulatorOptionsSchema>;
/** What `startSimulator` takes; everything has a default. */
export type SimulatorOptions = z.input<typeof simulatorOptionsSchema>;

/** A change of the district's data while it runs; what is left out stays. */
export const districtChangeSchema = z.strictObject(districtShape).partial();

export type DistrictChange = z.output<typeof districtChangeSchema>;
