import { infiniteQueryOptions, keepPreviousData, queryOptions, skipToken } from '@tanstack/react-query';
import type { DistrictStatus, RunLogLevel } from '@lastgood/contracts';
import type { Asked } from '@lastgood/gateway-client';
import { call } from './call.js';
import { ApiProblem } from './problem.js';
import type { DetailAnswer, Details, Items, SearchAnswer, SearchedDataset } from './shapes.js';

const LAGGING_POLL_MS = 1_000;
/** How often a screen asks for what schedules, command lines and others may have changed, milliseconds. */
export const POLL_MS = 5_000;

interface AskedBefore {
  state: { data: unknown; error: unknown };
}

/** When to ask again. What is refused is not asked for by itself: every refusal stands in the audit trail. */
export const pollOf = ({ state: { data, error } }: AskedBefore): number | false => (data === undefined && error instanceof ApiProblem && !error.problem.retryable ? false : POLL_MS);

/** Null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => call('session_current', {}, signal).catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 401) return null;
    throw error;
  }),
  staleTime: Infinity,
});

export const districtsQuery = queryOptions({ queryKey: ['districts'], queryFn: ({ signal }) => call('districts_list', {}, signal), staleTime: 60_000 });

/** A run has ended and the read side has not heard of it yet. */
const lags = ({ runs, logNumber }: DistrictStatus['sources'][number]): boolean => (runs?.lastRun?.logNumber ?? 0) > logNumber;

/** Asked every 5 s, and every second while the end of a run has not reached the read side. */
export const statusQuery = (district: string) => queryOptions({
  queryKey: ['status', district],
  queryFn: ({ signal }) => call('districts_status', { district }, signal),
  refetchInterval: (asked) => (asked.state.data?.sources.some(lags) ? LAGGING_POLL_MS : pollOf(asked)),
});

/** The last runs; `newest` is the last that the status tells of, where that decides when to ask anew. */
export const runsQuery = (district: string, source: string | undefined, limit: number, newest?: string) => queryOptions({
  queryKey: ['runs', district, source ?? null, limit, newest ?? null],
  queryFn: ({ signal }) => call('runs_list', { query: { district, source, limit } }, signal),
});

export const runQuery = (run: string) => queryOptions({ queryKey: ['run', run], queryFn: ({ signal }) => call('runs_one', { run }, signal) });

/** A run's log keeps at most 2,000 lines. */
const LINES_AT_ONCE = 500;

export const runLogQuery = (run: string, level: RunLogLevel, q: string) => infiniteQueryOptions({
  queryKey: ['run-log', run, level, q],
  queryFn: ({ signal, pageParam }) => call('runs_log', { run, query: { level, q, limit: LINES_AT_ONCE, cursor: pageParam } }, signal),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
  placeholderData: keepPreviousData,
});

/** What is searched for; values that are not set do not filter. */
export interface SearchValues {
  q: string;
  source?: string | undefined;
  school?: string | undefined;
  grade?: string | undefined;
  role?: string | undefined;
}

const SEARCHES: { [D in SearchedDataset]: (asked: Asked<'people_students'>, signal: AbortSignal) => Promise<SearchAnswer<Items[D]>> } = {
  students: (asked, signal) => call('people_students', asked, signal),
  parents: (asked, signal) => call('people_parents', asked, signal),
  classes: (asked, signal) => call('people_classes', asked, signal),
};
const DETAILS: { [D in SearchedDataset]: (asked: Asked<'people_student'>, signal: AbortSignal) => Promise<DetailAnswer<Details[D]>> } = {
  students: (asked, signal) => call('people_student', asked, signal),
  parents: (asked, signal) => call('people_parent', asked, signal),
  classes: (asked, signal) => call('people_class', asked, signal),
};

const FIRST_PAGE = 20;
const NEXT_PAGE = 50;

