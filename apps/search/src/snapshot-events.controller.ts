import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { EventData } from '@lastgood/contracts';
import { CrashPoints } from '@lastgood/service-runtime';
import { Search } from './search.js';

type OfSource = Pick<EventData<'snapshot.published'>, 'district' | 'source'>;

/** News of the logs; the logs themselves decide what is true. */
@Controller()
export class SnapshotEventsController {
  constructor(private readonly search: Search, private readonly crash: CrashPoints) {}

  @EventPattern('snapshot.published')
  published(@Payload() event: EventData<'snapshot.published'>): Promise<void> {
    return this.#logGrew(event);
  }

  @EventPattern('snapshot.expired')
  expired(@Payload() event: EventData<'snapshot.expired'>): Promise<void> {
    return this.#logGrew(event);
  }

  @EventPattern('snapshot.quarantined')
  quarantined(@Payload() event: EventData<'snapshot.quarantined'>): Promise<void> {
    return this.#logGrew(event);
  }

  @EventPattern('refresh.failed')
  failed(@Payload() event: EventData<'refresh.failed'>): Promise<void> {
    return this.#logGrew(event);
  }

  async #logGrew(event: OfSource): Promise<void> {
    this.crash.reach('search.log-heard');
    await this.search.logGrew(event);
    this.crash.reach('search.log-read');
  }
}
