import { z } from 'zod';

const seconds = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** The variables that the writer alone reads. */
export const WriterConfig = z.object({
  WRITER_SILENCE_SECONDS: seconds(1, 3600).default(60).describe('A run without a sign of life for this long is taken over.'),
  WRITER_LOOK_SECONDS: z.coerce.number().min(0.05).max(60).default(2).describe('How often the writer looks at runs, schedule and outbox.'),
  WRITER_MAX_EPOCHS: z.coerce.number().int().min(1).max(1000).default(20).describe('A run that was begun this often without an end fails.'),
  WRITER_RETRY_MINUTES: z.string().max(64).regex(/^(\d{1,4}(,\d{1,4}){0,9})?$/, 'minutes, separated by commas').default('5,15')
    .transform((text) => (text === '' ? [] : text.split(',').map(Number))).describe('A scheduled run that failed for a passing reason is tried again after these minutes, one after the other. Empty: never.'),
  WRITER_REFRESH_NEW_SOURCES: z.enum(['true', 'false']).default('false').transform((text) => text === 'true').describe('Refresh a source that was never seen before at once, instead of at its first tick.'),
  WRITER_RUNS_AT_ONCE: z.coerce.number().int().min(1).max(10_000).default(100)
    .describe('The schedule starts no run while so many are under way; who asks otherwise is told to ask again later from twice as many on. About 100 for each fetcher is the most: what a fetcher has no room for goes back to the broker.'),
  WRITER_GRACE_MINUTES: z.coerce.number().int().min(0).max(100_000).default(1440).describe('How long the files of an expired snapshot stay for readers under way.'),
});
export type WriterConfig = z.infer<typeof WriterConfig>;
