import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import {
  COUNT_HEADER, DistrictId, LiveClassAnswer, LiveClassesAnswer, LivePeopleAnswer, LivePersonAnswer, LiveQuery, ServiceError, SourceId, type LiveDataset, type LiveRecordCommand, type LiveSearchCommand,
} from '@lastgood/contracts';
import { Districts } from '@lastgood/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../access/access.guard.js';
import { may } from '../access/permissions.js';
import { Route } from '../access/route.js';
import { Answers, type AnswerDescription } from './answers.js';
import { Services } from './services.js';

/** Longer than the 10 s that the fetcher gives the live system. */
const FETCHER_TIMEOUT_MS = 15_000;
const SourcedId = z.string().min(1).max(255);
const LIVE: AnswerDescription = { gives: ['Lastgood-Count'], problems: [404, 409], limited: true };
const ONLY = 'of a source that allows it and has never published a snapshot, marked `live`; nothing is kept, and no refresh starts';

/** Questions to the live system of a source that has no snapshot yet. What it answers is no snapshot: it has no ETag, no cursor and no id. */
@Controller('api/v1/districts/:district/sources/:source/live')
export class LiveLookUpController {
  constructor(private readonly services: Services, private readonly districts: Districts) {}

  @Answers(LIVE)
  @Get('students')
  @Route({ permission: 'look-up-live', summary: `Look students up in the live system ${ONLY}. Without guardians and classes`, answer: LivePeopleAnswer })
  students(@Param('district', { schema: DistrictId }) district: string, @Param('source', { schema: SourceId }) source: string, @Query({ schema: LiveQuery }) query: LiveQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<LivePeopleAnswer> {
    return this.#search(LivePeopleAnswer, district, source, { ...query, dataset: 'students' }, reply);
  }

  @Answers(LIVE)
  @Get('parents')
  @Route({ permission: 'look-up-live', summary: `Look parents, guardians and relatives up in the live system ${ONLY}. Without their children; found among the first 100 users that match`, answer: LivePeopleAnswer })
  parents(@Param('district', { schema: DistrictId }) district: string, @Param('source', { schema: SourceId }) source: string, @Query({ schema: LiveQuery }) query: LiveQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<LivePeopleAnswer> {
    return this.#search(LivePeopleAnswer, district, source, { ...query, dataset: 'parents' }, reply);
  }

  @Answers(LIVE)
  @Get('classes')
  @Route({ permission: 'look-up-live', summary: `Look classes up in the live system ${ONLY}. Without teachers and rosters`, answer: LiveClassesAnswer })
  classes(@Param('district', { schema: DistrictId }) district: string, @Param('source', { schema: SourceId }) source: string, @Query({ schema: LiveQuery }) query: LiveQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<LiveClassesAnswer> {
    return this.#search(LiveClassesAnswer, district, source, { ...query, dataset: 'classes' }, reply);
  }

  @Answers(LIVE)
  @Get('students/:sourcedId')
  @Route({ permission: 'look-up-live', summary: 'One student in the live system, as its search, with the whole record for who may `read-record`', answer: LivePersonAnswer })
  student(@Param('district', { schema: DistrictId }) district: string, @Param('source', { schema: SourceId }) source: string, @Param('sourcedId', { schema: SourcedId }) sourcedId: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<LivePersonAnswer> {
    return this.#record(LivePersonAnswer, district, source, 'students', sourcedId, request, reply);
  }

  @Answers(LIVE)
  @Get('parents/:sourcedId')
  @Route({ permission: 'look-up-live', summary: 'One parent, guardian or relative in the live system, as their search, with the whole record for who may `read-record`', answer: LivePersonAnswer })
  parent(@Param('district', { schema: DistrictId }) district: string, @Param('source', { schema: SourceId }) source: string, @Param('sourcedId', { schema: SourcedId }) sourcedId: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<LivePersonAnswer> {
    return this.#record(LivePersonAnswer, district, source, 'parents', sourcedId, request, reply);
  }

  @Answers(LIVE)
  @Get('classes/:sourcedId')
  @Route({ permission: 'look-up-live', summary: 'One class in the live system, as its search, with the whole record for who may `read-record`', answer: LiveClassAnswer })
  class(@Param('district', { schema: DistrictId }) district: string, @Param('source', { schema: SourceId }) source: string, @Param('sourcedId', { schema: SourcedId }) sourcedId: string, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<LiveClassAnswer> {
    return this.#record(LiveClassAnswer, district, source, 'classes', sourcedId, request, reply);
  }

  async #search<S extends z.ZodType<{ items: readonly unknown[] }>>(shape: S, district: string, source: string, command: LiveSearchCommand, reply: FastifyReply): Promise<z.infer<S>> {
    const answer = await this.#ask(shape, district, source, 'live-searches', command);
    tellLive(reply, answer.items.length);
    return answer;
  }

  async #record<S extends z.ZodType>(shape: S, district: string, source: string, dataset: LiveDataset, sourcedId: string, request: FastifyRequest, reply: FastifyReply): Promise<z.infer<S>> {
    const command: LiveRecordCommand = { dataset, sourcedId, record: may(callerOf(request), 'read-record') };
    const answer = await this.#ask(shape, district, source, 'live-records', command);
    tellLive(reply, 1);
    return answer;
  }

  /** Asks the fetcher, once it is sure by the log that nothing was ever published. Sent once: a second try would be a second call to the live system. */
  async #ask<S extends z.ZodType>(shape: S, district: string, source: string, path: string, command: LiveSearchCommand | LiveRecordCommand): Promise<z.infer<S>> {
    const { id, liveLookUp } = this.districts.source(district, source);
    if (!liveLookUp) throw new ServiceError('conflict', 'live_look_up_off', 'This source does not allow live look-ups: `liveLookUp` is not set for it in lastgood.yaml.', { retryable: false });
    const { published } = await this.services.search.published(district, id);
    if (published) throw new ServiceError('conflict', 'snapshot_published', 'This source has published a snapshot, and searches answer from it: its live system is not asked.', { retryable: false });
    if (this.services.fetcher === null) throw new ServiceError('unavailable', 'fetcher_unavailable', 'This gateway knows no fetcher that it could ask; LASTGOOD_FETCHER_URL says where they are.', { retryable: false });
    return this.services.fetcher.json(shape, `/internal/districts/${district}/sources/${id}/${path}`, { method: 'POST', body: command, district, timeoutMs: FETCHER_TIMEOUT_MS });
  }
}

function tellLive(reply: FastifyReply, count: number): void {
  void reply.header('cache-control', 'no-store').header(COUNT_HEADER, count);
}
