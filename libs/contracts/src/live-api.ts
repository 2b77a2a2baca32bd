import { z } from 'zod';
import { DistrictId, Instant, SourceId } from './ids.js';
import { ClassItem, PersonItem } from './search-api.js';

/** What a live look-up asks for. One or two words of a name, one email address or one number; of classes one or two words of a title, or a code. */
export const LiveQuery = z.strictObject({
  q: z.string().trim().min(1).max(200),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});
export type LiveQuery = z.infer<typeof LiveQuery>;

/** What can be looked up in the live system of a source. */
export const LiveDataset = z.enum(['students', 'parents', 'classes']);
export type LiveDataset = z.infer<typeof LiveDataset>;

/** What the gateway sends the fetcher for a search; in a body, since addresses are kept in more places. */
export const LiveSearchCommand = LiveQuery.extend({ dataset: LiveDataset });
export type LiveSearchCommand = z.infer<typeof LiveSearchCommand>;

/** What the gateway sends the fetcher for one record; `record`: whether the whole upstream record is wanted. */
export const LiveRecordCommand = z.strictObject({ dataset: LiveDataset, sourcedId: z.string().min(1).max(255), record: z.boolean() });
export type LiveRecordCommand = z.infer<typeof LiveRecordCommand>;

/** A person as the live system knows it: without links to other people, and with schools that are only named by their ids, since each would cost a call. */
export const LivePerson = PersonItem.meta({ id: 'LivePerson' });
export type LivePerson = z.infer<typeof LivePerson>;

/** A class as the live system knows it: without teachers and number of students, with course and school only by their ids. */
export const LiveClass = ClassItem.omit({ teachers: true, students: true }).meta({ id: 'LiveClass' });
export type LiveClass = z.infer<typeof LiveClass>;

const answered = {
  district: DistrictId,
  source: SourceId,
  /** Always true: this comes from the live system and is no snapshot. Nothing of it is kept, and the same question may be answered otherwise a moment later. */
  live: z.literal(true),
  /** When the live system had answered. */
  at: Instant,
};

const answerOf = <T extends z.ZodType>(item: T, id: string) => z.strictObject({
  ...answered,
  items: z.array(item).max(50),
  /** The live system has, or may have, more that match: it was asked for at most 100 rows. */
  more: z.boolean(),
  /** Rows of the live system that lack what is required of a record, and are not among the items. */
  unreadable: z.number().int().min(0).max(1000),
}).meta({ id });
export const LivePeopleAnswer = answerOf(LivePerson, 'LivePeopleAnswer');
export type LivePeopleAnswer = z.infer<typeof LivePeopleAnswer>;
export const LiveClassesAnswer = answerOf(LiveClass, 'LiveClassesAnswer');
export type LiveClassesAnswer = z.infer<typeof LiveClassesAnswer>;

const recordOf = <T extends z.ZodType>(item: T, id: string) => z.strictObject({ ...answered, item }).meta({ id });
/** The whole upstream record without passwords; null for who may not `read-record`. */
const whole = { record: z.record(z.string(), z.unknown()).nullable() };
export const LivePersonAnswer = recordOf(LivePerson.extend(whole).meta({ id: 'LivePersonDetail' }), 'LivePersonAnswer');
export type LivePersonAnswer = z.infer<typeof LivePersonAnswer>;
export const LiveClassAnswer = recordOf(LiveClass.extend(whole).meta({ id: 'LiveClassDetail' }), 'LiveClassAnswer');
export type LiveClassAnswer = z.infer<typeof LiveClassAnswer>;

/** What the read side says of a source before a live look-up: whether its log, read to the end for this answer, has ever published a snapshot. */
export const PublishedAnswer = z.strictObject({ district: DistrictId, source: SourceId, published: z.boolean() });
export type PublishedAnswer = z.infer<typeof PublishedAnswer>;
