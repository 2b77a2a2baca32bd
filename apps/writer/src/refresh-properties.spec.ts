import fc from 'fast-check';
import type { LogState } from '@lastgood/snapshot-log';
import { Manifest, StatusFile, type RunFailure } from '@lastgood/contracts';
import { ObjectStoreError } from '@lastgood/object-store';
import { isFinal } from './runs/run-row.js';
import type { RunsTable } from './tables.js';
import { sampleDistrict, type UpstreamRecords } from './testing/sample-district.js';
import { districtsWith, until, WriterKit, type LogLine } from './testing/writer-kit.js';

const LAX = { minimumRows: 1_000_000, collectionLoss: 1, schoolLoss: 1, collectionGrowth: 1000 };

/** Makes the same cases in every run of the tests. */
const SEED = 20_261_127;

const WAYS = ['http', 'cli', 'schedule'] as const;

/** One generated refresh: what the upstream does. The first hundred are played in every way to ask for it, the others in one each. */
interface Case {
  students: number;
  pageSize: number;
  fate: 'fine' | 'upstream_failed' | 'missing_required' | 'invalid_value';
  at: number;
}
interface Judged {
  case: Case;
  via: (typeof WAYS)[number];
  row: RunsTable;
  before: LogState;
  after: LogState;
  status: StatusFile | null;
  manifest: Manifest | null;
  lines: LogLine[];
}

const cases = (fates: Case['fate'][]): fc.Arbitrary<Case> => fc.record({
  students: fc.integer({ min: 1, max: 12 }), pageSize: fc.integer({ min: 1, max: 30 }),
  fate: fc.constantFrom(...fates), at: fc.nat(1000),
});
const failureOf = ({ at }: Case): RunFailure => ({ code: 'envelope_missing', severity: 'error', message: 'The answer had no envelope.', collection: 'users', offset: at, httpStatus: 200, count: 1, retryable: false });

/** A record of the users with a required field taken away or made senseless. */
function spoiled(records: UpstreamRecords, { fate, at }: Case): UpstreamRecords {
  const users = records.users ?? [];
  const index = at % users.length;
  return { ...records, users: users.map((user, place) => (place !== index ? user : { ...user, [fate === 'missing_required' ? 'familyName' : 'givenName']: fate === 'missing_required' ? undefined : 7 })) };
}

const sampleOf = <T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] => fc.sample(arbitrary, { seed: SEED, numRuns });

/** Every item in an order of its own. */
const shuffled = <T>(items: readonly T[]): T[] => sampleOf(fc.shuffledSubarray([...items], { minLength: items.length }), 1)[0] ?? [];

