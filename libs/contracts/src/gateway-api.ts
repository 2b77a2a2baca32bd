import { z } from 'zod';
import { BadgeAges } from './district-config.js';
import { DistrictId, Instant } from './ids.js';
import { SourceReadStatus } from './search-api.js';
import { SourceRunStatus } from './writer-api.js';

export const DistrictsAnswer = z.strictObject({
  items: z.array(z.strictObject({ id: DistrictId, name: z.string().max(255), timeZone: z.string().max(64), sources: z.array(z.strictObject({ id: z.string().max(63), kind: z.string().max(64) })).max(32) })).max(20_000),
}).meta({ id: 'DistrictsAnswer' });
export type DistrictsAnswer = z.infer<typeof DistrictsAnswer>;

/** Read side first; run fields are null with a reason when the writer does not answer within 1 s. */
export const DistrictStatus = z.strictObject({
  district: DistrictId,
  at: Instant,
  sources: z.array(SourceReadStatus.extend({
    kind: z.string().max(64),
    /** Whether its live system may be asked while it has no snapshot. */
    liveLookUp: z.boolean(),
    /** What its badge calls fresh and old; a day and a week where it is not told. */
    badge: BadgeAges.optional(),
    runs: SourceRunStatus.omit({ source: true }).nullable(),
  })).max(32),
  runsUnavailable: z.string().max(255).nullable(),
}).meta({ id: 'DistrictStatus' });
export type DistrictStatus = z.infer<typeof DistrictStatus>;

export const ParkedQuery = z.strictObject({ limit: z.coerce.number().int().min(1).max(200).default(50) });
export const ParkedMessage = z.strictObject({
  id: z.string().max(128),
  service: z.string().max(32),
  type: z.string().max(64).nullable(),
  attempts: z.number().int().min(0),
  reason: z.string().max(500),
  parkedAt: Instant,
  sizeBytes: z.number().int().min(0),
}).meta({ id: 'ParkedMessage' });
export type ParkedMessage = z.infer<typeof ParkedMessage>;
export const ParkedAnswer = z.strictObject({ items: z.array(ParkedMessage).max(200) }).meta({ id: 'ParkedAnswer' });
