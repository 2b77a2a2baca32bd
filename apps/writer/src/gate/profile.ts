import { z } from 'zod';
import { Collection, Dataset } from '@lastgood/contracts';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** `profile.json` of a snapshot, version 1: what the gate compares the next one with. Counts only; schools by sourcedId. */
export const Profile = z.strictObject({
  version: z.literal(1),
  /** Records per collection; collections that are missing do not stand here. */
  collections: z.partialRecord(Collection, count),
  datasets: z.partialRecord(Dataset, count),
  /** Students per school. */
  schools: z.record(z.string().max(255), count),
  /** Per dataset and property of its normalised records: in how many it had a value. */
  filled: z.partialRecord(Dataset, z.record(z.string().max(64), count)),
});
export type Profile = z.infer<typeof Profile>;

/** Logical name of the profile in a snapshot. */
export const PROFILE_NAME = 'profile.json';
