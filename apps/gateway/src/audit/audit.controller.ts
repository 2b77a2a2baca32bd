import { Readable } from 'node:stream';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { AuditAnswer, AuditFilter, AuditQuery, ServiceError } from '@lastgood/contracts';
import type { FastifyReply } from 'fastify';
import { Caller } from '../access/access.guard.js';
import { covers, type Principal } from '../access/permissions.js';
import { Route } from '../access/route.js';
import { Answers } from '../api/answers.js';
import { AuditLog } from './audit-log.js';

/** Who did or tried what. */
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly entries: AuditLog) {}

  @Answers({ problems: [404] })
  @Get()
  @Route({ permission: 'audit', summary: 'Entries of the audit trail, newest first; they come within seconds', answer: AuditAnswer })
  list(@Query({ schema: AuditQuery }) query: AuditQuery, @Caller() caller: Principal): Promise<AuditAnswer> {
    return this.entries.page(query, scopeOf(query, caller));
  }

  @Answers({ gives: ['Content-Disposition'], problems: [404] })
  @Get('export')
  @Route({ permission: 'audit', summary: 'Entries with their hashes, one JSON value a line, oldest first; without filters `lastgood audit verify` checks them', produces: 'application/jsonl' })
  export(@Query({ schema: AuditFilter }) filter: AuditFilter, @Caller() caller: Principal, @Res() reply: FastifyReply): void {
    const lines = Readable.from(this.entries.lines(filter, scopeOf(filter, caller)));
    void reply.header('content-type', 'application/jsonl; charset=utf-8').header('content-disposition', 'attachment; filename="audit.jsonl"').header('cache-control', 'no-store').send(lines);
  }
}

/** The districts whose entries this key may see; null for all, those of no district among them. */
function scopeOf({ district }: AuditFilter, caller: Principal): readonly string[] | null {
  if (district !== undefined && !covers(caller, district)) throw new ServiceError('not-found', 'unknown_district', 'There is no such district, or this key may not see it.');
  return caller.districts;
}
