import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { EventData } from '@lastgood/contracts';
import { Search } from './search.js';

/** News of the logs; the logs themselves decide what is true. */
@Controller()
export class SnapshotEventsController {
  constructor(private readonly search: Search) {}

  @EventPattern('snapshot.published')
  published(@Payload() event: EventData<'snapshot.published'>): Promise<void> {
    return this.search.logGrew(event);
  }

  @EventPattern('snapshot.expired')
  expired(@Payload() event: EventData<'snapshot.expired'>): Promise<void> {
    return this.search.logGrew(event);
  }

  @EventPattern('snapshot.quarantined')
  quarantined(@Payload() event: EventData<'snapshot.quarantined'>): Promise<void> {
    return this.search.logGrew(event);
  }

  @EventPattern('refresh.failed')
  failed(@Payload() event: EventData<'refresh.failed'>): Promise<void> {
    return this.search.logGrew(event);
  }
}