/** Judges refreshes of 100 cases or more; what fails names its case and the seed that makes it again. */
function forEachOf(refreshes: readonly Judged[], check: (refresh: Judged) => void): void {
  expect(new Set(refreshes.map((refresh) => refresh.case)).size).toBeGreaterThanOrEqual(100);
  for (const refresh of refreshes) {
    try {
      check(refresh);
    } catch (cause) {
      throw new Error(`seed ${SEED}, asked by ${refresh.via}, ${JSON.stringify(refresh.case)}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  }
}

describe('properties of a refresh', () => {
  let kit: WriterKit;
  const judged: Judged[] = [];
  const inEveryWay: Judged[] = [];
  const fine = (): Judged[] => judged.filter(({ case: { fate } }) => fate === 'fine');
  const failed = (): Judged[] => judged.filter(({ case: { fate } }) => fate !== 'fine');

  beforeAll(async () => {
    kit = await WriterKit.open({ districts: districtsWith({ schedule: { cron: '* * * * *' }, gate: LAX }), environment: { WRITER_RETRY_MINUTES: '' } });
    await kit.writer.schedule.start();
    const [good, lacking, other] = [sampleOf(cases(['fine']), 100), sampleOf(cases(['missing_required']), 100), sampleOf(cases(['upstream_failed', 'invalid_value']), 24)];
    let played = 0;
    for (const example of shuffled([...good.slice(0, 40), ...lacking.slice(0, 36), ...other])) {
      for (const via of WAYS) inEveryWay.push(await play(example, via, played));
      played += 1;
    }
    judged.push(...inEveryWay);
    for (const example of shuffled([...good.slice(40), ...lacking.slice(36)])) {
      judged.push(await play(example, WAYS[played % WAYS.length] as Judged['via'], played));
      played += 1;
    }
  }, 600_000);
  afterAll(() => kit.close());

  /** By the schedule: its next tick comes due. */
  async function refresh(via: Judged['via']): Promise<RunsTable> {
    if (via !== 'schedule') return kit.refresh(via);
    kit.clock.advance(60_000);
    await kit.writer.schedule.look();
    const [newest] = await kit.writer.runs.list({ limit: 1 }, null);
    return kit.ended(newest?.id ?? '');
  }

  async function play(example: Case, via: Judged['via'], index: number): Promise<Judged> {
    const before = await kit.logState();
    const { orgs, users, classes } = sampleDistrict({ students: example.students, schools: 1, salt: `-${index}` });
    const records = { orgs, users, classes } as UpstreamRecords;
    kit.fetcher.plan = {
      records: example.fate === 'fine' || example.fate === 'upstream_failed' ? records : spoiled(records, example), pageSize: example.pageSize,
      landed: async () => kit.clock.advance(1 + index % 5),
      ...(example.fate === 'upstream_failed' && { failure: failureOf(example) }),
    };
    const firstLine = kit.log.lines.length;
    const row = await refresh(via);
    await kit.writer.builds.look();
    const after = await kit.logState();
    const entry = row.snapshot === null ? undefined : after.snapshots.get(row.snapshot);
    const stored = async (name: string): Promise<unknown> => (entry === undefined ? null : JSON.parse((await kit.store.read(`${entry.folder}${name}.json`)).toString('utf8')));
    const status = StatusFile.nullable().parse(await stored('status'));
    const manifest = Manifest.nullable().parse(await stored('manifest'));
    kit.clock.advance(1000);
    return { case: example, via, row, before, after, status, manifest, lines: kit.log.lines.slice(firstLine) };
  }

  test('P08 a refresh that succeeds leaves one new complete snapshot', () => {
    forEachOf(fine(), ({ row, before, after, status }) => {
      expect(row.phase).toBe('published');
      expect(after.current?.snapshot).toBe(row.snapshot);
      expect(after.snapshots.size).toBe(before.snapshots.size + 1);
      expect(status?.status).toBe('complete');
    });
  });

  test('P09 a refresh that fails leaves a record of its failure, and current untouched', () => {
    forEachOf(failed(), ({ row, before, after }) => {
      expect(row.phase).toBe('failed');
      expect(after.current?.snapshot).toBe(before.current?.snapshot);
      expect(after.snapshots.size).toBe(before.snapshots.size);
      const ended = after.runs.get(row.id)?.ended;
      expect(ended?.kind).toBe('abort');
      expect(ended?.number).toBe(row.log_number);
      expect(ended?.summary?.errors[0]?.code).toBe((JSON.parse(row.failure ?? '') as RunFailure).code);
    });
  });

  test('P10 HTTP, CLI and schedule run the same steps and leave the same result', () => {
    const resultOf = ({ row, status, manifest, after, lines }: Judged): unknown => {
      const { id: _, epoch: _e, actor: _a, via: _v, epoch_at: _b, requested_at: _r, finished_at: _f, alive_at: _l, builder: _w, snapshot: _s, log_number: _n, expected: _x, page_lists: _p, ...kept } = row;
      const ended = after.runs.get(row.id)?.ended;
      return {
        kept: { ...kept, stats: JSON.parse(kept.stats ?? 'null') as unknown },
        steps: lines.map(({ level, message }) => [level, message]),
        files: manifest?.files.filter(({ name }) => name !== 'status.json'),
        status: status && { ...status, snapshot_id: '', fetched_by_session: '', created_at: '', started_at: '', completed_at: '' },
        record: ended && [ended.kind, ended.reason, { ...ended.summary, createdAt: '', startedAt: '', completedAt: '' }],
        begins: after.runs.get(row.id)?.begins.length,
      };
    };
    let compared = 0;
    for (let first = 0; first < inEveryWay.length; first += WAYS.length) {
      const [http, cli, schedule] = inEveryWay.slice(first, first + WAYS.length) as [Judged, Judged, Judged];
      expect([http.row.via, cli.row.via, schedule.row.via]).toEqual(WAYS);
      expect(schedule.row.actor).toBe('schedule');
      expect(resultOf(cli)).toEqual(resultOf(http));
      expect(resultOf(schedule)).toEqual(resultOf(http));
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(100);
  });

  test('P12 every snapshot carries schema_version and calculation_version', () => {
    forEachOf(fine(), ({ status, after, row }) => {
      expect(status).toMatchObject({ schema_version: '1.0', calculation_version: '1.0' });
      expect(after.snapshots.get(row.snapshot ?? '')?.summary).toMatchObject({ schemaVersion: '1.0', calculationVersion: '1.0' });
    });
  });

  test('P22 what does not fit the schema is not published', () => {
    const misfits = failed().filter(({ case: { fate } }) => fate !== 'upstream_failed');
    forEachOf(misfits, ({ row, after, before }) => {
      expect(JSON.parse(row.failure ?? '')).toMatchObject({ code: 'invalid_records', collection: 'users' });
      expect(after.current?.snapshot).toBe(before.current?.snapshot);
    });
  });

  test('P23 a missing required field rejects the snapshot and keeps current', () => {
    const missing = failed().filter(({ case: { fate } }) => fate === 'missing_required');
    forEachOf(missing, ({ row, after, before }) => {
      expect(row.phase).toBe('failed');
      expect((JSON.parse(row.failure ?? '') as RunFailure).message).toContain('familyName');
      expect(after.current?.snapshot).toBe(before.current?.snapshot);
    });
  });

  test('P24 start and end of every run are logged with duration, status, errors', () => {
    forEachOf(judged, ({ row, lines }) => {
      const start = lines.filter(({ message }) => message === 'The run started.');
      const end = lines.filter(({ message }) => /^The run (ended|failed)/.test(message));
      expect(start).toHaveLength(1);
      expect(end).toHaveLength(1);
      expect(end[0]?.fields).toMatchObject({ status: row.phase, durationSeconds: expect.any(Number) as number, errorCode: row.failure === null ? null : (JSON.parse(row.failure) as RunFailure).code });
    });
  });

  test('P25 every log line of a run carries its run id, and the snapshot id once there is one', () => {
    forEachOf(judged, ({ row, lines }) => {
      for (const { fields } of lines) expect(fields['run']).toBe(row.id);
      const end = lines.find(({ message }) => message === 'The run ended.');
      expect(end?.fields['snapshot'] ?? null).toBe(row.snapshot);
    });
  });

  test('P25 also while the outcome of its commit is not known: no line lacks the snapshot id from the first one with it on', async () => {
    const own = await WriterKit.open();
    const { store, log } = own;
    const create = store.create.bind(store);
    const isTold = (): boolean => log.lines.some(({ message }) => message.startsWith('The outcome of the commit is not known yet'));
    const { orgs, users, classes } = sampleDistrict({ students: 3, schools: 1 });
    // The run has begun by then; what it appends is lost until it has said so.
    const landed = async (): Promise<void> => {
      store.create = (key, bytes) => (key.startsWith('log/') && !isTold() ? Promise.reject(new ObjectStoreError('timeout', 'no answer', { retryable: true, outcomeUnknown: true })) : create(key, bytes));
    };
    own.fetcher.plan = { records: { orgs, users, classes } as UpstreamRecords, landed };
    const run = await own.ask();
    const row = await until(async () => {
      own.clock.advance(1000);
      const asked = await own.writer.runs.get(run);
      return asked !== undefined && isFinal(asked) ? asked : null;
    });
    expect([row.phase, isTold()]).toEqual(['published', true]);
    const told = log.lines.filter(({ fields }) => fields['run'] === row.id).map(({ message, fields }) => ({ message, snapshot: fields['snapshot'] }));
    const since = told.slice(told.findIndex(({ snapshot }) => snapshot !== undefined));
    expect(since.length).toBeGreaterThan(1);
    expect(since).toEqual(since.map(({ message }) => ({ message, snapshot: row.snapshot })));
    expect(since.some(({ message }) => message.startsWith('The outcome of the commit is not known yet'))).toBe(true);
    await own.close();
  }, 60_000);

  test('P26 success rate and durations in the metrics equal what happened', async () => {
    expect(judged.length).toBeGreaterThanOrEqual(100);
    const text = await kit.metrics.registry.metrics();
    const value = (line: string): number => Number(new RegExp(`^${line} (.*)$`, 'm').exec(text)?.[1]);
    expect(value('lastgood_runs_total\\{outcome="published"\\}')).toBe(fine().length);
    expect(value('lastgood_runs_total\\{outcome="failed"\\}')).toBe(failed().length);
    for (const [outcome, refreshes] of [['published', fine()], ['failed', failed()]] as const) {
      const seconds = refreshes.reduce((sum, { row }) => sum + Date.parse(row.finished_at ?? '') - Date.parse(row.requested_at), 0) / 1000;
      expect(seconds).toBeGreaterThan(0);
      expect(value(`lastgood_run_duration_seconds_sum\\{outcome="${outcome}"\\}`)).toBeCloseTo(seconds, 6);
      expect(value(`lastgood_run_duration_seconds_count\\{outcome="${outcome}"\\}`)).toBe(refreshes.length);
    }
  });

  test('nothing of staging or of the local build is left, and the readers heard of every snapshot', async () => {
    const left: string[] = [];
    for await (const { key } of kit.store.list('staging/')) left.push(key);
    expect(left).toEqual([]);
    expect(kit.published.map(({ snapshot }) => snapshot)).toEqual(fine().map(({ row }) => row.snapshot));
  });
});
