import { z } from 'zod';
import { Collection } from './ids.js';

/** Why a run failed, quarantined or warned: stable code, words without personal values, and where it was. Stored in log records and `status.json` of version 1, which older code refuses with a property more. */
export const Finding = z.strictObject({
  /** Stable, snake_case, for programs: `upstream_moving`, `upstream_unauthorized`, `envelope_missing`, `collection_shrank`, ... */
  code: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/).meta({ maxLength: 64 }),
  severity: z.enum(['error', 'warning']),
  /** What happened and what to do, at most 500 characters. */
  message: z.string().max(500),
  /** As the upstream serves it; the message names a dataset where only that is meant. */
  collection: Collection.nullable(),
  /** Offset of the page in rows, when one page is meant. */
  offset: z.number().int().min(0).nullable(),
  /** HTTP status of the upstream, when there was one. */
  httpStatus: z.number().int().min(100).max(599).nullable(),
  /** How often it happened. */
  count: z.number().int().min(1),
});
export type Finding = z.infer<typeof Finding>;

/** The cause of a failed run. */
export const RunFailure = Finding.extend({
  severity: z.literal('error'),
  /** True when asking again later may work without a change of configuration. */
  retryable: z.boolean(),
});
export type RunFailure = z.infer<typeof RunFailure>;
