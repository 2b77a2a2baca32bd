import { Inject, Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Database } from '@lastgood/database';
import { EventBus } from '@lastgood/event-bus';
import { ObjectStore } from '@lastgood/object-store';
import { Clock, CrashPoints, Districts, LocalFolder, Log, Metrics, Readiness } from '@lastgood/service-runtime';
import type { WriterConfig } from './config.js';
import { FetchEventsController } from './fetch-events.controller.js';
import { Writer, type WriterPorts } from './writer.js';
import { DistrictController, RunsController } from './writer.controller.js';

const PORTS = [Database, EventBus, ObjectStore, Districts, Clock, Log, Metrics, Readiness, CrashPoints, LocalFolder];

/** Puts the writer together from the runtime's providers and keeps it going. */
@Module({})
export class WriterModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(Writer) private readonly writer: Writer) {}

  static of(config: WriterConfig): DynamicModule {
    const useFactory = (
      database: WriterPorts['database'], bus: WriterPorts['bus'], store: WriterPorts['store'], districts: Districts, clock: Clock, log: Log,
      metrics: Metrics, readiness: Readiness, crash: CrashPoints, folder: LocalFolder,
    ): Writer => new Writer({ database, bus, store, districts, clock, log, metrics, readiness, crash, folder }, config);
    return {
      module: WriterModule,
      controllers: [DistrictController, RunsController, FetchEventsController],
      providers: [{ provide: Writer, inject: PORTS, useFactory }],
    };
  }

  onApplicationBootstrap(): Promise<void> {
    return this.writer.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.writer.stop();
  }
}
