import { Body, Controller, Get, Headers, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApprovalBody, DecisionAnswer, DecisionBody, DistrictId, PreviewAnswer, SnapshotDetail, SnapshotId, SnapshotsAnswer, SnapshotsQuery, SourceQuery, type DecisionCommand,
} from '@lastgood/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Caller } from '../access/access.guard.js';
import { may, type Principal } from '../access/permissions.js';
import { Route } from '../access/route.js';
import { Answers, FROM_SNAPSHOT } from './answers.js';
import { askerOf } from './asker.js';
import { queryStringOf } from './people.controller.js';
import { Services } from './services.js';

const SnapshotName = SnapshotId.or(z.enum(['latest', 'latest-good']));
const FileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a file name of the snapshot, as students.csv').meta({ maxLength: 64 });

/** A body that is left out misses its `previewed`, and is told so. */
const NeededApproval = z.preprocess((body) => body ?? {}, ApprovalBody);

/** History, files and decisions. */
@Controller('api/v1/districts/:district/snapshots')
export class SnapshotsController {
  constructor(private readonly services: Services) {}

  @Answers(FROM_SNAPSHOT)
  @Get()
  @Route({ permission: 'status', summary: 'Snapshots and failed attempts, newest first', answer: SnapshotsAnswer })
  list(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: SnapshotsQuery }) _query: SnapshotsQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.services.search.forward(request, reply, district, `snapshots${queryStringOf(request)}`);
  }

  @Answers(FROM_SNAPSHOT)
  @Get(':snapshot')
  @Route({ permission: 'status', summary: 'One snapshot with its files; `latest` is the newest of any status, `latest-good` what readers get. One that was never published needs the permission `decide`', answer: SnapshotDetail })
  one(@Param('district', { schema: DistrictId }) district: string, @Param('snapshot', { schema: SnapshotName }) snapshot: string, @Query({ schema: SourceQuery }) _query: SourceQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.services.search.forward(request, reply, district, `snapshots/${snapshot}${queryStringOf(request)}`);
  }

  @Answers(FROM_SNAPSHOT)
  @Get(':snapshot/preview')
  @Route({ permission: 'decide', summary: 'What would change if this snapshot became current: counts by dataset, school and role, and sample names for who may `read-record`', answer: PreviewAnswer })
  preview(@Param('district', { schema: DistrictId }) district: string, @Param('snapshot', { schema: SnapshotId }) snapshot: string, @Caller() caller: Principal, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.services.search.forward(request, reply, district, `snapshots/${snapshot}/preview?samples=${may(caller, 'read-record')}`);
  }

  @Answers({ ...FROM_SNAPSHOT, gives: ['ETag', 'Lastgood-Snapshot', 'Lastgood-Count', 'Content-Disposition'] })
  @Get(':snapshot/files/:name')
  @Route({ permission: 'read-record', summary: 'One file of a snapshot, uncompressed', produces: 'application/octet-stream' })
  file(@Param('district', { schema: DistrictId }) district: string, @Param('snapshot', { schema: SnapshotName }) snapshot: string, @Param('name', { schema: FileName }) name: string, @Query({ schema: SourceQuery }) _query: SourceQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.services.search.stream(request, reply, district, `snapshots/${snapshot}/files/${name}${queryStringOf(request)}`);
  }

  @Answers({ problems: [409, 410] })
  @Post(':snapshot/approve')
  @Route({ permission: 'decide', summary: 'Publish a held snapshot; `previewed`, which is required, is the `log_head` that was looked at. Approving the current one lifts the hold after a rollback', answer: DecisionAnswer })
  approve(@Param('district', { schema: DistrictId }) district: string, @Param('snapshot', { schema: SnapshotId }) snapshot: string, @Body({ schema: NeededApproval }) body: ApprovalBody, @Headers('user-agent') agent: string | undefined, @Caller() caller: Principal): Promise<DecisionAnswer> {
    return this.#decide(district, snapshot, 'approve', body, agent, caller);
  }

  @Answers({ problems: [409, 410] })
  @Post(':snapshot/reject')
  @Route({ permission: 'decide', summary: 'Reject a held snapshot; it is never published and its files go after the grace period', answer: DecisionAnswer })
  reject(@Param('district', { schema: DistrictId }) district: string, @Param('snapshot', { schema: SnapshotId }) snapshot: string, @Body({ schema: DecisionBody.default({}) }) body: DecisionBody, @Headers('user-agent') agent: string | undefined, @Caller() caller: Principal): Promise<DecisionAnswer> {
    return this.#decide(district, snapshot, 'reject', body, agent, caller);
  }

  @Answers({ problems: [409, 410] })
  @Post(':snapshot/rollback')
  @Route({ permission: 'decide', summary: 'Make an earlier snapshot current again; later runs are held until one is approved', answer: DecisionAnswer })
  rollback(@Param('district', { schema: DistrictId }) district: string, @Param('snapshot', { schema: SnapshotId }) snapshot: string, @Body({ schema: DecisionBody.default({}) }) body: DecisionBody, @Headers('user-agent') agent: string | undefined, @Caller() caller: Principal): Promise<DecisionAnswer> {
    return this.#decide(district, snapshot, 'rollback', body, agent, caller);
  }

  async #decide(district: string, snapshot: string, verb: string, body: DecisionBody, agent: string | undefined, caller: Principal): Promise<DecisionAnswer> {
    const command: DecisionCommand = { ...body, asker: askerOf(caller, agent) };
    const answer = await this.services.writer.json(DecisionAnswer, `/internal/districts/${district}/snapshots/${snapshot}/${verb}`, { method: 'POST', body: command });
    this.services.search.saw(caller, answer);
    return answer;
  }
}
