import { z } from 'zod';

/** The variables that the search service alone reads. */
export const SearchConfig = z.object({
  SEARCH_POLL_SECONDS: z.coerce.number().min(0.05).max(3600).default(30).describe('How often the logs of asked districts are looked at, should an event have been lost.'),
  SEARCH_OPEN_INDEXES: z.coerce.number().int().min(1).max(10_000).default(32).describe('How many indexes are open at once; the least recently used is closed.'),
  SEARCH_DISK_MEGABYTES: z.coerce.number().int().min(1).max(10_000_000).default(20_000).describe('How much disk local copies of indexes may take; the least recently used goes. An index in use stays.'),
  SEARCH_INDEX_CACHE_MEGABYTES: z.coerce.number().min(0.5).max(4096).default(8).describe('Page cache of one open index. Lists of rows kept beside it take up to 1.5 MB more.'),
});
export type SearchConfig = z.infer<typeof SearchConfig>;
