import { Body, Controller, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApprovalCommand, CancelCommand, DecisionCommand, DistrictId, RefreshCommand, RunId, RunLogQuery, RunsQuery, ScheduleCommand, SnapshotId, SourceId, type DecisionAnswer, type RefreshAnswer, type Run, type RunLogAnswer, type RunsAnswer, type RunStatus, type ScheduleAnswer } from '@lastgood/contracts';
import { z } from 'zod';
import { Writer } from './writer.js';

const OfDistrict = z.strictObject({ district: DistrictId });
const OfSource = z.strictObject({ district: DistrictId, source: SourceId });
const OfSnapshot = z.strictObject({ district: DistrictId, snapshot: SnapshotId });
const OfRun = z.strictObject({ run: RunId });

/** Runs and snapshots of a district, for the gateway. */
@Controller('internal/districts/:district')
export class DistrictController {
  constructor(private readonly writer: Writer) {}

  @Post('refresh')
  @HttpCode(202)
  refresh(@Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>, @Body({ schema: RefreshCommand }) command: RefreshCommand): Promise<RefreshAnswer> {
    return this.writer.requests.request({ district, ...command });
  }

  @Get('runs-status')
  status(@Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>): Promise<RunStatus> {
    return this.writer.reader.status(district);
  }

  @Get('sources/:source/schedule')
  schedule(@Param({ schema: OfSource }) { district, source }: z.infer<typeof OfSource>): Promise<ScheduleAnswer> {
    return this.writer.schedule.of(district, source);
  }

  @Put('sources/:source/schedule')
  setSchedule(@Param({ schema: OfSource }) { district, source }: z.infer<typeof OfSource>, @Body({ schema: ScheduleCommand }) { schedule, asker }: ScheduleCommand): Promise<ScheduleAnswer> {
    return this.writer.schedule.set(district, source, schedule, asker.actor);
  }

  @Post('snapshots/:snapshot/approve')
  @HttpCode(200)
  approve(@Param({ schema: OfSnapshot }) { district, snapshot }: z.infer<typeof OfSnapshot>, @Body({ schema: ApprovalCommand }) command: ApprovalCommand): Promise<DecisionAnswer> {
    return this.writer.decisions.approve(district, snapshot, command);
  }

  @Post('snapshots/:snapshot/reject')
  @HttpCode(200)
  reject(@Param({ schema: OfSnapshot }) { district, snapshot }: z.infer<typeof OfSnapshot>, @Body({ schema: DecisionCommand }) command: DecisionCommand): Promise<DecisionAnswer> {
    return this.writer.decisions.reject(district, snapshot, command);
  }

  @Post('snapshots/:snapshot/rollback')
  @HttpCode(200)
  rollback(@Param({ schema: OfSnapshot }) { district, snapshot }: z.infer<typeof OfSnapshot>, @Body({ schema: DecisionCommand }) command: DecisionCommand): Promise<DecisionAnswer> {
    return this.writer.decisions.rollback(district, snapshot, command);
  }
}

/** Runs of all districts, for the gateway. */
@Controller('internal/runs')
export class RunsController {
  constructor(private readonly writer: Writer) {}

  @Get()
  list(@Query({ schema: RunsQuery }) query: RunsQuery): Promise<RunsAnswer> {
    return this.writer.reader.list(query);
  }

  @Get(':run')
  get(@Param({ schema: OfRun }) { run }: z.infer<typeof OfRun>): Promise<Run> {
    return this.writer.reader.get(run);
  }

  @Get(':run/log')
  log(@Param({ schema: OfRun }) { run }: z.infer<typeof OfRun>, @Query({ schema: RunLogQuery }) query: RunLogQuery): Promise<RunLogAnswer> {
    return this.writer.lines.read(run, query);
  }

  @Post(':run/cancel')
  @HttpCode(200)
  cancel(@Param({ schema: OfRun }) { run }: z.infer<typeof OfRun>, @Body({ schema: CancelCommand }) command: CancelCommand): Promise<Run> {
    return this.writer.cancel(run, command);
  }
}
