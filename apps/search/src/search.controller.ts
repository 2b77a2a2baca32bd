import { Controller, Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { COUNT_HEADER, DistrictId, LOG_HEADER, SearchCsvQuery, SearchQuery, SourceId, writeLogNumbers } from '@lastgood/contracts';
import { Direct } from '@lastgood/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { atLeastOf } from './at-least.js';
import type { DataAnswer } from './data-answers.js';
import { Search } from './search.js';

const OfDistrict = z.strictObject({ district: DistrictId });
const OfRecord = OfDistrict.extend({ sourcedId: z.string().min(1).max(255) });
const DetailQuery = z.strictObject({ source: SourceId.optional(), record: z.enum(['true', 'false']).default('true') });
const Searched = z.enum(['students', 'parents', 'classes']);

/** The dataset that a route's pattern names: `/internal/districts/:district/students/...`. */
const datasetOf = (request: FastifyRequest): z.infer<typeof Searched> => Searched.parse(request.routeOptions.url?.split('/')[4]?.replace(/\.csv$/, ''));

/** Search and detail of students, parents and classes, for the gateway. */
@Controller('internal/districts/:district')
export class SearchController {
  constructor(private readonly search: Search) {}

  @Direct()
  @Get(['students', 'parents', 'classes'])
  async list(
    @Req() request: FastifyRequest, @Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>, @Query({ schema: SearchQuery }) query: SearchQuery,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.search.data.search(district, datasetOf(request), query, has, atLeastOf(request)));
  }

  @Get(['students.csv', 'parents.csv', 'classes.csv'])
  async csv(
    @Req() request: FastifyRequest, @Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>, @Query({ schema: SearchCsvQuery }) query: SearchCsvQuery, @Res() reply: FastifyReply,
  ): Promise<void> {
    const dataset = datasetOf(request);
    const { content, rows, snapshots, logNumbers } = await this.search.csvs.of(district, dataset, query, atLeastOf(request));
    void reply
      .header(COUNT_HEADER, rows).header(LOG_HEADER, writeLogNumbers(logNumbers)).header('Lastgood-Snapshot', snapshots).header('Cache-Control', 'private, no-store')
      .header('Content-Type', 'text/csv; charset=utf-8').header('Content-Disposition', `attachment; filename="${dataset}.csv"`)
      .send(content);
  }

  @Get('filters')
  async filters(
    @Req() request: FastifyRequest, @Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>, @Query({ schema: DetailQuery }) { source }: z.infer<typeof DetailQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.search.data.filters(district, source, has, atLeastOf(request)));
  }

  @Direct()
  @Get(['students/:sourcedId', 'parents/:sourcedId', 'classes/:sourcedId'])
  async detail(
    @Req() request: FastifyRequest, @Param({ schema: OfRecord }) { district, sourcedId }: z.infer<typeof OfRecord>, @Query({ schema: DetailQuery }) { source, record }: z.infer<typeof DetailQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.search.data.detail(district, datasetOf(request), sourcedId, source, has, atLeastOf(request), record === 'true'));
  }
}

function send(reply: FastifyReply, { body, etag, snapshots, logNumbers, count }: DataAnswer): void {
  if (logNumbers !== '') void reply.header(LOG_HEADER, logNumbers);
  void reply.header('ETag', etag).header('Lastgood-Snapshot', snapshots).header('Cache-Control', 'private, no-cache').header(COUNT_HEADER, count);
  if (body === null) void reply.status(304).send();
  else void reply.header('Content-Type', 'application/json; charset=utf-8').send(body);
}
