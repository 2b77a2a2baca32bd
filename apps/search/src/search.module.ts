import { Inject, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ObjectStore } from '@lastgood/object-store';
import { Clock, Districts, LocalFolder, Log, Metrics, Readiness } from '@lastgood/service-runtime';
import type { SearchConfig } from './config.js';
import { SearchController } from './search.controller.js';
import { Search } from './search.js';
import { SnapshotEventsController } from './snapshot-events.controller.js';
import { SnapshotsController } from './snapshots.controller.js';

/** Puts the read side together from the runtime's providers and keeps it going. */
@Module({})
export class SearchModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(Search) private readonly search: Search) {}

  static of(config: SearchConfig): DynamicModule {
    const useFactory = (store: ObjectStore, districts: Districts, clock: Clock, log: Log, metrics: Metrics, readiness: Readiness, folder: LocalFolder): Search =>
      new Search({ store, districts, clock, log, metrics, readiness, folder }, config);
    return {
      module: SearchModule,
      controllers: [SnapshotsController, SearchController, SnapshotEventsController],
      providers: [{ provide: Search, inject: [ObjectStore, Districts, Clock, Log, Metrics, Readiness, LocalFolder], useFactory }],
    };
  }

  onApplicationBootstrap(): void {
    this.search.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.search.stop();
  }
}
