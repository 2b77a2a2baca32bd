import { ServiceError, type CollectionProgress, type EventData, type RunPhase } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import type { RunsTable } from '../tables.js';
import type { RunEnd } from './end-run.js';
import type { RunAnnouncer } from './run-announcer.js';
import { toldOf } from './run-row.js';
import type { RunStore } from './run-store.js';
import { currentOf, mergeTold } from './told-progress.js';

/** Progress of one run comes a few times a second; more contention than this is none. */
const TRIES = 50;
/** The phases in which a run waits for what is fetched. */
const AWAITS_FETCHER: readonly RunPhase[] = ['requested', 'fetching'];

/** One epoch of one run, as every event of a pull names it. */
export type PullPlace = Pick<EventData<'fetch.progress'>, 'district' | 'source' | 'run' | 'epoch'>;

/** What the builds want to know of fetched data. */
export interface FetchedListener {
  /** A pull told how far it is: what was known before, and now. Of all processes only one sees a step from one to the other. */
  pullWentOn(of: PullPlace, before: readonly CollectionProgress[], now: readonly CollectionProgress[]): void;
  /** A collection is complete: reading it may begin before the others are. */
  collectionFetched(event: EventData<'collection.fetched'>): void;
  /** A run waits for a builder. */
  runFetched(): void;
}

/** Takes in what fetchers tell. Every handler may be called twice, late and beside the others; what an older epoch says changes nothing. */
export class FetchEvents {
  constructor(
    private readonly runs: RunStore,
    private readonly end: RunEnd,
    private readonly announcer: RunAnnouncer,
    private readonly builds: FetchedListener,
    private readonly clock: Clock,
  ) {}

  /** Never loses what another message told at the same time: the row is changed only as it was read, else it is read again. */
  async progress(event: EventData<'fetch.progress'>): Promise<void> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const row = await this.runs.get(event.run);
      if (row === undefined || row.epoch !== event.epoch) return;
      const before = toldOf(row);
      const told = mergeTold(before, event.collections);
      const fetching = row.phase === 'requested' || row.phase === 'fetching';
      const changed = await this.runs.tell(row, {
        collections: JSON.stringify(told), ...(fetching && { phase: 'fetching', alive_at: this.#now(), collection: currentOf(told) }),
      });
      if (changed === undefined) continue;
      if (row.phase === 'requested') await this.announcer.phase(changed);
      else if (fetching) await this.announcer.progress(changed);
      if (fetching) this.builds.pullWentOn(event, before, told);
      return;
    }
    throw new ServiceError('unavailable', 'run_contended', 'The run changes too fast to enter its progress.');
  }

  async collectionFetched(event: EventData<'collection.fetched'>): Promise<void> {
    const { run: id, epoch } = event;
    const enter = (phase: 'requested' | 'fetching'): Promise<RunsTable | undefined> => this.runs.change({ id, epoch, phases: [phase] }, { phase: 'fetching', alive_at: this.#now() });
    // In this order: a run that progress moves on meanwhile is met by the second.
    const begun = await enter('requested');
    if (begun !== undefined) await this.announcer.phase(begun);
    if ((begun ?? (await enter('fetching'))) !== undefined) this.builds.collectionFetched(event);
  }

  async refreshFetched(event: EventData<'refresh.fetched'>): Promise<void> {
    const changed = await this.runs.change({ id: event.run, epoch: event.epoch, phases: AWAITS_FETCHER }, {
      phase: 'building', collection: null, builder: null, alive_at: this.#now(), page_lists: JSON.stringify(event.pageLists), stats: JSON.stringify(event.stats),
    });
    if (changed !== undefined) await this.announcer.phase(changed);
    this.builds.runFetched();
  }

  async fetchFailed(event: EventData<'fetch.failed'>): Promise<void> {
    const row = await this.runs.get(event.run);
    if (row === undefined) return;
    const { calls, retries, failure } = event;
    const stats = { calls, retries, durationMs: Math.max(0, this.clock.now() - Date.parse(row.epoch_at)) };
    // A run whose data is complete needs its fetcher no more.
    await this.end.stop(event.run, event.epoch, { outcome: 'failed', failure, actor: 'fetcher', reason: failure.message }, { stats, phases: AWAITS_FETCHER });
  }

  #now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
