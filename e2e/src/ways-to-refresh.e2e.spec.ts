import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { LogRecord, Manifest, Run, RunsAnswer, StatusFile } from '@lastgood/contracts';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { ADMIN_TOKEN, DISTRICT, Product, SOURCE, until } from './testing/product.js';

type Facts = Record<string, unknown>;
type Outcome = 'published' | 'failed';

/** P10 on the running product: what stays of a run is the same whoever asked for it, but for ids, times and who asked. Cases without number are in the writer's property. */
describe('a refresh asked for by HTTP, by the command line and by the real schedule', () => {
  let upstream: RunningSimulator;
  let product: Product;
  const runs: Record<Outcome, Run[]> = { published: [], failed: [] };

  async function byCommandLine(): Promise<Run> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url)), '--json', 'refresh', DISTRICT, '--wait'], {
      env: { PATH: process.env['PATH'] ?? '', LASTGOOD_URL: product.url, LASTGOOD_KEY: ADMIN_TOKEN }, stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    await once(child, 'close');
    const [newest] = (await product.get(RunsAnswer, '/api/v1/runs?limit=1')).items;
    expect(out).toContain(newest?.id);
    return product.endOf(newest?.id ?? '');
  }

  /** A run that the schedule started by itself and that ended so; it ticks every minute. */
  async function bySchedule(phase: Outcome): Promise<Run> {
    let found: Run | undefined;
    await until(async () => {
      const [newest] = (await product.get(RunsAnswer, '/api/v1/runs?limit=1')).items;
      found = newest?.asker.via === 'schedule' && newest.phase === phase ? newest : undefined;
      return found !== undefined;
    }, 90_000, 'a tick of the schedule');
    return found as Run;
  }

  const spoil = (spoiled: boolean): Promise<unknown> => upstream.control.setQuirks(...(spoiled ? [{ kind: 'htmlBody' as const, collection: 'users' as const }] : []));

  beforeAll(async () => {
    upstream = await startSimulator({ people: 300, seed: 13, auth: { kind: 'bearer', token: 'upstream-token' } });
    product = new Product({ upstream: upstream.url });
    await product.start();
    await product.refresh();
    for (const outcome of ['failed', 'published'] as const) {
      await spoil(outcome === 'failed');
      runs[outcome].push(await product.refresh(), await byCommandLine());
    }
    await product.stop();
    product.configure('', '* * * * *');
    await product.start();
    runs.published.push(await bySchedule('published'));
    await spoil(true);
    runs.failed.push(await bySchedule('failed'));
    await product.stop();
  }, 600_000);
  afterAll(async () => {
    await product?.close();
    await upstream?.close();
  });

  const storeFolder = (): string => join(product.dataFolder, 'store');
  const json = (path: string): unknown => JSON.parse(readFileSync(join(storeFolder(), path), 'utf8'));

  function recordsOf(run: Run): LogRecord[] {
    const folder = join('log', DISTRICT, SOURCE);
    return readdirSync(join(storeFolder(), folder)).sort().map((name) => LogRecord.parse(json(join(folder, name)))).filter((record) => record.run === run.id);
  }

  /** All that is stored of a run: its row, its records, its files. What differs between any two runs is taken out. */
  function storedOf(run: Run): Facts {
    const database = new DatabaseSync(join(product.dataFolder, 'lastgood.sqlite'), { readOnly: true });
    const row = { ...database.prepare('SELECT * FROM runs WHERE id = ?').get(run.id) };
    database.close();
    const records = recordsOf(run);
    const folder = records[0]?.folder ?? '';
    const files = run.snapshot === null ? null : Manifest.parse(json(`${folder}manifest.json`)).files.filter(({ name }) => name !== 'status.json');
    const status = run.snapshot === null ? null : StatusFile.parse(json(`${folder}status.json`));
    return {
      row: without(row, ['id', 'epoch', 'epoch_at', 'actor', 'via', 'requested_at', 'finished_at', 'alive_at', 'builder', 'snapshot', 'log_number', 'page_lists', 'stats', 'stop']),
      cost: without(parsed(row['stats']), ['durationMs']),
      stop: parsed(row['stop']),
      records: records.map((record) => ({
        ...without(record, ['id', 'number', 'run', 'epoch', 'snapshot', 'folder', 'previousSha256', 'actor', 'at', 'checksum', 'manifest', 'summary']),
        summary: 'summary' in record && record.summary ? without(record.summary, ['createdAt', 'startedAt', 'completedAt', 'sizeBytes']) : null,
      })),
      files,
      status: status && { ...without(status, ['snapshot_id', 'created_at', 'started_at', 'completed_at', 'fetched_by_session']), fetch_stats: without(status.fetch_stats, ['duration_seconds']) },
    };
  }

  test.each(['published', 'failed'] as const)('leaves the same %s run, row for row and record for record', (outcome) => {
    const [http, cli, schedule] = runs[outcome] as [Run, Run, Run];
    expect([http, cli, schedule].map(({ phase, asker: { via } }) => [phase, via])).toEqual([[outcome, 'http'], [outcome, 'cli'], [outcome, 'schedule']]);
    expect(storedOf(http)).toMatchObject({ records: [{ kind: 'begin' }, { kind: outcome === 'failed' ? 'abort' : 'publish' }] });
    expect(storedOf(cli)).toEqual(storedOf(http));
    expect(storedOf(schedule)).toEqual(storedOf(http));
  });
});

function without(facts: object, names: readonly string[]): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !names.includes(name)));
}

function parsed(text: unknown): Facts {
  return (JSON.parse(typeof text === 'string' ? text : 'null') ?? {}) as Facts;
}
