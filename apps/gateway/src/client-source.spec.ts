import { readFileSync } from 'node:fs';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { Run, RunId, RunsAnswer, RunsQuery } from '@lastgood/contracts';
import { z } from 'zod';
import { Route } from './access/route.js';
import { clientSource } from './client-source.js';

const Unnamed = z.strictObject({ reason: z.string().max(10) });

@Controller('api/v1/pulls')
class RunsController {
  @Get()
  @Route({ permission: 'status', summary: 'Runs', answer: RunsAnswer })
  list(@Query({ schema: RunsQuery }) query: RunsQuery): unknown {
    return query;
  }

  @Get(':pull')
  @Route({ permission: 'status', summary: 'One run', answer: Run })
  one(@Param('pull', { schema: RunId }) run: string): unknown {
    return run;
  }
}

@Controller('api/v1/runs')
class UnnamedController {
  @Post('stop')
  @Route({ permission: 'refresh', summary: 'Stop', status: 204 })
  stop(@Body({ schema: Unnamed }) body: unknown): unknown {
    return body;
  }
}

@Controller('api/v1/runs/:query')
class ClashingController {
  @Get()
  @Route({ permission: 'status', summary: 'One run', answer: Run })
  one(@Param('query', { schema: RunId }) run: string): unknown {
    return run;
  }
}

describe('the typed client', () => {
  test.each(Object.entries(clientSource()))('%s is what the routes say; else run node tools/generate-client.mjs', (name, text) => {
    expect(readFileSync(new URL(`../../../libs/gateway-client/src/${name}`, import.meta.url), 'utf8')).toBe(text);
  });

  test('follows a route that gets another path or parameter', () => {
    const source = clientSource([RunsController])['operations.ts'];
    expect(source).toContain("  runs_one: { path: 'pull'; gives: typeof Run };\n");
    expect(source).toContain("  runs_one: ['GET', '/api/v1/pulls/{pull}'],\n");
    expect(source).toContain('  runs_list: { query: typeof RunsQuery; gives: typeof RunsAnswer };\n');
    expect(source).toContain("import type { Run, RunsAnswer, RunsQuery } from '@lastgood/contracts';\n");
  });

  test('is not made of a shape that clients cannot name, nor of a parameter that means something else there', () => {
    expect(() => clientSource([UnnamedController])).toThrow('unnamed_stop takes or gives a shape that clients cannot name; export it from libs/contracts');
    expect(() => clientSource([ClashingController])).toThrow('clashing_one has a parameter "query" in its path');
  });
});
