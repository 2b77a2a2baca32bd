import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { EventData } from '@lastgood/contracts';
import { Writer } from './writer.js';

/** What fetchers tell, brought to the runs. */
@Controller()
export class FetchEventsController {
  constructor(private readonly writer: Writer) {}

  @EventPattern('fetch.progress')
  progress(@Payload() event: EventData<'fetch.progress'>): Promise<void> {
    return this.writer.events.progress(event);
  }

  @EventPattern('collection.fetched')
  collectionFetched(@Payload() event: EventData<'collection.fetched'>): Promise<void> {
    return this.writer.events.collectionFetched(event);
  }

  @EventPattern('refresh.fetched')
  refreshFetched(@Payload() event: EventData<'refresh.fetched'>): Promise<void> {
    return this.writer.events.refreshFetched(event);
  }

  @EventPattern('fetch.failed')
  fetchFailed(@Payload() event: EventData<'fetch.failed'>): Promise<void> {
    return this.writer.events.fetchFailed(event);
  }

  @EventPattern('fetch.logged')
  fetchLogged(@Payload() event: EventData<'fetch.logged'>): Promise<void> {
    return this.writer.lines.told(event);
  }
}
