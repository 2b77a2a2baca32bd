import { Body, Controller, Get, Headers, Param, Put } from '@nestjs/common';
import { DistrictId, ScheduleAnswer, ScheduleBody, SourceId, type ScheduleCommand } from '@lastgood/contracts';
import { Districts } from '@lastgood/service-runtime';
import { Caller } from '../access/access.guard.js';
import type { Principal } from '../access/permissions.js';
import { Route } from '../access/route.js';
import { askerOf } from './asker.js';
import { Services } from './services.js';

/** When a source is refreshed. */
@Controller('api/v1/districts/:district/sources/:source/schedule')
export class ScheduleController {
  constructor(private readonly services: Services, private readonly districts: Districts) {}

  @Get()
  @Route({ permission: 'status', summary: 'When the source is refreshed, and where that was set', answer: ScheduleAnswer })
  get(@Param('district', { schema: DistrictId }) district: string, @Param('source', { schema: SourceId }) source: string): Promise<ScheduleAnswer> {
    return this.services.writer.json(ScheduleAnswer, this.#path(district, source));
  }

  @Put()
  @Route({ permission: 'schedule', summary: 'Refresh the source by another schedule than the file says; `null` goes back to the file, the cron `off` refreshes by hand only', answer: ScheduleAnswer })
  set(
    @Param('district', { schema: DistrictId }) district: string, @Param('source', { schema: SourceId }) source: string, @Body({ schema: ScheduleBody }) schedule: ScheduleBody,
    @Headers('user-agent') agent: string | undefined, @Caller() caller: Principal,
  ): Promise<ScheduleAnswer> {
    const command: ScheduleCommand = { schedule, asker: askerOf(caller, agent) };
    return this.services.writer.json(ScheduleAnswer, this.#path(district, source), { method: 'PUT', body: command });
  }

  /** Throws `unknown_district` and `unknown_source`. */
  #path(district: string, source: string): string {
    return `/internal/districts/${district}/sources/${this.districts.source(district, source).id}/schedule`;
  }
}
