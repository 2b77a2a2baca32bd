import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Body, Controller, Get, Headers, Module, Param, Query, Req, Res, type Type } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { EventPattern } from '@nestjs/microservices';
import { DistrictId, Problem } from '@lastgood/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Direct, startServices, type RunningServices, type ServiceDefinition } from './index.js';

const Names = z.strictObject({ limit: z.coerce.number().int().max(50).default(20) });

@Controller('api/v1/districts/:district')
class Lists {
  @Direct()
  @Get(['students', 'parents'])
  async list(@Param('district', { schema: DistrictId }) district: string, @Query({ schema: Names }) { limit }: z.infer<typeof Names>, @Headers('if-none-match') tag: string | undefined, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await reply.send({ district, limit, tag, pattern: request.routeOptions.url });
  }
}

@Controller('api/v1/bodies')
class Bodies {
  @Direct()
  @Get()
  list(@Body() body: unknown): unknown {
    return body;
  }
}

/** What the gateway must handle, whatever its routes. */
@Controller()
class Events {
  @EventPattern<string>('run.changed')
  changed(): void {}
}

const nobodyPasses = { provide: APP_GUARD, useValue: { canActivate: () => false } };

function serviceOf(controller: Type, providers: (typeof nobodyPasses)[] = []): ServiceDefinition {
  @Module({ controllers: [controller, Events], providers })
  class OneController {}
  return { name: 'gateway', config: z.object({}), module: () => OneController };
}

describe('a direct route', () => {
  let folder = '';
  beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'lastgood-direct-'))));
  afterAll(() => rm(folder, { recursive: true }));
  const start = (service: ServiceDefinition): Promise<RunningServices> => startServices([service], { embedded: true, environment: { PORT: '0', LASTGOOD_DATA_DIR: folder } });

  test('gets its arguments as declared, on every path it has', async () => {
    const services = await start(serviceOf(Lists));
    try {
      for (const what of ['students', 'parents']) {
        const answer = await fetch(new URL(`/api/v1/districts/lakeside/${what}?limit=7`, services.urls.gateway), { headers: { 'if-none-match': '"a"' } });
        expect(await answer.json()).toEqual({ district: 'lakeside', limit: 7, tag: '"a"', pattern: `/api/v1/districts/:district/${what}` });
      }
    } finally {
      await services.close();
    }
  });

  test('refuses wrong values with the same problems as any route', async () => {
    const services = await start(serviceOf(Lists));
    try {
      for (const [path, field] of [['Not.One/students', 'district'], ['lakeside/parents?limit=51', 'limit'], ['lakeside/parents?lmit=1', 'lmit']] as const) {
        const answer = await fetch(new URL(`/api/v1/districts/${path}`, services.urls.gateway));
        expect([answer.status, Problem.parse(await answer.json()).errors?.map((error) => error.field)]).toEqual([400, [field]]);
      }
    } finally {
      await services.close();
    }
  });

  test('is closed by a global guard', async () => {
    const services = await start(serviceOf(Lists, [nobodyPasses]));
    try {
      expect((await fetch(new URL('/api/v1/districts/lakeside/students', services.urls.gateway))).status).toBe(403);
    } finally {
      await services.close();
    }
  });

  test('that takes what only Nest can give fails the start', async () => {
    await expect(start(serviceOf(Bodies))).rejects.toThrow(/Bodies.list cannot be a direct route/);
  });
});
