import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import { FINAL_PHASES, Problem, RefreshAnswer, Run, RunLogAnswer, RunsAnswer, SnapshotDetail } from '@lastgood/contracts';
import { InProcessEventBus } from '@lastgood/event-bus';
import { fetcherService } from '@lastgood/fetcher';
import { gatewayService } from '@lastgood/gateway';
import { searchService } from '@lastgood/search';
import { startServices, Terminal, type RunningServices } from '@lastgood/service-runtime';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { writerService } from '@lastgood/writer';
import { FAMILY_NAME, MAIL, PHONE, PLANTED, PLANTED_ID, writePlantedDistrict } from './testing/planted-district.js';

const ADMIN_TOKEN = 'admin-token-of-this-test-0123456789abcdef';
const API = '/api/v1/districts/oak';
const PATIENCE_MS = 60_000;
/** Files that are there to hold people: datasets and indexes, in the store and, of the index, where searches read it. */
const FOR_PEOPLE = /\/store\/snapshots\/.*\.(csv|jsonl|sqlite)\.zst$|\/local\/search\/indexes\//;

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS / 2;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited too long');
    await setTimeout(50);
  }
}

/** Everything that came out of the process but its answers about people. */
class Overheard extends Terminal {
  readonly printed: string[] = [];
  readonly events: string[] = [];
  readonly #undo: (() => void)[] = [];

  constructor() {
    super();
    for (const stream of [process.stdout, process.stderr]) {
      const write = stream.write;
      stream.write = ((...args: Parameters<typeof write>) => {
        this.printed.push(String(args[0]));
        return write.apply(stream, args);
      }) as typeof write;
      this.#undo.push(() => void (stream.write = write));
    }
    const { publish } = InProcessEventBus.prototype;
    const { events } = this;
    InProcessEventBus.prototype.publish = function (type, data) {
      events.push(JSON.stringify({ type, data }));
      return publish.call(this, type, data);
    };
    this.#undo.push(() => void (InProcessEventBus.prototype.publish = publish));
  }

  say(line: string): void {
    this.printed.push(line);
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo();
  }
}

