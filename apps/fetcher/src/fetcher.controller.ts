import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { EventData } from '@lastgood/contracts';
import { Fetcher } from './fetcher.js';

/** The events that the fetcher consumes; both handlers return at once, the pull goes on behind them. */
@Controller()
export class FetcherController {
  constructor(private readonly fetcher: Fetcher) {}

  @EventPattern('refresh.requested')
  requested(@Payload() data: EventData<'refresh.requested'>): void {
    this.fetcher.runs.request(data);
  }

  @EventPattern('refresh.cancelled')
  cancelled(@Payload() data: EventData<'refresh.cancelled'>): void {
    this.fetcher.runs.cancel(data);
  }
}