/** The first page of every source. `snapshots` names the current ones, so that a new one asks anew. */
export const searchQuery = <D extends SearchedDataset>(district: string, dataset: D, values: SearchValues, snapshots: string) => queryOptions({
  queryKey: ['search', district, dataset, values, snapshots],
  queryFn: ({ signal }) => SEARCHES[dataset]({ district, query: { ...values, limit: FIRST_PAGE } }, signal),
  placeholderData: (previous, asked) => (asked?.queryKey[1] === district && asked.queryKey[2] === dataset ? previous : undefined),
  staleTime: 60_000,
});

/** How many there are of a kind that is not shown: each ask is a read of people, so it is made when the typing has come to rest. */
export const countQuery = (district: string, dataset: SearchedDataset, values: SearchValues, snapshots: string) => queryOptions({
  queryKey: ['count', district, dataset, values, snapshots],
  queryFn: async ({ signal }) => (await SEARCHES[dataset]({ district, query: { ...values, similar: 'false', limit: 1 } }, signal)).sources.map(({ count }) => count),
  placeholderData: (previous, asked) => (asked?.queryKey[1] === district && asked.queryKey[2] === dataset ? previous : undefined),
  staleTime: 60_000,
});

/** The pages of one source after its first. */
export const moreQuery = <D extends SearchedDataset>(district: string, dataset: D, source: string, values: SearchValues, cursor: string | null) => infiniteQueryOptions({
  queryKey: ['more', district, dataset, source, values, cursor],
  queryFn: cursor === null ? skipToken : ({ signal, pageParam }) => SEARCHES[dataset]({ district, query: { ...values, source, limit: NEXT_PAGE, cursor: pageParam } }, signal),
  initialPageParam: cursor ?? '',
  getNextPageParam: (page) => page.sources[0]?.nextCursor,
  enabled: false,
  staleTime: 60_000,
});

export const detailQuery = <D extends SearchedDataset>(district: string, dataset: D, sourcedId: string, snapshots: string) => queryOptions({
  queryKey: ['detail', district, dataset, sourcedId, snapshots],
  queryFn: ({ signal }) => DETAILS[dataset]({ district, sourcedId }, signal),
  placeholderData: (previous, asked) => (asked?.queryKey[2] === dataset && asked.queryKey[3] === sourcedId ? previous : undefined),
  staleTime: 60_000,
});

export const filtersQuery = (district: string, snapshots: string) => queryOptions({
  queryKey: ['filters', district, snapshots],
  queryFn: ({ signal }) => call('people_filters', { district }, signal),
  placeholderData: keepPreviousData,
  staleTime: 300_000,
});

export const snapshotsQuery = (district: string, source: string | undefined) => infiniteQueryOptions({
  queryKey: ['snapshots', district, source ?? null],
  queryFn: ({ signal, pageParam }) => call('snapshots_list', { district, query: { source, limit: 50, cursor: pageParam } }, signal),
  refetchInterval: pollOf,
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
});

export const snapshotQuery = (district: string, snapshot: string) => queryOptions({
  queryKey: ['snapshot', district, snapshot],
  queryFn: ({ signal }) => call('snapshots_one', { district, snapshot }, signal),
});

export const previewQuery = (district: string, snapshot: string) => queryOptions({
  queryKey: ['preview', district, snapshot],
  queryFn: ({ signal }) => call('snapshots_preview', { district, snapshot }, signal),
  // A large one is not compared yet.
  refetchInterval: ({ state: { data, error } }) => (data === undefined && error instanceof ApiProblem && error.problem.retryable ? POLL_MS : false),
});

export const scheduleQuery = (district: string, source: string) => queryOptions({
  queryKey: ['schedule', district, source],
  queryFn: ({ signal }) => call('schedule_get', { district, source }, signal),
});

export const keysQuery = queryOptions({ queryKey: ['keys'], queryFn: ({ signal }) => call('admin_list', {}, signal) });

export interface AuditValues {
  district?: string | undefined;
  actor?: string | undefined;
  action?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export const auditQuery = (values: AuditValues) => infiniteQueryOptions({
  queryKey: ['audit', values],
  queryFn: ({ signal, pageParam }) => call('audit_list', { query: { ...values, limit: 100, cursor: pageParam } }, signal),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
});
