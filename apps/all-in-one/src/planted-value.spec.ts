import { mkdtemp, rm } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { FINAL_PHASES, Problem, RefreshAnswer, Run, RunLogAnswer, RunsAnswer, SnapshotDetail } from '@lastgood/contracts';
import { InProcessEventBus } from '@lastgood/event-bus';
import { Terminal } from '@lastgood/service-runtime';
import { FAMILY_NAME, MAIL, PHONE, PLANTED, PLANTED_ID, writePlantedDistrict } from './testing/planted-district.js';
import { OneProcess, until } from './testing/one-process.js';

const API = '/districts/oak';
const PATIENCE_MS = 60_000;
/** Files that are there to hold people: datasets and indexes, in the store and, of the index, where searches read it. */
const FOR_PEOPLE = /\/store\/snapshots\/.*\.(csv|jsonl|sqlite)\.zst$|\/local\/search\/indexes\//;

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
  let lastgood: OneProcess;
  let overheard: Overheard;
  let files: string;
  const runs: Run[] = [];

  beforeAll(async () => {
    files = await mkdtemp(join(tmpdir(), 'lastgood-planted-'));
    overheard = new Overheard();
    lastgood = await OneProcess.start({
      upstream: { csv: writePlantedDistrict(join(files, 'upstream')) }, terminal: overheard, environment: { LASTGOOD_LOG_LEVEL: 'debug', LASTGOOD_CHANGES_PER_MINUTE: '1000' },
      sources: [{ id: 'sis', validation: 'lenient', liveLookUp: true }, { id: 'strict', validation: 'strict', liveLookUp: true }],
    });
  }, PATIENCE_MS);
  afterAll(async () => {
    overheard?.stop();
    await lastgood?.close();
    await rm(files, { recursive: true });
  }, PATIENCE_MS);

  const text = async (path: string): Promise<string> => {
    const answer = await lastgood.ask(path);
    const body = await answer.text();
    expect([path, answer.status]).toEqual([path, 200]);
    return body;
  };
  const refresh = async (source: string): Promise<Run> => {
    const answer = RefreshAnswer.parse(await lastgood.json('/snapshots/oak/refresh', { method: 'POST', body: { source } }));
    const id = answer.runs[0]?.run.id ?? '';
    let run = Run.parse(JSON.parse(await text(`/runs/${id}`)));
    await until(async () => FINAL_PHASES.includes((run = Run.parse(JSON.parse(await text(`/runs/${id}`)))).phase));
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
    await until(async () => (await lastgood.ask(snapshot)).ok && (await lastgood.ask(`${API}/students?source=sis`)).ok);
    const { findings } = SnapshotDetail.parse(JSON.parse(await text(snapshot)));
    expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['invalid_optional', 'unknown_role']));
    expect(await refresh('strict')).toMatchObject({ phase: 'failed', failure: { collection: 'users' } });
    for (const quirk of [{ kind: 'duplicateDifferent', collection: 'users' }, { kind: 'truncatedJson', collection: 'users' }, { kind: 'wrongEnvelope', collection: 'users', key: FAMILY_NAME }] as const) {
      await lastgood.upstream.control.setQuirks(quirk);
      expect(await refresh('sis')).toMatchObject({ phase: 'failed', failure: { collection: 'users' } });
    }
    await lastgood.upstream.control.setQuirks();
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
    const wrong: [path: string, asked?: { method: string; body: unknown }][] = [
      [`${API}/students?q=${FAMILY_NAME}&nonsense=${FAMILY_NAME}`], [`${API}/students?q=${FAMILY_NAME}&source=strict`], [`${API}/students?cursor=${FAMILY_NAME}&q=${MAIL}`], [`${API}/students/nobody-${FAMILY_NAME}`],
      [`${API}/sources/sis/live/students?q=${FAMILY_NAME}`], [`${API}/sources/strict/live/students?q=${FAMILY_NAME}&nonsense=${MAIL}`], [`${API}/sources/strict/live/students/nobody-${FAMILY_NAME}`], [`/runs/${FAMILY_NAME}`],
      ['/snapshots/oak/refresh', { method: 'POST', body: { source: FAMILY_NAME, nonsense: PHONE } }],
    ];
    for (const [path, asked] of wrong) {
      const answer = await lastgood.ask(path, asked);
      const body = await answer.text();
      expect([path, answer.status >= 400, Problem.safeParse(JSON.parse(body)).success]).toEqual([path, true, true]);
      expect([path, PLANTED.exec(body + JSON.stringify([...answer.headers]))]).toEqual([path, null]);
    }
  }, PATIENCE_MS);

  test('is in no run, line, finding, failure, status, metric or audit entry', async () => {
    const paths = ['/snapshots/oak/status', '/runs?district=oak', `${API}/snapshots?limit=200`, `${API}/filters`, '/audit?limit=200', '/audit/export', '/admin/parked'];
    for (const run of runs) paths.push(`/runs/${run.id}`, `/runs/${run.id}/log`, `/runs/${run.id}/events`);
    expect(RunsAnswer.parse(JSON.parse(await text('/runs?district=oak'))).items).toHaveLength(runs.length);
    for (const run of runs) expect(RunLogAnswer.parse(JSON.parse(await text(`/runs/${run.id}/log`))).items.length).toBeGreaterThan(0);
    await until(async () => (await text('/audit/export')).includes('"people_studentsCsv"'));
    for (const path of paths) expect([path, PLANTED.exec(await text(path))]).toEqual([path, null]);
    for (const [name, url] of Object.entries(lastgood.services.urls)) {
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
    const kept = readdirSync(join(lastgood.folder, 'data'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const holds = (file: string): boolean => {
      const bytes = readFileSync(file);
      return PLANTED.test((file.endsWith('.zst') ? zstdDecompressSync(bytes) : bytes).toString('latin1'));
    };
    for (const end of ['lastgood.log', 'lastgood.sqlite', 'status.json', 'manifest.json']) expect([end, kept.some((file) => file.endsWith(end) && readFileSync(file).length > 0)]).toEqual([end, true]);
    expect(kept.some((file) => file.endsWith('students.jsonl.zst') && holds(file))).toBe(true);
    expect(kept.filter((file) => !FOR_PEOPLE.test(file) && holds(file))).toEqual([]);
  }, PATIENCE_MS);
});
