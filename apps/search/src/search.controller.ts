import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { DistrictId, SearchQuery, SourceId } from '@lastgood/contracts';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { DataAnswer } from './data-answers.js';
import { Search } from './search.js';

const OfDataset = z.strictObject({ district: DistrictId, dataset: z.enum(['students', 'parents', 'classes']) });
const OfRecord = OfDataset.extend({ sourcedId: z.string().min(1).max(255) });
const DetailQuery = z.strictObject({ source: SourceId.optional() });

/** Search and detail of students, parents and classes, for the gateway. */
@Controller('internal/districts/:district')
export class SearchController {
  constructor(private readonly search: Search) {}

  @Get(':dataset(^students|parents|classes$)')
  async list(
    @Param({ schema: OfDataset }) { district, dataset }: z.infer<typeof OfDataset>, @Query({ schema: SearchQuery }) query: z.infer<typeof SearchQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.search.data.search(district, dataset, query, has));
  }

  @Get(':dataset(^students|parents|classes$)/:sourcedId')
  async detail(
    @Param({ schema: OfRecord }) { district, dataset, sourcedId }: z.infer<typeof OfRecord>, @Query({ schema: DetailQuery }) { source }: z.infer<typeof DetailQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    send(reply, await this.search.data.detail(district, dataset, sourcedId, source, has));
  }
}

function send(reply: FastifyReply, { body, etag, snapshots }: DataAnswer): void {
  void reply.header('ETag', etag).header('Lastgood-Snapshot', snapshots).header('Cache-Control', 'private, no-cache');
  if (body === null) void reply.status(304).send();
  else void reply.header('Content-Type', 'application/json; charset=utf-8').send(body);
}
