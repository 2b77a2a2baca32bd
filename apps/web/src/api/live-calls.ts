import type { LiveClassAnswer, LiveClassesAnswer, LivePeopleAnswer, LivePersonAnswer } from '@lastgood/contracts';
import { call } from './call.js';
import type { SearchedDataset } from './shapes.js';

interface OfSource {
  district: string;
  source: string;
}

/** Asks the live system of a source for people or classes. */
export const LIVE_SEARCHES: Record<SearchedDataset, (of: OfSource, q: string) => Promise<LivePeopleAnswer | LiveClassesAnswer>> = {
  students: (of, q) => call('livelookup_students', { ...of, query: { q } }),
  parents: (of, q) => call('livelookup_parents', { ...of, query: { q } }),
  classes: (of, q) => call('livelookup_classes', { ...of, query: { q } }),
};

/** Asks the live system of a source for one record. */
export const LIVE_RECORDS: Record<SearchedDataset, (of: OfSource & { sourcedId: string }, signal: AbortSignal) => Promise<LivePersonAnswer | LiveClassAnswer>> = {
  students: (of, signal) => call('livelookup_student', of, signal),
  parents: (of, signal) => call('livelookup_parent', of, signal),
  classes: (of, signal) => call('livelookup_class', of, signal),
};
