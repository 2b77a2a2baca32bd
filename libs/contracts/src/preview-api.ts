import { z } from 'zod';
import { DistrictId, SnapshotId, SourceId } from './ids.js';
import { SchoolReference, SnapshotReference } from './search-api.js';

const Count = z.number().int().min(0);
const changes = { added: Count, removed: Count, changed: Count };
const Sample = z.strictObject({ sourcedId: z.string().max(255), name: z.string().max(2100) });

/** How one dataset of a snapshot differs from that of the current one. A record that moved counts for the schools and roles it has now. */
export const DatasetPreview = z.strictObject({
  ...changes,
  unchanged: Count,
  /** Schools with a difference, most differences first. */
  bySchool: z.array(z.strictObject({ school: SchoolReference, ...changes })).max(1000),
  /** Roles with a difference, most differences first; none for classes, those in the class for enrollments. */
  byRole: z.array(z.strictObject({ role: z.string().max(1024), ...changes })).max(100),
  /** The first records in order of sourcedId; `fields` are the properties of the upstream record that differ. Null for those who may not read records, and for enrollments. */
  samples: z.strictObject({
    added: z.array(Sample).max(20),
    removed: z.array(Sample).max(20),
    changed: z.array(Sample.extend({ fields: z.array(z.string().max(64)).max(32) })).max(20),
  }).nullable(),
});
export type DatasetPreview = z.infer<typeof DatasetPreview>;

/** What would change for readers if a snapshot became current. */
export const PreviewAnswer = z.strictObject({
  district: DistrictId,
  source: SourceId,
  snapshot: SnapshotId,
  /** The current snapshot it is compared with; null where nothing was published yet, and everything is new. */
  base: SnapshotReference.nullable(),
  /** What an approval carries as `previewed`. */
  log_head: z.number().int().min(1),
  datasets: z.strictObject({ students: DatasetPreview, parents: DatasetPreview, teachers: DatasetPreview, classes: DatasetPreview, enrollments: DatasetPreview }),
}).meta({ id: 'PreviewAnswer' });
export type PreviewAnswer = z.infer<typeof PreviewAnswer>;
