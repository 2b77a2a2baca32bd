import { readFileSync } from 'node:fs';
import { Run, type RunPhase } from '@lastgood/contracts';
import { freePort } from '@lastgood/test-servers';
import Fastify, { type FastifyInstance } from 'fastify';

const sample = (name: string, version = 1): Record<string, unknown> => JSON.parse(readFileSync(new URL(`../../../../libs/contracts/samples/http/${name}.v${version}.json`, import.meta.url), 'utf8')) as Record<string, unknown>;

/** The sample run of the contracts under another id, in a phase, with a count of records. */
export function runAs(id: string, phase: RunPhase, records = 0): Run {
  const run = Run.parse(sample('run'));
  return { ...run, id, district: 'lakeside', source: 'sis', phase, progress: { ...run.progress, records } };
}

/** Stands for search and writer, as their contracts say, at an address that stays while it is away. */
export class Behind {
  readonly commands: unknown[] = [];
  /** Phase of every run; while it is null the writer knows of none. */
  phase: RunPhase | null = 'fetching';
  #app: FastifyInstance | null = null;

  private constructor(private readonly port: number) {}

  static async open(): Promise<Behind> {
    const behind = new Behind(await freePort());
    await behind.start();
    return behind;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const app = Fastify({ forceCloseConnections: true });
    app.get('/readyz', () => ({ ready: true }));
    app.get<{ Params: { run: string } }>('/internal/runs/:run', ({ params }, reply) => {
      const { phase } = this;
      if (phase === null) return reply.status(404).header('content-type', 'application/problem+json').send(JSON.stringify({ ...sample('problem'), status: 404, code: 'unknown_run' }));
      return runAs(params.run, phase);
    });
    app.post('/internal/districts/:district/refresh', ({ body }) => {
      this.commands.push(body);
      return sample('refresh-answer');
    });
    app.get('/internal/districts/:district/status', () => ({ district: 'lakeside', sources: [{ source: 'sis', current: null, latest: null, held: [], onHold: false, logNumber: 0 }] }));
    app.get('/internal/districts/:district/runs-status', () => ({ district: 'lakeside', sources: [{ source: 'sis', activeRun: null, lastRun: null, attempt: null, nextRunAt: null, usualSeconds: null }] }));
    app.get('/internal/districts/:district/students', (_request, reply) => reply.header('lastgood-snapshot', 'sis=1').send(sample('students-answer', 2)));
    await app.listen({ port: this.port, host: '127.0.0.1' });
    this.#app = app;
  }

  async stop(): Promise<void> {
    await this.#app?.close();
    this.#app = null;
  }
}
