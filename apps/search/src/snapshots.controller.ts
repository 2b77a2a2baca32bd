import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { DistrictId, type ReadStatus, type SnapshotDetail, SnapshotId, type SnapshotsAnswer, SnapshotsQuery, SourceId } from '@lastgood/contracts';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { clientHas } from './data-answers.js';
import { Search } from './search.js';
import type { Validators } from './snapshot-answers.js';

const OfDistrict = z.strictObject({ district: DistrictId });
const Which = SnapshotId.or(z.enum(['latest', 'latest-good']));
const OfSnapshot = z.strictObject({ district: DistrictId, snapshot: Which });
const OfFile = OfSnapshot.extend({ name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/) });
const SourceQuery = z.strictObject({ source: SourceId.optional() });

/** Status, history and files of snapshots, for the gateway. */
@Controller('internal/districts/:district')
export class SnapshotsController {
  constructor(private readonly search: Search) {}

  @Get('status')
  status(@Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>): Promise<z.infer<typeof ReadStatus>> {
    return this.search.snapshots.status(district);
  }

  @Get('snapshots')
  async list(
    @Param({ schema: OfDistrict }) { district }: z.infer<typeof OfDistrict>, @Query({ schema: SnapshotsQuery }) query: z.infer<typeof SnapshotsQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    const validators = await this.search.snapshots.listValidators(district, query);
    await sendUnlessKnown(reply, validators, has, () => this.search.snapshots.list(district, query));
  }

  @Get('snapshots/:snapshot')
  async detail(
    @Param({ schema: OfSnapshot }) { district, snapshot }: z.infer<typeof OfSnapshot>, @Query({ schema: SourceQuery }) { source }: z.infer<typeof SourceQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    const validators = await this.search.snapshots.detailValidators(district, snapshot, source);
    await sendUnlessKnown(reply, validators, has, () => this.search.snapshots.detail(district, snapshot, source));
  }

  @Get('snapshots/:snapshot/files/:name')
  async file(
    @Param({ schema: OfFile }) { district, snapshot, name }: z.infer<typeof OfFile>, @Query({ schema: SourceQuery }) { source }: z.infer<typeof SourceQuery>,
    @Headers('if-none-match') has: string | undefined, @Res() reply: FastifyReply,
  ): Promise<void> {
    const content = await this.search.snapshots.file(district, snapshot, name, source);
    const etag = `"${content.file.sha256}"`;
    void reply.header('ETag', etag).header('Lastgood-Snapshot', `${content.source}=${content.snapshot}`).header('Cache-Control', 'private, no-cache');
    if (clientHas(has, etag)) {
      void reply.status(304).send();
      return;
    }
    const body = await content.open();
    void reply
      .header('Content-Type', contentType(name))
      .header('Content-Length', content.file.size)
      .header('Content-Disposition', `attachment; filename="${name}"`)
      .send(body);
  }
}

async function sendUnlessKnown(reply: FastifyReply, { etag, snapshots }: Validators, has: string | undefined, answer: () => Promise<SnapshotsAnswer | SnapshotDetail>): Promise<void> {
  const body = clientHas(has, etag) ? null : JSON.stringify(await answer());
  void reply.header('ETag', etag).header('Cache-Control', 'private, no-cache');
  if (snapshots !== '') void reply.header('Lastgood-Snapshot', snapshots);
  if (body === null) void reply.status(304).send();
  else void reply.header('Content-Type', 'application/json; charset=utf-8').send(body);
}

function contentType(name: string): string {
  if (name.endsWith('.csv')) return 'text/csv; charset=utf-8';
  if (name.endsWith('.jsonl')) return 'application/jsonl; charset=utf-8';
  if (name.endsWith('.json')) return 'application/json; charset=utf-8';
  return 'application/octet-stream';
}
