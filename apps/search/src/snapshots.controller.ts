import { Controller, Get, Headers, Param, Query, Req, Res } from '@nestjs/common';
import { COUNT_HEADER, DistrictId, LOG_HEADER, type PreviewAnswer, type PublishedAnswer, type ReadStatus, type SnapshotDetail, SnapshotId, type SnapshotsAnswer, SnapshotsQuery, SourceId, UNPUBLISHED_HEADER, writeLogNumbers } from '@lastgood/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { atLeastOf } from './at-least.js';
import { clientHas } from './data-answers.js';
import { Search } from './search.js';
import type { Validators } from './snapshot-answers.js';

const OfDistrict = z.strictObject({ district: DistrictId });
const OfSource = z.strictObject({ district: DistrictId, source: SourceId });
const Which = SnapshotId.or(z.enum(['latest', 'latest-good']));
const OfSnapshot = z.strictObject({ district: DistrictId, snapshot: Which });
const OfOneSnapshot = z.strictObject({ district: DistrictId, snapshot: SnapshotId });
const PreviewQuery = z.strictObject({ samples: z.enum(['true', 'false']).default('false') });
const OfFile = OfSnapshot.extend({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/) });
const SourceQuery = z.strictObject({ source: SourceId.optional() });

/** Status, history and files of snapshots, for the gateway. */
@Controller('internal/districts/:district')
export class SnapshotsController {
  constructor(private readonly search: Search) {}

  @Get('status')
  async status(@Req() request: FastifyRequest, @Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>, @Res({ passthrough: true }) reply: FastifyReply): Promise<z.infer<typeof ReadStatus>> {
    const status = await this.search.snapshots.status(district, atLeastOf(request));
    void reply.header(LOG_HEADER, writeLogNumbers(status.sources.map(({ source, logNumber }) => [source, logNumber])));
    return status;
  }

  @Get('sources/:source/published')
  published(@Param({ schema: OfSource }) { district, source }: z.infer<typeof OfSource>): Promise<PublishedAnswer> {
    return this.search.snapshots.published(district, source);
  }

  @Get('snapshots')
  async list(
    @Req() request: FastifyRequest, @Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>, @Query({ schema: SnapshotsQuery }) query: z.infer<typeof SnapshotsQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    const validators = await this.search.snapshots.listValidators(district, query, atLeastOf(request));
    await sendUnlessKnown(reply, validators, has, () => this.search.snapshots.list(district, query));
  }

  @Get('snapshots/:snapshot')
  async detail(
    @Req() request: FastifyRequest, @Param({ schema: OfSnapshot }) { district, snapshot }: z.infer<typeof OfSnapshot>, @Query({ schema: SourceQuery }) { source }: z.infer<typeof SourceQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    const validators = await this.search.snapshots.detailValidators(district, snapshot, source, atLeastOf(request));
    if (validators.unpublished) void reply.header(UNPUBLISHED_HEADER, 'true');
    await sendUnlessKnown(reply, validators, has, () => this.search.snapshots.detail(district, snapshot, source));
  }

  @Get('snapshots/:snapshot/preview')
  async preview(
    @Req() request: FastifyRequest, @Param({ schema: OfOneSnapshot }) { district, snapshot }: z.infer<typeof OfOneSnapshot>, @Query({ schema: PreviewQuery }) { samples }: z.infer<typeof PreviewQuery>,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PreviewAnswer> {
    const preview = await this.search.previews.of(district, snapshot, { samples: samples === 'true' }, atLeastOf(request));
    const named = Object.values(preview.datasets).reduce((sum, { samples: of }) => sum + (of === null ? 0 : of.added.length + of.removed.length + of.changed.length), 0);
    void reply.header(COUNT_HEADER, named).header(LOG_HEADER, writeLogNumbers([[preview.source, preview.log_head]])).header('Lastgood-Snapshot', `${preview.source}=${snapshot}`).header('Cache-Control', 'private, no-store');
    return preview;
  }

  @Get('snapshots/:snapshot/files/:name')
  async file(
    @Req() request: FastifyRequest, @Param({ schema: OfFile }) { district, snapshot, name }: z.infer<typeof OfFile>, @Query({ schema: SourceQuery }) { source }: z.infer<typeof SourceQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    const content = await this.search.snapshots.file(district, snapshot, name, source, atLeastOf(request));
    const etag = `"${content.file.sha256}"`;
    void reply.header('ETag', etag).header('Lastgood-Snapshot', `${content.source}=${content.snapshot}`).header('Cache-Control', 'private, no-cache');
    if (content.unpublished) void reply.header(UNPUBLISHED_HEADER, 'true');
    if (clientHas(has, etag)) {
      void reply.status(304).send();
      return;
    }
    const body = await content.open();
    if (content.file.rows !== null) void reply.header(COUNT_HEADER, content.file.rows);
    void reply
      .header('Content-Type', contentType(name))
      .header('Content-Length', content.file.size)
      .header('Content-Disposition', `attachment; filename="${name}"`)
      .send(body);
  }
}

async function sendUnlessKnown(reply: FastifyReply, { etag, snapshots, logNumbers }: Validators, has: string | undefined, answer: () => Promise<SnapshotsAnswer | SnapshotDetail>): Promise<void> {
  const body = clientHas(has, etag) ? null : JSON.stringify(await answer());
  void reply.header('ETag', etag).header('Cache-Control', 'private, no-cache');
  if (snapshots !== '') void reply.header('Lastgood-Snapshot', snapshots);
  if (logNumbers !== '') void reply.header(LOG_HEADER, logNumbers);
  if (body === null) void reply.status(304).send();
  else void reply.header('Content-Type', 'application/json; charset=utf-8').send(body);
}

function contentType(name: string): string {
  if (name.endsWith('.csv')) return 'text/csv; charset=utf-8';
  if (name.endsWith('.jsonl')) return 'application/jsonl; charset=utf-8';
  if (name.endsWith('.json')) return 'application/json; charset=utf-8';
  return 'application/octet-stream';
}
