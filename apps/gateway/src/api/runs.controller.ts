import { Body, Controller, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ReasonBody, Run, RunId, RunLogAnswer, RunLogQuery, RunsAnswer, RunsQuery, ServiceError, type CancelCommand } from '@lastgood/contracts';
import { Districts } from '@lastgood/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller } from '../access/access.guard.js';
import { covers, type Principal } from '../access/permissions.js';
import { Route } from '../access/route.js';
import { RunEventStreams } from '../live/run-event-streams.js';
import { Answers } from './answers.js';
import { askerOf } from './asker.js';
import { queryStringOf } from './people.controller.js';
import { Services } from './services.js';

/** Runs: what was asked for, how far it is, how it ended. */
@Controller('api/v1/runs')
export class RunsController {
  constructor(private readonly services: Services, private readonly streams: RunEventStreams, private readonly districts: Districts) {}

  @Answers({ problems: [404] })
  @Get()
  @Route({ permission: 'status', summary: 'Runs, newest first', answer: RunsAnswer })
  async list(@Query({ schema: RunsQuery }) query: RunsQuery, @Req() request: FastifyRequest, @Caller() caller: Principal, @Res() reply: FastifyReply): Promise<void> {
    if (query.district !== undefined && !covers(caller, query.district)) throw new ServiceError('not-found', 'unknown_district', 'There is no such district, or this key may not see it.');
    if (query.district === undefined && caller.districts !== null) throw new ServiceError('invalid', 'district_required', 'This key sees some districts only: name one with ?district=.', { errors: [{ field: 'district', message: 'required for this key' }] });
    this.#known(query);
    await this.services.writer.forward(reply, `/internal/runs${queryStringOf(request)}`);
  }

  @Get(':run')
  @Route({ permission: 'status', summary: 'One run', answer: Run })
  one(@Param('run', { schema: RunId }) run: string, @Caller() caller: Principal): Promise<Run> {
    return this.#visible(run, caller);
  }

  @Get(':run/log')
  @Route({ permission: 'status', summary: 'Log lines of one run, oldest first; by level and by text', answer: RunLogAnswer })
  async log(@Param('run', { schema: RunId }) run: string, @Query({ schema: RunLogQuery }) _query: RunLogQuery, @Req() request: FastifyRequest, @Caller() caller: Principal, @Res() reply: FastifyReply): Promise<void> {
    await this.#visible(run, caller);
    await this.services.writer.forward(reply, `/internal/runs/${run}/log${queryStringOf(request)}`);
  }

  @Answers({ problems: [409] })
  @Post(':run/cancel')
  @Route({ permission: 'refresh', summary: 'Stop a run; it is `stopping` until that is in the log', answer: Run, status: 202 })
  async cancel(@Param('run', { schema: RunId }) run: string, @Body({ schema: ReasonBody.default({}) }) body: ReasonBody, @Headers('user-agent') agent: string | undefined, @Caller() caller: Principal): Promise<Run> {
    await this.#visible(run, caller);
    const command: CancelCommand = { ...body, asker: askerOf(caller, agent) };
    return this.services.writer.json(Run, `/internal/runs/${run}/cancel`, { method: 'POST', body: command });
  }

  @Answers({ takes: ['Last-Event-ID'] })
  @Get(':run/events')
  @Route({ permission: 'status', summary: 'Server-sent events: `progress` whenever the run moves, `end` when it is over', produces: 'text/event-stream' })
  async events(@Param('run', { schema: RunId }) id: string, @Caller() caller: Principal, @Headers('last-event-id') lastEventId: string | undefined, @Res() reply: FastifyReply): Promise<void> {
    await this.#visible(id, caller);
    await this.streams.serve(id, lastEventId, reply);
  }

  #known({ district, source }: RunsQuery): void {
    if (district !== undefined && source !== undefined) this.districts.source(district, source);
    else if (district !== undefined) this.districts.get(district);
    else if (source !== undefined && !this.districts.all.some(({ sources }) => sources.some(({ id }) => id === source))) throw new ServiceError('not-found', 'unknown_source', 'No district has a source of this id.');
  }

  async #visible(id: string, caller: Principal): Promise<Run> {
    const run = await this.services.writer.json(Run, `/internal/runs/${id}`);
    if (!covers(caller, run.district)) throw new ServiceError('not-found', 'unknown_run', 'There is no such run, or this key may not see it.');
    return run;
  }
}
