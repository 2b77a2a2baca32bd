import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ClassAnswer, ClassesAnswer, DistrictId, FiltersAnswer, ParentAnswer, ParentsAnswer, SearchCsvQuery, SearchQuery, SourceQuery, StudentAnswer, StudentsAnswer } from '@lastgood/contracts';
import { Direct } from '@lastgood/service-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../access/access.guard.js';
import { may } from '../access/permissions.js';
import { Route } from '../access/route.js';
import { type AnswerDescription, Answers, FROM_SNAPSHOT } from './answers.js';
import { Services } from './services.js';

const CSV: AnswerDescription = { takes: ['Lastgood-At-Least'], gives: ['Lastgood-Snapshot', 'Lastgood-Log', 'Lastgood-Count', 'Content-Disposition'] };
const SourcedId = z.string().min(1).max(255);

/** Search and detail over the last good snapshots; answered by the search service alone. */
@Controller('api/v1/districts/:district')
export class PeopleController {
  constructor(private readonly services: Services) {}

  @Answers(FROM_SNAPSHOT)
  @Direct()
  @Get('students')
  @Route({ permission: 'read', summary: 'Search students, with their guardians', answer: StudentsAnswer })
  students(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: SearchQuery }) _query: SearchQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#search(district, 'students', request, reply);
  }

  @Answers(FROM_SNAPSHOT)
  @Direct()
  @Get('parents')
  @Route({ permission: 'read', summary: 'Search parents, guardians and relatives, with their children', answer: ParentsAnswer })
  parents(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: SearchQuery }) _query: SearchQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#search(district, 'parents', request, reply);
  }

  @Answers(FROM_SNAPSHOT)
  @Direct()
  @Get('classes')
  @Route({ permission: 'read', summary: 'Search classes', answer: ClassesAnswer })
  classes(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: SearchQuery }) _query: SearchQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#search(district, 'classes', request, reply);
  }

  @Answers(CSV)
  @Get('students.csv')
  @Route({ permission: 'read', summary: 'All students that match exactly, at most 100,000, as CSV with formulas escaped', produces: 'text/csv' })
  studentsCsv(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: SearchCsvQuery }) _query: SearchCsvQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#csv(district, 'students', request, reply);
  }

  @Answers(CSV)
  @Get('parents.csv')
  @Route({ permission: 'read', summary: 'All parents, guardians and relatives that match exactly, at most 100,000, as CSV with formulas escaped', produces: 'text/csv' })
  parentsCsv(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: SearchCsvQuery }) _query: SearchCsvQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#csv(district, 'parents', request, reply);
  }

  @Answers(CSV)
  @Get('classes.csv')
  @Route({ permission: 'read', summary: 'All classes that match exactly, at most 100,000, as CSV with formulas escaped', produces: 'text/csv' })
  classesCsv(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: SearchCsvQuery }) _query: SearchCsvQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#csv(district, 'classes', request, reply);
  }

  @Answers(FROM_SNAPSHOT)
  @Get('filters')
  @Route({ permission: 'read', summary: 'Schools, grades and roles that searches can be filtered by', answer: FiltersAnswer })
  filters(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: SourceQuery }) _query: SourceQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.services.search.forward(request, reply, district, `filters${queryStringOf(request)}`);
  }

  @Answers(FROM_SNAPSHOT)
  @Direct()
  @Get('students/:sourcedId')
  @Route({ permission: 'read', summary: 'One student with guardians, classes and, for who may `read-record`, the whole record', answer: StudentAnswer })
  student(@Param('district', { schema: DistrictId }) district: string, @Param('sourcedId', { schema: SourcedId }) sourcedId: string, @Query({ schema: SourceQuery }) query: SourceQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#detail(district, 'students', sourcedId, query.source, request, reply);
  }

  @Answers(FROM_SNAPSHOT)
  @Direct()
  @Get('parents/:sourcedId')
  @Route({ permission: 'read', summary: 'One parent, guardian or relative with children and, for who may `read-record`, the whole record', answer: ParentAnswer })
  parent(@Param('district', { schema: DistrictId }) district: string, @Param('sourcedId', { schema: SourcedId }) sourcedId: string, @Query({ schema: SourceQuery }) query: SourceQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#detail(district, 'parents', sourcedId, query.source, request, reply);
  }

  @Answers(FROM_SNAPSHOT)
  @Direct()
  @Get('classes/:sourcedId')
  @Route({ permission: 'read', summary: 'One class with its roster and, for who may `read-record`, the whole record', answer: ClassAnswer })
  class(@Param('district', { schema: DistrictId }) district: string, @Param('sourcedId', { schema: SourcedId }) sourcedId: string, @Query({ schema: SourceQuery }) query: SourceQuery, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.#detail(district, 'classes', sourcedId, query.source, request, reply);
  }

  #search(district: string, what: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return this.services.search.forward(request, reply, district, `${what}${queryStringOf(request)}`);
  }

  #csv(district: string, what: string, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    return this.services.search.stream(request, reply, district, `${what}.csv${queryStringOf(request)}`);
  }

  #detail(district: string, what: string, sourcedId: string, source: string | undefined, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const query = new URLSearchParams({ ...(source === undefined ? {} : { source }), record: String(may(callerOf(request), 'read-record')) });
    return this.services.search.forward(request, reply, district, `${what}/${encodeURIComponent(sourcedId)}?${query}`);
  }
}

/** The query string as it came, validated before; empty or starting with `?`. */
export function queryStringOf(request: FastifyRequest): string {
  const url = request.raw.url ?? '';
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}
