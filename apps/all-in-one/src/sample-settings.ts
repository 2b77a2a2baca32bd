import { z } from 'zod';

/** The variables that only the all-in-one process reads. */
export const SampleSettings = z.object({
  LASTGOOD_SAMPLE_PEOPLE: z.coerce.number().int().max(2_000_000).refine((people) => people === 0 || people >= 80, 'must be 0, or 80 and more').default(50_000)
    .describe('People of the simulated district that is started beside the services when LASTGOOD_CONFIG is not set; 0 starts without it.'),
});
export type SampleSettings = z.infer<typeof SampleSettings>;
