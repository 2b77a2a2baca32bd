import { Body, Controller, Get, Headers, Param, Post, Req, Res } from '@nestjs/common';
import {
  DistrictId, DistrictsAnswer, DistrictStatus, RefreshAnswer, RefreshBody, RunStatus, ServiceError, type RefreshCommand,
} from '@lastgood/contracts';
import { Clock, Districts } from '@lastgood/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller } from '../access/access.guard.js';
import { covers, type Principal } from '../access/permissions.js';
import { Route } from '../access/route.js';
import { Answers } from './answers.js';
import { askerOf } from './asker.js';
import { Services } from './services.js';

/** The writer's part of a status may be late; the read side's part never waits longer for it. */
const RUN_FIELDS_TIMEOUT_MS = 1_000;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

/** Districts, their status, and asking for a refresh. */
@Controller('api/v1')
export class DistrictsController {
  constructor(private readonly services: Services, private readonly districts: Districts, private readonly clock: Clock) {}

  @Get('districts')
  @Route({ permission: 'status', summary: 'The districts this key may see, with their sources', answer: DistrictsAnswer })
  list(@Caller() caller: Principal): DistrictsAnswer {
    const items = this.districts.all.filter(({ id }) => covers(caller, id))
      .map(({ id, name, timeZone, sources }) => ({ id, name, timeZone, sources: sources.map((source) => ({ id: source.id, kind: source.kind })) }));
    return { items };
  }

  @Answers({ takes: ['Lastgood-At-Least'] })
  @Get('snapshots/:district/status')
  @Route({ permission: 'status', summary: 'Every source: current snapshot, age, counts, active run, next and last run', answer: DistrictStatus })
  async status(@Req() request: FastifyRequest, @Param('district', { schema: DistrictId }) district: string): Promise<DistrictStatus> {
    const configured = this.districts.get(district);
    const [read, runs] = await Promise.all([
      this.services.search.status(request, district),
      this.services.writer.json(RunStatus, `/internal/districts/${district}/runs-status`, { timeoutMs: RUN_FIELDS_TIMEOUT_MS }).catch(reasonOf),
    ]);
    return {
      district,
      at: new Date(this.clock.now()).toISOString(),
      sources: read.sources.map((source) => {
        const { kind = 'unknown', liveLookUp = false, badge } = configured.sources.find(({ id }) => id === source.source) ?? {};
        return { ...source, kind, liveLookUp, ...(badge && { badge }), runs: runFieldsOf(runs, source.source) };
      }),
      runsUnavailable: typeof runs === 'string' ? runs : null,
    };
  }

  @Answers({ takes: ['Idempotency-Key'], gives: ['Location'], problems: [409] })
  @Post('snapshots/:district/refresh')
  @Route({ permission: 'refresh', summary: 'Refresh one source or all; joins runs that are active already', answer: RefreshAnswer, status: 202 })
  async refresh(
    @Param('district', { schema: DistrictId }) district: string,
    @Body({ schema: RefreshBody.nullish() }) body: RefreshBody | null | undefined,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Headers('user-agent') agent: string | undefined,
    @Caller() caller: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RefreshAnswer> {
    if (body?.source !== undefined) this.districts.source(district, body.source);
    if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new ServiceError('invalid', 'invalid_request', 'The header Idempotency-Key takes 1 to 200 printable ASCII characters without blanks.', { errors: [{ field: 'Idempotency-Key', message: '1 to 200 printable ASCII characters' }] });
    }
    // Two keys that send the same Idempotency-Key mean two things.
    const command: RefreshCommand = { ...(body ?? {}), asker: askerOf(caller, agent), ...(idempotencyKey === undefined ? {} : { idempotencyKey: `${caller.keyId}:${idempotencyKey}` }) };
    const answer = await this.services.writer.json(RefreshAnswer, `/internal/districts/${district}/refresh`, { method: 'POST', body: command, idempotent: idempotencyKey !== undefined });
    const [only, ...others] = answer.runs;
    if (only && others.length === 0) void reply.header('location', `/api/v1/runs/${only.run.id}`);
    return answer;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ServiceError) return error.message;
  throw error;
}

function runFieldsOf(runs: RunStatus | string, source: string): DistrictStatus['sources'][number]['runs'] {
  if (typeof runs === 'string') return null;
  const found = runs.sources.find((candidate) => candidate.source === source);
  if (!found) return null;
  const { source: _, ...fields } = found;
  return fields;
}
