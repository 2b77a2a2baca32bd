import { chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runOf } from './run-row.js';
import { sampleDistrict } from '../testing/sample-district.js';
import { until, WriterKit } from '../testing/writer-kit.js';

const asker = { actor: 'key-1', via: 'http' as const };

describe('a damaged log', () => {
  let kit: WriterKit;
  let later: WriterKit;
  beforeEach(async () => {
    kit = await WriterKit.open();
    kit.fetcher.plan = { records: sampleDistrict({ students: 3 }) };
  });
  afterEach(async () => {
    await later?.close();
    await kit.close();
  });

  /** Flips a bit of the log's first record; gives its key and what puts it right again. */
  async function damage(): Promise<{ key: string; restore: () => Promise<void> }> {
    const folder = join(kit.root, 'bucket', 'log', 'north', 'sis');
    const [name = ''] = (await readdir(folder)).sort();
    const path = join(folder, name);
    const bytes = await readFile(path);
    const replace = async (content: Uint8Array): Promise<void> => {
      await rm(path);
      await writeFile(path, content);
      await chmod(path, 0o600);
    };
    const flipped = Buffer.from(bytes);
    flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1;
    await replace(flipped);
    return { key: `log/north/sis/${name}`, restore: () => replace(bytes) };
  }

  const row = async (run: string) => {
    const found = await kit.writer.runs.get(run);
    if (found === undefined) throw new Error('no run');
    return runOf(found, kit.clock.now());
  };

  test('refuses a refresh and a decision with the object and what to do, and lets them in once it is restored', async () => {
    const { snapshot } = await kit.refresh();
    const { key, restore } = await damage();
    later = await kit.beside();
    const refused = { kind: 'unavailable', code: 'log_damaged', message: expect.stringMatching(new RegExp(`${key}.*lastgood verify.*restore`)) as string, options: { retryable: false } };
    await expect(later.ask()).rejects.toMatchObject(refused);
    await expect(later.writer.decisions.approve('north', snapshot ?? '', { asker, previewed: 1 })).rejects.toMatchObject(refused);
    expect(await kit.writer.runs.allActive()).toEqual([]);
    await restore();
    await kit.pause();
    expect((await later.refresh()).phase).toBe('published');
  });

  test('that lost a record which the writer has read refuses the next refresh, and lets it in once it is restored', async () => {
    await kit.refresh();
    const folder = join(kit.root, 'bucket', 'log', 'north', 'sis');
    const [first = ''] = (await readdir(folder)).sort();
    const bytes = await readFile(join(folder, first));
    await rm(join(folder, first));
    await expect(kit.ask()).rejects.toMatchObject({ code: 'log_damaged', message: expect.stringContaining(`log/north/sis/${first}`) as string });
    await writeFile(join(folder, first), bytes, { mode: 0o600 });
    expect((await kit.refresh()).phase).toBe('published');
  });

  test('stops a run that meets it while it is built, with the reason; the run has failed once the log is restored', async () => {
    await kit.refresh();
    kit.fetcher.plan = { records: sampleDistrict({ students: 3 }), silent: true };
    const run = await kit.ask();
    const request = await until(() => kit.fetcher.requests[1] ?? null);
    const { key, restore } = await damage();
    await kit.pause();
    later = await kit.beside();
    await later.writer.events.refreshFetched(kit.fetcher.fetched(request, await kit.fetcher.land(request, { records: sampleDistrict({ students: 3 }) })));
    await until(async () => ((await row(run)).phase === 'stopping' ? true : null));
    expect(await row(run)).toMatchObject({ phase: 'stopping', failure: { code: 'log_damaged', retryable: false, message: expect.stringContaining(key) as string } });
    for (let look = 0; look < 20; look += 1) await later.writer.reconciler.look();
    expect(later.log.lines.filter(({ message }) => message.startsWith('The run cannot go on yet'))).toHaveLength(1);
    await restore();
    await later.writer.reconciler.look();
    expect(await row(run)).toMatchObject({ phase: 'failed', failure: { code: 'log_damaged' } });
  });

  test('stops a run that was left alone, with the reason', async () => {
    await kit.refresh();
    kit.fetcher.plan = { records: {}, silent: true };
    const run = await kit.ask();
    const { restore } = await damage();
    later = await kit.beside();
    kit.clock.advance(61_000);
    await later.writer.reconciler.look();
    expect(await row(run)).toMatchObject({ phase: 'stopping', failure: { code: 'log_damaged' } });
    await restore();
    await later.writer.reconciler.look();
    expect((await kit.ended(run)).phase).toBe('failed');
  });
});
