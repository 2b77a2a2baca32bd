import { z } from 'zod';

/** What the environment sets of the fetcher alone; limits of calls are set per source. */
export const FetcherConfig = z.object({
  LASTGOOD_FETCH_MAX_PULLS: z.coerce.number().int().min(1).max(64).default(4).describe('Pulls that one fetcher runs at once; more wait their turn.'),
  LASTGOOD_FETCH_MAX_WAITING: z.coerce.number().int().min(0).max(10_000).default(250).describe('Pulls that may wait in one fetcher; beyond it a request goes back to the broker. More than twice WRITER_RUNS_AT_ONCE, so that one fetcher has room for all.'),
  LASTGOOD_FETCH_HEARTBEAT_SECONDS: z.coerce.number().min(0.1).max(10).default(5).describe('Longest time between two signs of life of a pull.'),
  LASTGOOD_FETCH_WALK_MEMORY_MB: z.coerce.number().int().min(128).max(8192).default(1024).describe('Memory of the thread that parses the pages of a pull; a pull that needs more fails.'),
  LASTGOOD_FETCH_LIVE_LOOK_UPS: z.coerce.number().int().min(1).max(64).default(4).describe('Live look-ups that one fetcher makes at once, of sources that allow them; more are told to try again.'),
  LASTGOOD_FETCH_CIRCUIT_RESET_SECONDS: z.coerce.number().min(0.1).max(300).default(15).describe('How long an upstream host whose calls fail is left alone before one call tries again.'),
});
export type FetcherConfig = z.infer<typeof FetcherConfig>;
