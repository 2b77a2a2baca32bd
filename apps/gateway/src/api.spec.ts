import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem, RefreshAnswer, Run, type RunPhase } from '@lastgood/contracts';
import { startGateway, type GatewayFixture } from './testing/gateway-fixture.js';

const RUN = '01jd4w8k2m3n5p7q9rstvwxyz0';
const OTHER_RUN = '01jd4w8k2m3n5p7q9rstvwxyz1';
const SNAPSHOT = `7-${RUN}`;
const PLANTED = 'Zebulon Quaxworthy';
const sample = (name: string): Record<string, unknown> => JSON.parse(readFileSync(new URL(`../../../libs/contracts/samples/http/${name}.v1.json`, import.meta.url), 'utf8')) as Record<string, unknown>;

describe('the API', () => {
  let gateway: GatewayFixture;
  let phase: RunPhase = 'fetching';
  let writerDelayMs = 0;
  const asked: { url: string; body: unknown; authorization: string | undefined }[] = [];

  beforeAll(async () => {
    gateway = await startGateway((behind) => {
      behind.addHook('preHandler', (request, _reply, done) => {
        asked.push({ url: request.url, body: request.body, authorization: request.headers.authorization });
        done();
      });
      behind.get('/internal/runs', () => sample('runs-answer'));
      behind.get('/internal/runs/:run', () => ({ ...sample('run'), phase, finishedAt: phase === 'published' ? '2026-11-22T03:00:09.250Z' : null }));
      behind.post<{ Params: { district: string }; Body: { source?: string } }>('/internal/districts/:district/refresh', ({ params: { district }, body: { source } }) => {
        const answer = sample('refresh-answer') as { runs: { run: object; joined: boolean }[] };
        const other = { run: { ...sample('run'), id: OTHER_RUN, source: 'classlink' }, joined: false };
        return district === 'lakeside' && source === undefined ? { ...answer, runs: [...answer.runs, other] } : answer;
      });
      behind.get('/internal/districts/:district/status', () => ({ district: 'lakeside', sources: [{ source: 'sis', current: null, latest: null, held: [], onHold: false, logNumber: 0 }] }));
      behind.get('/internal/districts/:district/runs-status', (_request, reply) => {
        const timer = setTimeout(() => void reply.send({ district: 'lakeside', sources: [{ source: 'sis', activeRun: null, lastRun: null, attempt: null, nextRunAt: null, usualSeconds: null }] }), writerDelayMs);
        reply.raw.once('close', () => clearTimeout(timer));
      });
      behind.get('/internal/districts/:district/students', (request, reply) => {
        if (request.headers['if-none-match'] === '"abc"') return reply.status(304).header('etag', '"abc"').send();
        return reply.header('etag', '"abc"').header('lastgood-snapshot', `sis=${SNAPSHOT}`).send(sample('students-answer'));
      });
      behind.get('/internal/districts/:district/parents', (_request, reply) => reply.status(503).header('content-type', 'application/problem+json').header('retry-after', '30').send(JSON.stringify(sample('problem'))));
      behind.post('/internal/districts/:district/snapshots/:snapshot/:verb', (_request, reply) => reply.status(409).header('content-type', 'application/problem+json').send(JSON.stringify({ ...sample('problem'), status: 409, code: 'current_changed' })));
      behind.get('/internal/districts/:district/snapshots/:snapshot/preview', (request, reply) => reply.send({ asked: request.raw.url }));
      behind.get('/internal/districts/:district/students.csv', (request, reply) => reply.header('content-type', 'text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="students.csv"').send(String(request.raw.url)));
      behind.put('/internal/districts/:district/sources/:source/schedule', (request, reply) => reply.send({ ...sample('schedule-answer'), cron: (request.body as { schedule: { cron: string } | null }).schedule?.cron ?? '0 3 * * *' }));
      behind.get('/internal/districts/:district/snapshots/:snapshot/files/:name', (_request, reply) => reply.header('content-type', 'text/csv; charset=utf-8').header('content-disposition', 'attachment; filename="students.csv"').send('sourcedId\n1\n'));
    });
  });
  afterAll(() => gateway.close());

  test('a query parameter that a route does not know is refused by every route, also by one that takes none', async () => {
    const { paths } = (await (await gateway.call('/api/openapi.json', { key: null })).json()) as { paths: Record<string, Record<string, unknown>> };
    const good: Record<string, string> = { district: 'lakeside', run: RUN, snapshot: SNAPSHOT, name: 'students.csv', sourcedId: 'u-1', message: 'm-1', key: '0f8fad5b-d9cb-469f-a165-708677289501' };
    /** What a route needs in its body, so that only the query is wrong. */
    const bodies: Record<string, object> = {
      'POST /api/v1/admin/keys': { name: 'x', role: 'viewer' }, 'POST /api/v1/districts/{district}/snapshots/{snapshot}/approve': { previewed: 1 },
      'PUT /api/v1/districts/{district}/sources/{source}/schedule': { cron: '0 3 * * *', timeZone: null }, 'POST /api/v1/session': { key: 'lg_x' },
    };
    const routes = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), path] as const));
    expect(routes.length).toBeGreaterThan(20);
    const before = asked.length;
    for (const [method, path] of routes) {
      const answer = await gateway.call(`${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => good[name] ?? 'x-1')}?nosuch=1`, { method, ...(bodies[`${method} ${path}`] && { body: JSON.stringify(bodies[`${method} ${path}`]) }) });
      const problem = Problem.parse(await answer.json());
      expect([method, path, problem.code, problem.errors]).toEqual([method, path, 'unknown_parameter', expect.arrayContaining([{ field: 'nosuch', message: expect.any(String) }])]);
    }
    expect(asked.slice(before)).toEqual([]);
  });

  test('an empty body of application/json is none: a refresh and a drop go through, and only a route that needs a body misses it', async () => {
    const headers = { 'content-type': 'application/json' };
    expect((await gateway.call('/api/v1/snapshots/lakeside/refresh', { method: 'POST', headers })).status).toBe(202);
    expect(asked.at(-1)?.body).toEqual({ asker: { actor: 'key:preset-1', via: 'http' } });
    const dropped = await gateway.call('/api/v1/admin/parked/m-1', { method: 'DELETE', headers });
    expect([dropped.status, Problem.parse(await dropped.json()).code]).toEqual([404, 'unknown_message']);
    const missing = await gateway.call('/api/v1/admin/keys', { method: 'POST', headers });
    expect([missing.status, Problem.parse(await missing.json()).errors]).toEqual([400, [{ field: '(body)', message: expect.any(String) }]]);
  });

  test('malformed JSON, an unknown address and a wrong method are problems too', async () => {
    const malformed = await gateway.call('/api/v1/snapshots/lakeside/refresh', { method: 'POST', body: '{"source":' });
    const unknown = await gateway.call('/api/v1/nothing');
    const wrong = await gateway.call('/api/v1/districts', { method: 'PUT' });
    for (const [answer, status] of [[malformed, 400], [unknown, 404], [wrong, 405]] as const) {
      expect(answer.status).toBe(status);
      Problem.parse(await answer.json());
    }
    expect(wrong.headers.get('allow')).toContain('GET');
  });

  test('an answer names its snapshot, carries an ETag, and an unchanged one is 304 without a body', async () => {
    const answer = await gateway.call('/api/v1/districts/lakeside/students?q=ada');
    expect([answer.status, answer.headers.get('lastgood-snapshot'), answer.headers.get('etag')]).toEqual([200, `sis=${SNAPSHOT}`, '"abc"']);
    const again = await gateway.call('/api/v1/districts/lakeside/students?q=ada', { headers: { 'if-none-match': '"abc"' } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('previews are for those who may decide, and show names only to those who may read records', async () => {
    const viewer = await (await gateway.call('/api/v1/admin/keys', { method: 'POST', body: JSON.stringify({ name: 'viewer', role: 'viewer' }) })).json() as { key: string };
    const asked = async (): Promise<unknown> => ((await (await gateway.call(`/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/preview`)).json()) as { asked: string }).asked;
    expect(await asked()).toBe(`/internal/districts/lakeside/snapshots/${SNAPSHOT}/preview?samples=true`);
    expect((await gateway.call(`/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/preview`, { key: viewer.key })).status).toBe(403);
    expect((await gateway.call(`/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/preview?samples=true`)).status).toBe(400);
  });

  test('a result as CSV passes through as an attachment, with its filters and nothing else', async () => {
    const answer = await gateway.call('/api/v1/districts/lakeside/students.csv?q=lee&role=student');
    expect([answer.status, answer.headers.get('content-disposition'), await answer.text()]).toEqual([200, 'attachment; filename="students.csv"', '/internal/districts/lakeside/students.csv?q=lee&role=student']);
    expect((await gateway.call('/api/v1/districts/lakeside/students.csv?limit=5')).status).toBe(400);
  });

  test('a schedule is set and taken back; one of an unknown source, time zone or shape is refused', async () => {
    const set = (body: unknown, source = 'sis') => gateway.call(`/api/v1/districts/lakeside/sources/${source}/schedule`, { method: 'PUT', body: JSON.stringify(body) });
    const cronOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { cron: string }).cron;
    expect(await cronOf(await set({ cron: '15 4 * * *', timeZone: null }))).toBe('15 4 * * *');
    expect(await cronOf(await set(null))).toBe('0 3 * * *');
    expect((await set({ cron: '15 4 * * *' }, 'nope')).status).toBe(404);
    for (const body of [{ cron: '15 4 * * *', timeZone: 'Mars/Base' }, { timeZone: null }, { cron: '1', more: 1 }, 'off']) expect((await set(body)).status).toBe(400);
  });

  test('problems of the services behind pass through with status and Retry-After', async () => {
    const answer = await gateway.call('/api/v1/districts/lakeside/parents');
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('content-type')]).toEqual([503, '30', expect.stringContaining('application/problem+json')]);
    const conflict = await gateway.call(`/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/approve`, { method: 'POST', body: JSON.stringify({ previewed: 3 }) });
    expect([conflict.status, Problem.parse(await conflict.json()).code]).toEqual([409, 'current_changed']);
  });

  test('files are streamed with their type and name', async () => {
    const answer = await gateway.call(`/api/v1/districts/lakeside/snapshots/${SNAPSHOT}/files/students.csv`);
    expect([answer.status, await answer.text(), answer.headers.get('content-disposition')]).toEqual([200, 'sourcedId\n1\n', 'attachment; filename="students.csv"']);
  });

  test('a refresh is 202 with the Location of its run; the writer is told who asks by key, by which way, and the Idempotency-Key per key', async () => {
    const answer = await gateway.call('/api/v1/snapshots/hillside/refresh', { method: 'POST', headers: { 'idempotency-key': 'night-1', 'user-agent': 'lastgood-cli/0.1.0' } });
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/api/v1/runs/${RUN}`]);
    expect(asked.at(-1)?.body).toEqual({ asker: { actor: 'key:preset-1', via: 'cli' }, idempotencyKey: 'preset-1:night-1' });
    expect(asked.at(-1)?.authorization).toMatch(/^Bearer .{32,}/);
    expect((await gateway.call('/api/v1/snapshots/lakeside/refresh', { method: 'POST', body: JSON.stringify({ source: 'bookmarked' }) })).status).toBe(404);
  });

  test('a refresh of a district with two sources is 202 with both runs, which of them was joined, and no Location; of one of its sources, with one', async () => {
    const refresh = (body?: object) => gateway.call('/api/v1/snapshots/lakeside/refresh', { method: 'POST', ...(body && { body: JSON.stringify(body) }) });
    const both = await refresh();
    expect([both.status, both.headers.get('location')]).toEqual([202, null]);
    expect(RefreshAnswer.parse(await both.json()).runs.map(({ run: { id, source }, joined }) => [id, source, joined])).toEqual([[RUN, 'sis', true], [OTHER_RUN, 'classlink', false]]);
    const one = await refresh({ source: 'sis' });
    expect([one.status, one.headers.get('location'), RefreshAnswer.parse(await one.json()).runs.length]).toEqual([202, `/api/v1/runs/${RUN}`, 1]);
  });

  test.each([
    ['district=nowhere', 'unknown_district'], ['district=nowhere&source=sis', 'unknown_district'], ['district=lakeside&source=bookmarked', 'unknown_source'], ['source=bookmarked', 'unknown_source'],
    ['district=hillside&source=classlink', 'unknown_source'],
  ])('runs of a district or source that is not configured (%s) are not found, not none', async (query, code) => {
    const before = asked.length;
    const answer = await gateway.call(`/api/v1/runs?${query}`);
    expect([answer.status, Problem.parse(await answer.json()).code, asked.length]).toEqual([404, code, before]);
  });

  test('runs of a configured district and source are asked of the writer with the same query', async () => {
    for (const query of ['?district=lakeside&source=classlink&limit=2', '?source=classlink', '']) {
      const answer = await gateway.call(`/api/v1/runs${query}`);
      expect([answer.status, asked.at(-1)?.url]).toEqual([200, `/internal/runs${query}`]);
      await answer.body?.cancel();
    }
  });

  test('a status does not wait longer than a second for the writer, and says why run fields are null', async () => {
    const quick = (await (await gateway.call('/api/v1/snapshots/lakeside/status')).json()) as { sources: { runs: unknown }[]; runsUnavailable: string | null };
    expect(quick.sources[0]?.runs).not.toBeNull();
    writerDelayMs = 20_000;
    const slow = (await (await gateway.call('/api/v1/snapshots/lakeside/status')).json()) as typeof quick;
    writerDelayMs = 0;
    expect([slow.sources[0]?.runs, slow.runsUnavailable]).toEqual([null, expect.stringContaining('writer')]);
  });

  test('events of a run end with its final state, and a client that comes back is told only what it has not seen', async () => {
    phase = 'fetching';
    const answer = await gateway.call(`/api/v1/runs/${RUN}/events`);
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of answer.body as ReadableStream<Uint8Array>) {
      text += Buffer.from(chunk).toString('utf8');
      if (text.includes('event: progress')) phase = 'published';
    }
    const events = text.split('\n\n').filter((block) => block.includes('event: '));
    expect(events.map((block) => /event: (\w+)/.exec(block)?.[1])).toEqual(['progress', 'end']);
    expect(Run.parse(JSON.parse(/data: (.*)/.exec(events[1] ?? '')?.[1] ?? '')).phase).toBe('published');
    const lastEventId = /id: (.*)/.exec(events[1] ?? '')?.[1] ?? '';
    const again = await (await gateway.call(`/api/v1/runs/${RUN}/events`, { headers: { 'last-event-id': lastEventId } })).text();
    expect(again.match(/event: /g)).toHaveLength(1);
  });

  test('the description is OpenAPI 3.1 with the shapes of contracts, and there is a readable page', async () => {
    const document = (await (await gateway.call('/api/openapi.json', { key: null })).json()) as { paths: Record<string, { get?: { parameters: { name: string }[]; responses: Record<string, unknown> } }>; components: { schemas: Record<string, unknown> } };
    const students = document.paths['/api/v1/districts/{district}/students']?.get;
    expect(students?.parameters.map(({ name }) => name).sort()).toEqual(['If-None-Match', 'Lastgood-At-Least', 'Lastgood-Purpose', 'cursor', 'district', 'grade', 'limit', 'q', 'role', 'school', 'similar', 'source']);
    expect(JSON.stringify(students?.responses['200'])).toMatch(/StudentsAnswer|unresolvedGuardians/);
    expect(Object.keys(document.components.schemas)).toContain('Problem');
    const page = await gateway.call('/api/docs', { key: null });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
  });

  test('every route that Fastify serves is described, and nothing else', async () => {
    const { paths } = (await (await gateway.call('/api/openapi.json', { key: null })).json()) as { paths: Record<string, Record<string, unknown>> };
    const described = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
    const served = gateway.routes.filter(({ method, pattern }) => method !== 'HEAD' && pattern.startsWith('/api/') && !pattern.startsWith('/api/docs')).map(({ method, pattern }) => `${method} ${pattern.replaceAll(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(served.sort());
  });

  test('the description tells statuses and headers of each route: those of all, those of its kind, and its own', async () => {
    interface Described { parameters?: { name: string; in: string; required: boolean }[]; requestBody?: { required: boolean }; responses: Record<string, { headers?: object }> }
    const { paths } = (await (await gateway.call('/api/openapi.json', { key: null })).json()) as { paths: Record<string, Record<string, Described>> };
    const told = (path: string, method: string): unknown => {
      const { parameters = [], requestBody, responses } = paths[path]?.[method] as Described;
      const headers = Object.entries(responses).flatMap(([status, { headers: names }]) => (names ? [[status, Object.keys(names)]] : []));
      return { statuses: Object.keys(responses).join(' '), headers: Object.fromEntries(headers) as object, takes: parameters.filter((each) => each.in === 'header').map(({ name }) => name), body: requestBody?.required };
    };
    const problems = { 401: ['WWW-Authenticate'], 403: ['WWW-Authenticate'], 429: ['Retry-After'], 503: ['Retry-After'], 504: ['Retry-After'] };
    const read = ['ETag', 'Lastgood-Snapshot', 'Lastgood-Log', 'Lastgood-Count'];
    const limits = ['RateLimit', 'RateLimit-Policy'];
    const wait = ['Retry-After', ...limits];
    const counted = { 400: limits, 403: ['WWW-Authenticate', ...limits], 404: limits, 409: limits, 429: wait, 500: limits, 503: wait, 504: wait };
    expect(told('/api/v1/districts/{district}/students', 'get')).toEqual({
      statuses: '200 304 400 401 403 404 410 414 429 500 503 504', headers: { 200: read, 304: read, ...problems }, takes: ['If-None-Match', 'Lastgood-At-Least', 'Lastgood-Purpose'], body: undefined,
    });
    expect(told('/api/v1/snapshots/{district}/refresh', 'post')).toEqual({
      statuses: '202 400 401 403 404 409 413 414 415 429 500 503 504', headers: { 202: ['Location', ...limits], ...problems, ...counted }, takes: ['Idempotency-Key', 'Lastgood-Purpose', 'X-CSRF-Token'], body: false,
    });
    expect(told('/api/v1/districts/{district}/snapshots/{snapshot}/approve', 'post')).toMatchObject({ statuses: '200 400 401 403 404 409 410 413 414 415 429 500 503 504', body: true });
    expect(told('/api/v1/districts', 'get')).toEqual({ statuses: '200 400 401 403 429 500 503 504', headers: problems, takes: ['Lastgood-Purpose'], body: undefined });
    expect(told('/api/openapi.json', 'get')).toEqual({ statuses: '200 400 500 503', headers: { 503: ['Retry-After'] }, takes: [], body: undefined });
    expect(JSON.stringify(paths)).not.toContain('x-lastgood');
  });

  test('a planted personal value appears in no log, metric or problem', async () => {
    await gateway.call(`/api/v1/districts/lakeside/students?q=${encodeURIComponent(PLANTED)}`);
    const texts = await Promise.all([
      gateway.call(`/api/v1/districts/lakeside/students?q=${encodeURIComponent(PLANTED)}&limit=0`).then((answer) => answer.text()),
      gateway.call('/metrics', { key: null }).then((answer) => answer.text()),
    ]);
    const log = readFileSync(join(gateway.folder, 'data', 'lastgood.log'), 'utf8');
    for (const text of [...texts, log]) {
      expect(text).not.toContain('Quaxworthy');
      expect(text).not.toContain(encodeURIComponent(PLANTED));
    }
    expect(texts[1]).toContain('lastgood_http_request_duration_seconds');
  });

  test('a service behind that answers HTML or half a body is an honest 503', async () => {
    const odd = await startGateway((behind) => {
      behind.get('/internal/runs/:run', (_request, reply) => reply.header('content-type', 'text/html').send('<html>'));
      behind.get('/internal/districts/:district/status', (_request, reply) => reply.status(502).send('{"half":'));
    });
    try {
      for (const [path, code] of [[`/api/v1/runs/${RUN}`, 'writer_unavailable'], ['/api/v1/snapshots/lakeside/status', 'search_unavailable']] as const) {
        const answer = await odd.call(path);
        expect([answer.status, Problem.parse(await answer.json()).code]).toEqual([503, code]);
      }
    } finally {
      await odd.close();
    }
  });

  test('without the services behind, reads are an honest 503 and the process is alive', async () => {
    const alone = await startGateway(() => undefined, { environment: { LASTGOOD_SEARCH_URL: 'http://127.0.0.1:9', LASTGOOD_WRITER_URL: 'http://127.0.0.1:9' } });
    try {
      const answer = await alone.call('/api/v1/districts/lakeside/students');
      expect([answer.status, Problem.parse(await answer.json()).code]).toEqual([503, 'search_unavailable']);
      expect((await alone.call('/livez', { key: null })).status).toBe(200);
    } finally {
      await alone.close();
    }
  });
});
