import { DistrictStatus, RunStatus, StatusFile, type CollectionProgress, type RunFailure } from '@lastgood/contracts';
import { sampleDistrict } from '../testing/sample-district.js';
import { districtsWith, until, WriterKit } from '../testing/writer-kit.js';

const asker = { actor: 'key-1', via: 'http' as const };
const failure: RunFailure = { code: 'upstream_unavailable', severity: 'error', message: 'The upstream answered 503.', collection: 'users', offset: 400, httpStatus: 503, count: 3, retryable: true };
const users = (change: Partial<CollectionProgress>): CollectionProgress => ({
  collection: 'users', state: 'fetching', pages: 2, records: 400, toldTotal: 1000, duplicates: 0, calls: 5, retries: 2, restarts: 0, evidence: null, ...change,
});

/** What S0.2 asks for: one shape for an attempt, whether it has a status.json or not. */
describe('the status of a run without a status.json', () => {
  let kit: WriterKit;
  beforeEach(async () => {
    kit = await WriterKit.open({ districts: districtsWith({ schedule: 'off', validation: 'lenient' }) });
    kit.fetcher.plan = { records: sampleDistrict({ students: 3 }), silent: true };
  });
  afterEach(() => kit.close());

  const attempt = async (): Promise<StatusFile | null> => {
    const [source] = RunStatus.parse(await kit.writer.reader.status('north')).sources;
    if (source === undefined) throw new Error('no source');
    const { source: _, ...runs } = source;
    DistrictStatus.shape.sources.element.shape.runs.parse(runs);
    return source.attempt;
  };

  async function fetching(): Promise<{ run: string; epoch: number }> {
    const run = await kit.ask();
    const { epoch } = await until(() => kit.fetcher.requests[0] ?? null);
    kit.clock.advance(3000);
    await kit.writer.events.progress({ ...kit.place, run, epoch, collection: 'users', collections: [users({})] });
    return { run, epoch };
  }

  test('is fetching with what it cost so far while it is under way', async () => {
    const { run, epoch } = await fetching();
    kit.clock.advance(2000);
    expect(await attempt()).toEqual({
      version: 1, district_id: 'north', snapshot_id: `${epoch}-${run}`, snapshot_date: '2026-09-01', source_type: 'oneroster-1.1', source_id: 'sis', status: 'fetching',
      created_at: '2026-09-01T12:00:00.000Z', started_at: '2026-09-01T12:00:00.000Z', completed_at: null, fetched_by_session: run, schema_version: '1.0', calculation_version: '1.0',
      files: {}, fetch_stats: { total_api_calls: 5, total_records: 400, duration_seconds: 5, retries: 2, errors: [] }, counts: { users: 400 }, findings: [], missing: [], weaker_settings: ['validation=lenient'],
    });
  });

  test('is failed with calls, retries and cause once it failed, also when its last progress comes late', async () => {
    const { run, epoch } = await fetching();
    await kit.writer.events.fetchFailed({ ...kit.place, run, epoch, failure, calls: 9, retries: 4 });
    await kit.ended(run);
    await kit.writer.events.progress({ ...kit.place, run, epoch, collection: 'users', collections: [users({ records: 600, calls: 8 })] });
    const { retryable: _, ...finding } = failure;
    expect(await attempt()).toMatchObject({
      status: 'failed', fetched_by_session: run, completed_at: '2026-09-01T12:00:03.000Z', counts: { users: 600 },
      fetch_stats: { total_api_calls: 9, total_records: 600, duration_seconds: 3, retries: 4, errors: [finding] },
    });
  });

  test('is failed and says so when it was cancelled', async () => {
    const { run } = await fetching();
    await kit.writer.cancel(run, { asker });
    expect(await attempt()).toMatchObject({ status: 'failed', fetch_stats: { total_api_calls: 5, retries: 2, errors: [{ code: 'run_cancelled' }] } });
  });

  test('is taken from the log when the database was lost', async () => {
    const { run, epoch } = await fetching();
    await kit.writer.events.fetchFailed({ ...kit.place, run, epoch, failure, calls: 9, retries: 4 });
    await kit.ended(run);
    const before = await attempt();
    await kit.database.kysely<{ runs: object }>().deleteFrom('runs').execute();
    expect(await attempt()).toEqual({ ...before, fetch_stats: { ...before?.fetch_stats, duration_seconds: 3 } });
  });

  test('is null before the first run, and once the last run left a snapshot', async () => {
    expect(await attempt()).toBeNull();
    kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
    await kit.refresh();
    expect(await attempt()).toBeNull();
    await kit.database.kysely<{ runs: object }>().deleteFrom('runs').execute();
    expect(await attempt()).toBeNull();
  });
});
