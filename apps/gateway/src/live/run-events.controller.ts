import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { EVENTS, type EventData } from '@lastgood/contracts';
import { RunEventStreams } from './run-event-streams.js';

/** What the gateway hears from the writer. */
@Controller()
export class RunEventsController {
  constructor(private readonly streams: RunEventStreams) {}

  @EventPattern('run.changed')
  runChanged(@Payload({ schema: EVENTS['run.changed'].data }) { run }: EventData<'run.changed'>): void {
    this.streams.publish(run);
  }
}
