import type { CollectionProgress, EventData } from '@lastgood/contracts';
import type { Clock } from '@lastgood/service-runtime';
import type { RunEnd } from './end-run.js';
import type { RunAnnouncer } from './run-announcer.js';
import type { RunStore } from './run-store.js';

/** What the builds want to know of fetched data. */
export interface FetchedListener {
  /** A collection is complete: reading it may begin before the others are. */
  collectionFetched(event: EventData<'collection.fetched'>): void;
  /** A run waits for a builder. */
  runFetched(): void;
}

/** Takes in what fetchers tell. Every handler may be called twice and late; what an older epoch says changes nothing. */
export class FetchEvents {
  constructor(
    private readonly runs: RunStore,
    private readonly end: RunEnd,
    private readonly announcer: RunAnnouncer,
    private readonly builds: FetchedListener,
    private readonly clock: Clock,
  ) {}

  async progress(event: EventData<'fetch.progress'>): Promise<void> {
    const row = await this.runs.get(event.run);
    if (row === undefined || row.epoch !== event.epoch) return;
    const older = callsOf(event.collections) < callsOf(JSON.parse(row.collections) as CollectionProgress[]);
    const changed = await this.runs.change({ id: event.run, epoch: event.epoch, phases: ['requested', 'fetching'] }, {
      phase: 'fetching', alive_at: this.#now(),
      ...(!older && { collection: event.collection, collections: JSON.stringify(event.collections) }),
    });
    if (changed === undefined) {
      // The last word of a pull may be overtaken by its end.
      if (!older) await this.runs.change({ id: event.run, epoch: event.epoch, phases: ['building', 'checking', 'publishing'] }, { collections: JSON.stringify(event.collections) });
      return;
    }
    await (row.phase === 'requested' ? this.announcer.phase(changed) : this.announcer.progress(changed));
  }

  async collectionFetched(event: EventData<'collection.fetched'>): Promise<void> {
    const changed = await this.runs.change({ id: event.run, epoch: event.epoch, phases: ['requested', 'fetching'] }, { phase: 'fetching', alive_at: this.#now() });
    if (changed !== undefined) this.builds.collectionFetched(event);
  }

  async refreshFetched(event: EventData<'refresh.fetched'>): Promise<void> {
    const row = await this.runs.get(event.run);
    if (row === undefined) return;
    const collections = finished(JSON.parse(row.collections) as CollectionProgress[], event.pageLists);
    const changed = await this.runs.change({ id: event.run, epoch: event.epoch, phases: ['requested', 'fetching'] }, {
      phase: 'building', collection: null, builder: null, alive_at: this.#now(), collections: JSON.stringify(collections),
      page_lists: JSON.stringify(event.pageLists), stats: JSON.stringify(event.stats),
    });
    if (changed !== undefined) await this.announcer.phase(changed);
    this.builds.runFetched();
  }

  async fetchFailed(event: EventData<'fetch.failed'>): Promise<void> {
    const row = await this.runs.get(event.run);
    if (row === undefined) return;
    const { calls, retries } = event;
    const records = (JSON.parse(row.collections) as CollectionProgress[]).reduce((sum, each) => sum + each.records, 0);
    const stats = { calls, retries, records, durationMs: Math.max(0, this.clock.now() - Date.parse(row.epoch_at)) };
    await this.end.stop(event.run, event.epoch, { outcome: 'failed', failure: event.failure, actor: 'fetcher', reason: event.failure.message }, stats);
  }

  #now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}

/** What the page lists say is final; the last progress event may have come before the last page, or not at all. */
function finished(told: readonly CollectionProgress[], pageLists: EventData<'refresh.fetched'>['pageLists']): CollectionProgress[] {
  return pageLists.map(({ collection, rows }) => {
    const known = told.find((each) => each.collection === collection) ?? { collection, pages: 0, toldTotal: null, duplicates: 0, calls: 0, retries: 0, restarts: 0, evidence: null };
    return { ...known, state: 'state' in known && known.state === 'missing' ? 'missing' : 'fetched', records: rows };
  });
}

function callsOf(collections: readonly CollectionProgress[]): number {
  return collections.reduce((sum, { calls, pages }) => sum + calls + pages, 0);
}
