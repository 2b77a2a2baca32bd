/** Every step of the protocol at which a process may die, by the name that the code reaches it with; a test compares these lists with the sources. */

/** Of a run that publishes, in the writer. */
export const WRITER_POINTS = [
  'run.row-created', 'run.begun', 'run.outbox-written', 'run.requested-sent', 'build.ingested', 'build.built', 'commit.part-written', 'commit.parts-verified',
  'commit.status-written', 'commit.manifest-written', 'commit.record-appended', 'commit.announced',
];
/** Reached by whoever asks while the run of another is under way. */
export const JOINING_POINTS = ['run.joined'];
/** Of a run that fails. */
export const FAILING_POINTS = ['abort.before-record', 'abort.record-appended'];
export const FETCHER_POINTS = ['fetch.page-landed', 'fetch.page-list-written', 'fetch.collection-announced', 'fetch.before-refresh-fetched'];
/** Killed where services run apart only: search begins with nothing but the bucket, and shares no state with the run. */
export const SEARCH_POINTS = ['search.log-heard', 'search.log-read'];

/** Those at which the product in one process is killed. */
export const KILLED_IN_ONE_PROCESS = [...WRITER_POINTS, ...JOINING_POINTS, ...FAILING_POINTS, ...FETCHER_POINTS];
/** Those at which services that run apart are killed. */
export const KILLED_APART = [...KILLED_IN_ONE_PROCESS, ...SEARCH_POINTS];
