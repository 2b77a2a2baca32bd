import { Body, Controller, Header, HttpCode, Param, Post } from '@nestjs/common';
import { DistrictId, LiveRecordCommand, LiveSearchCommand, SourceId, type LiveClassAnswer, type LiveClassesAnswer, type LivePeopleAnswer, type LivePersonAnswer } from '@lastgood/contracts';
import { z } from 'zod';
import { Fetcher } from '../fetcher.js';

const OfSource = z.strictObject({ district: DistrictId, source: SourceId });

/** Live look-ups, for the gateway, which has asked whether one is due; questions come in bodies, so that no address holds a name. */
@Controller('internal/districts/:district/sources/:source')
export class LiveController {
  constructor(private readonly fetcher: Fetcher) {}

  @Post('live-searches')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  search(@Param({ schema: OfSource }) { district, source }: z.infer<typeof OfSource>, @Body({ schema: LiveSearchCommand }) command: LiveSearchCommand): Promise<LivePeopleAnswer | LiveClassesAnswer> {
    return this.fetcher.live.search(district, source, command);
  }

  @Post('live-records')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  record(@Param({ schema: OfSource }) { district, source }: z.infer<typeof OfSource>, @Body({ schema: LiveRecordCommand }) command: LiveRecordCommand): Promise<LivePersonAnswer | LiveClassAnswer> {
    return this.fetcher.live.record(district, source, command);
  }
}
