import type { Collection, CollectionProgress, EventData } from '@lastgood/contracts';
import type { EventBus } from '@lastgood/event-bus';
import type { Clock, Log } from '@lastgood/service-runtime';
import type { PullPlace } from './staging.js';

/** How often a pull tells how far it is, milliseconds. */
export interface ProgressSettings {
  /** At least this often, changed or not: the sign of life. */
  heartbeatMs: number;
  /** At most this often. */
  shortestMs: number;
}

/** How far a pull is, and the loop that tells it. */
export class PullProgress {
  readonly #collections: CollectionProgress[];
  #current: Collection | null = null;
  #changed = true;

  constructor(collections: readonly Collection[]) {
    this.#collections = collections.map((collection) => ({
      collection, state: 'waiting', pages: 0, records: 0, toldTotal: null, duplicates: 0, calls: 0, retries: 0, restarts: 0, evidence: null,
    }));
  }

  /** Changes what is known of one collection, which becomes the current one. */
  update(collection: Collection, change: Partial<Omit<CollectionProgress, 'collection'>>): void {
    const known = this.#collections.find((candidate) => candidate.collection === collection);
    if (known) Object.assign(known, change);
    this.#current = collection;
    this.#changed = true;
  }

  get(collection: Collection): CollectionProgress | undefined {
    return this.#collections.find((candidate) => candidate.collection === collection);
  }

  /** Publishes until the signal ends it; a bus that is away costs progress, not the pull. */
  async tell(place: PullPlace, tools: { bus: EventBus; clock: Clock; log: Log; settings: ProgressSettings }, signal: AbortSignal): Promise<void> {
    const { bus, clock, log, settings } = tools;
    let toldMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      if (this.#changed || clock.now() - toldMs >= settings.heartbeatMs) {
        toldMs = clock.now();
        await this.tellNow(place, { bus, log });
      }
      await clock.sleep(Math.min(settings.shortestMs, settings.heartbeatMs), signal).catch(() => undefined);
    }
  }

  /** Publishes how far the pull is; called at its end too, so that what it came to is known. */
  async tellNow(place: PullPlace, { bus, log }: { bus: EventBus; log: Log }): Promise<void> {
    this.#changed = false;
    const data: EventData<'fetch.progress'> = { ...place, collection: this.#current, collections: this.#collections.map((known) => ({ ...known })) };
    await bus.publish('fetch.progress', data).catch((error: unknown) => log.warn('progress could not be told', { cause: error instanceof Error ? error.name : 'unknown' }));
  }
}
