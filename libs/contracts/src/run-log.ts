import { z } from 'zod';
import { Instant } from './ids.js';
import { Cursor } from './search-api.js';

/** How much a line of a run's log matters. */
export const RunLogLevel = z.enum(['info', 'warn', 'error']);
export type RunLogLevel = z.infer<typeof RunLogLevel>;

const FieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/);
const MOST_FIELDS = 16;
const line = {
  at: Instant,
  level: RunLogLevel,
  message: z.string().min(1).max(500),
  /** Identifiers, counts and codes; never a personal value. */
  fields: z.record(FieldName, z.union([z.string().max(255), z.number(), z.boolean(), z.null()])).refine((fields) => Object.keys(fields).length <= MOST_FIELDS, `at most ${MOST_FIELDS} fields`),
};

/** A line as a fetcher tells it; `number` counts the lines of one pull, so that one that comes twice is kept once. */
export const ToldRunLogLine = z.strictObject({ ...line, number: z.number().int().min(0) });
export type ToldRunLogLine = z.infer<typeof ToldRunLogLine>;

/** A line as it is kept with its run, by the service that wrote it. */
export const RunLogLine = z.strictObject({ ...line, by: z.enum(['fetcher', 'writer']) });
export type RunLogLine = z.infer<typeof RunLogLine>;

/** Query of a run's log. `level`: lines that matter at least so much; `q`: lines with this text in message or fields, whatever its case. */
export const RunLogQuery = z.strictObject({
  level: RunLogLevel.default('info'),
  q: z.string().max(100).default(''),
  limit: z.coerce.number().int().min(1).max(500).default(200),
  cursor: Cursor.optional(),
});
export type RunLogQuery = z.infer<typeof RunLogQuery>;

/** Lines of a run's log, oldest first. A run keeps its newest 2,000 lines, for 30 days. */
export const RunLogAnswer = z.strictObject({ items: z.array(RunLogLine).max(500), nextCursor: Cursor.nullable() }).meta({ id: 'RunLogAnswer' });
export type RunLogAnswer = z.infer<typeof RunLogAnswer>;
