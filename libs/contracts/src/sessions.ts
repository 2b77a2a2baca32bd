import { z } from 'zod';
import { DistrictId, Instant } from './ids.js';

/** Roles of keys. An auditor sees who did what and how the districts are, but no people. */
export const Role = z.enum(['viewer', 'operator', 'admin', 'auditor']);
export type Role = z.infer<typeof Role>;

/** Body of a sign-in: a key, or the token of a sign-in link, which works once. */
export const SignInBody = z.strictObject({ key: z.string().min(1).max(512).optional(), link: z.string().min(1).max(512).optional() })
  .refine(({ key, link }) => (key === undefined) !== (link === undefined), { message: 'either a key or a link', path: ['key'] });
export type SignInBody = z.infer<typeof SignInBody>;

/** Who is signed in. Every unsafe request with the cookie carries `csrf` as `X-CSRF-Token`. */
export const Session = z.strictObject({
  name: z.string().max(128),
  role: Role,
  /** What the role may do, as the routes ask for it. */
  permissions: z.array(z.string().max(32)).max(32),
  /** Null for all. */
  districts: z.array(DistrictId).max(1000).nullable(),
  csrf: z.string().max(64),
  expiresAt: Instant,
}).meta({ id: 'Session' });
export type Session = z.infer<typeof Session>;

const keyFields = {
  name: z.string().min(1).max(128),
  role: Role,
  /** Districts the key may see; null for all. */
  districts: z.array(DistrictId).min(1).max(1000).nullable(),
  expiresAt: Instant.nullable(),
};
/** Body of a new key. */
export const NewKeyBody = z.strictObject({ ...keyFields, districts: keyFields.districts.default(null), expiresAt: keyFields.expiresAt.default(null) });
export type NewKeyBody = z.infer<typeof NewKeyBody>;
/** A key as lists show it, never its value. */
export const KeyItem = z.strictObject({ id: z.string().max(64), ...keyFields, createdAt: Instant, revokedAt: Instant.nullable() });
export type KeyItem = z.infer<typeof KeyItem>;
export const KeysAnswer = z.strictObject({ items: z.array(KeyItem).max(1000) }).meta({ id: 'KeysAnswer' });
export type KeysAnswer = z.infer<typeof KeysAnswer>;
/** `key` is shown this once. */
export const CreatedKey = KeyItem.extend({ key: z.string().max(128) }).meta({ id: 'CreatedKey' });
export type CreatedKey = z.infer<typeof CreatedKey>;
