import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { Manifest } from '@lastgood/contracts';
import { isFinal } from './runs/run-row.js';
import { MortalProcess } from './testing/mortal.js';
import { sampleDistrict, type UpstreamRecords } from './testing/sample-district.js';
import { until, WriterKit } from './testing/writer-kit.js';

const POINTS = [
  'run.row-created', 'run.begun', 'run.outbox-written', 'run.requested-sent', 'build.ingested', 'build.built', 'commit.part-written', 'commit.parts-verified',
  'commit.status-written', 'commit.manifest-written', 'commit.record-appended', 'commit.announced', 'abort.before-record', 'abort.record-appended',
];

/** Every byte of what readers get matches its manifest. */
async function expectWholeCurrent(kit: WriterKit): Promise<string | null> {
  const { current } = await kit.logState();
  if (current === null) return null;
  const bytes = await kit.store.read(`${current.folder}manifest.json`);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(current.manifest.sha256);
  for (const { key, storedSha256 } of Manifest.parse(JSON.parse(bytes.toString('utf8'))).files) {
    expect(createHash('sha256').update(await kit.store.read(current.folder + key)).digest('hex')).toBe(storedSha256);
  }
  return current.snapshot;
}

test('P18 a crash at any point of a write leaves all of it or none visible, and the run goes on to its end', async () => {
  const kit = await WriterKit.open();
  await kit.pause();
  const hits = new Map<string, number>();
  const play = async (point: string, nth: number, cancels: boolean): Promise<void> => {
    const { orgs, users, classes } = sampleDistrict({ students: 5 });
    kit.fetcher.plan = { records: { orgs, users, classes } as UpstreamRecords, pageSize: 9 };
    const before = await expectWholeCurrent(kit);
    const mortal = new MortalProcess(`${point}:${nth}`);
    const first = await kit.beside({ process: mortal });
    const run = await first.ask().catch(() => null);
    if (run !== null && cancels) await first.writer.cancel(run, { asker: { actor: 'key-1', via: 'http' } }).catch(() => undefined);
    const row = await until(async () => {
      const active = await kit.writer.runs.active('north', 'sis');
      return mortal.dead || active === undefined || isFinal(active) ? active ?? 'ended' : null;
    });
    await first.writer.builds.look().catch(() => undefined);
    if (mortal.dead) hits.set(point, (hits.get(point) ?? 0) + 1);
    const between = await expectWholeCurrent(kit);
    await first.close().catch(() => undefined);
    const second = await kit.beside();
    await second.writer.reconciler.look({ all: true });
    await second.writer.outbox.drain();
    await second.writer.builds.look();
    if (row !== 'ended') {
      const ended = await second.ended(row.id);
      expect(ended.phase).toBe(ended.stop === null ? 'published' : 'cancelled');
      if (between !== before) expect(ended.snapshot).toBe(between);
    }
    await expectWholeCurrent(kit);
    await second.close();
    const { runs } = await kit.logState();
    for (const { ended } of runs.values()) expect(ended).not.toBeNull();
  };
  await fc.assert(fc.asyncProperty(fc.constantFrom(...POINTS), fc.integer({ min: 1, max: 2 }), (point, nth) => play(point, point === 'commit.part-written' ? nth * 5 : 1, point.startsWith('abort'))), { numRuns: 100 + POINTS.length, endOnFailure: true, examples: POINTS.map((point): [string, number] => [point, 1]) });
  process.stdout.write(`crash points hit: ${JSON.stringify(Object.fromEntries([...hits].sort()))}\n`);
  expect(hits.size).toBe(POINTS.length);
  await kit.close();
}, 600_000);