describe('a planted personal value on its whole way', () => {
  let folder: string;
  let upstream: RunningSimulator;
  let running: RunningServices;
  let overheard: Overheard;
  const runs: Run[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastgood-planted-'));
    upstream = await startSimulator({ csv: writePlantedDistrict(join(folder, 'upstream')), auth: { kind: 'bearer', token: 'upstream' } });
    const source = { kind: 'oneroster-1.1', baseUrl: `${upstream.url}/ims/oneroster/v1p1`, auth: { kind: 'bearer', token: '${UPSTREAM_TOKEN}' }, allowPrivateAddresses: true, schedule: 'off', liveLookUp: true };
    const sources = [{ ...source, id: 'sis', validation: 'lenient' }, { ...source, id: 'strict', validation: 'strict' }];
    await writeFile(join(folder, 'lastgood.yaml'), JSON.stringify({ version: 1, districts: [{ id: 'oak', name: 'Oak', sources }] }));
    overheard = new Overheard();
    running = await startServices([gatewayService, fetcherService, writerService, searchService], {
      embedded: true, terminal: overheard,
      environment: { PORT: '0', ADMIN_TOKEN, UPSTREAM_TOKEN: 'upstream', LASTGOOD_LOG_LEVEL: 'debug', LASTGOOD_CHANGES_PER_MINUTE: '1000', LASTGOOD_DATA_DIR: join(folder, 'data'), LASTGOOD_CONFIG: join(folder, 'lastgood.yaml') },
    });
  }, PATIENCE_MS);
  afterAll(async () => {
    overheard?.stop();
    await running?.close();
    await upstream?.close();
    await rm(folder, { recursive: true });
  }, PATIENCE_MS);

  const ask = (path: string, init: RequestInit = {}): Promise<Response> => fetch(new URL(path, running.urls.gateway), { ...init, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...(init.body ? { 'content-type': 'application/json' } : {}), ...(init.headers as Record<string, string>) } });
  const text = async (path: string): Promise<string> => {
    const answer = await ask(path);
    const body = await answer.text();
    expect([path, answer.status]).toEqual([path, 200]);
    return body;
  };
  const refresh = async (source: string): Promise<Run> => {
    const answer = RefreshAnswer.parse(await (await ask('/api/v1/snapshots/oak/refresh', { method: 'POST', body: JSON.stringify({ source }) })).json());
    const id = answer.runs[0]?.run.id ?? '';
    let run = Run.parse(JSON.parse(await text(`/api/v1/runs/${id}`)));
    await until(async () => FINAL_PHASES.includes((run = Run.parse(JSON.parse(await text(`/api/v1/runs/${id}`)))).phase));
    runs.push(run);
    return run;
  };

  test('is found by live look-ups before there is a snapshot', async () => {
    for (const path of [`students?q=${FAMILY_NAME}`, `students?q=${MAIL}`, `students/${PLANTED_ID}`, `students?q=${FAMILY_NAME} Zara`]) expect(await text(`${API}/sources/sis/live/${path}`)).toContain(FAMILY_NAME);
  }, PATIENCE_MS);

  test('is published by a lenient refresh with a warning for its record, and fails a strict one, and one that the upstream spoils at its row', async () => {
    const published = await refresh('sis');
    expect(published).toMatchObject({ phase: 'published' });
    const snapshot = `${API}/snapshots/${published.snapshot ?? ''}?source=sis`;
    await until(async () => (await ask(snapshot)).ok && (await ask(`${API}/students?source=sis`)).ok);
    const { findings } = SnapshotDetail.parse(JSON.parse(await text(snapshot)));
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['invalid_optional', 'unknown_role']));
    expect(await refresh('strict')).toMatchObject({ phase: 'failed', failure: { collection: 'users' } });
    for (const quirk of [{ kind: 'duplicateDifferent', collection: 'users' }, { kind: 'truncatedJson', collection: 'users' }, { kind: 'wrongEnvelope', collection: 'users', key: FAMILY_NAME }] as const) {
      await upstream.control.setQuirks(quirk);
      expect(await refresh('sis')).toMatchObject({ phase: 'failed', failure: { collection: 'users' } });
    }
    await upstream.control.setQuirks();
  }, PATIENCE_MS);

  test('is found by searches, whether misspelt or not, in detail, in CSV and in the files', async () => {
    for (const path of [`students?q=${FAMILY_NAME}`, `students?q=${MAIL}`, 'students?q=Quaxwrothy&similar=true', `students/${PLANTED_ID}`, `students.csv?q=${FAMILY_NAME}`, `parents?q=${FAMILY_NAME}`, 'snapshots/latest-good/files/students.jsonl?source=sis', 'snapshots/latest-good/files/students.csv?source=sis']) {
      const separator = path.includes('?') ? '&' : '?';
      const found = await text(`${API}/${path}${path.includes('source=') ? '' : `${separator}source=sis`}`);
      expect([path, found.includes(FAMILY_NAME)]).toEqual([path, true]);
    }
    for (const value of [MAIL, PHONE]) expect(await text(`${API}/students/${PLANTED_ID}?source=sis`)).toContain(value);
  }, PATIENCE_MS);

  test('is in no problem, nor in its headers', async () => {
    const wrong: [path: string, init?: RequestInit][] = [
      [`${API}/students?q=${FAMILY_NAME}&nonsense=${FAMILY_NAME}`], [`${API}/students?q=${FAMILY_NAME}&source=strict`], [`${API}/students?cursor=${FAMILY_NAME}&q=${MAIL}`], [`${API}/students/nobody-${FAMILY_NAME}`],
      [`${API}/sources/sis/live/students?q=${FAMILY_NAME}`], [`${API}/sources/strict/live/students?q=${FAMILY_NAME}&nonsense=${MAIL}`], [`${API}/sources/strict/live/students/nobody-${FAMILY_NAME}`], [`/api/v1/runs/${FAMILY_NAME}`],
      ['/api/v1/snapshots/oak/refresh', { method: 'POST', body: JSON.stringify({ source: FAMILY_NAME, nonsense: PHONE }) }],
    ];
    for (const [path, init] of wrong) {
      const answer = await ask(path, init);
      const body = await answer.text();
      expect([path, answer.status >= 400, Problem.safeParse(JSON.parse(body)).success]).toEqual([path, true, true]);
      expect([path, PLANTED.exec(body + JSON.stringify([...answer.headers]))]).toEqual([path, null]);
    }
  }, PATIENCE_MS);

  test('is in no run, line, finding, failure, status, metric or audit entry', async () => {
    const paths = ['/api/v1/snapshots/oak/status', '/api/v1/runs?district=oak', `${API}/snapshots?limit=200`, `${API}/filters`, '/api/v1/audit?limit=200', '/api/v1/audit/export', '/api/v1/admin/parked'];
    for (const run of runs) paths.push(`/api/v1/runs/${run.id}`, `/api/v1/runs/${run.id}/log`, `/api/v1/runs/${run.id}/events`);
    expect(RunsAnswer.parse(JSON.parse(await text('/api/v1/runs?district=oak'))).items).toHaveLength(runs.length);
    for (const run of runs) expect(RunLogAnswer.parse(JSON.parse(await text(`/api/v1/runs/${run.id}/log`))).items.length).toBeGreaterThan(0);
    await until(async () => (await text('/api/v1/audit/export')).includes('"people_studentsCsv"'));
    for (const path of paths) expect([path, PLANTED.exec(await text(path))]).toEqual([path, null]);
    for (const [name, url] of Object.entries(running.urls)) {
      const metrics = await (await fetch(new URL('/metrics', url))).text();
      expect([name, metrics.includes('# TYPE'), PLANTED.exec(metrics)]).toEqual([name, true, null]);
    }
  }, PATIENCE_MS);

  test('is in no event, and in nothing that was printed', () => {
    for (const type of ['refresh.requested', 'fetch.progress', 'refresh.fetched', 'fetch.failed', 'fetch.logged', 'snapshot.published', 'refresh.failed', 'run.changed']) {
      expect([type, overheard.events.some((event) => event.startsWith(`{"type":"${type}"`))]).toEqual([type, true]);
    }
    expect([...overheard.events, ...overheard.printed].filter((one) => PLANTED.test(one))).toEqual([]);
  }, PATIENCE_MS);

  test('is in no file but those that are there to hold people: neither in logs, nor in the database, nor in what stands beside a snapshot', () => {
    const files = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const holds = (file: string): boolean => {
      const bytes = readFileSync(file);
      return PLANTED.test((file.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString('latin1'));
    };
    for (const end of ['lastgood.log', 'lastgood.sqlite', 'status.json', 'manifest.json']) expect([end, files.some((file) => file.endsWith(end) && readFileSync(file).length > 0)]).toEqual([end, true]);
    expect(files.some((file) => file.endsWith('students.jsonl.zst') && holds(file))).toBe(true);
    expect(files.filter((file) => !FOR_PEOPLE.test(file) && holds(file))).toEqual([]);
  }, PATIENCE_MS);
});
