import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryObjectStore } from '@lastgood/object-store';
import { collectGarbage } from './collect-garbage.js';
import { rebuildCatalogue } from './rebuild-catalogue.js';
import { SampleLog } from './simulation/sample-bucket.js';
import { verifyBucket } from './verify-bucket.js';

describe('a bucket in a directory', () => {
  let root = '';
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'lastgood-log-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test('goes through every kind of record, verifies without damage, and is rebuilt to the same state by a new process', async () => {
    const store = await DirectoryObjectStore.open({ root });
    const places = [{ district: 'north', source: 'oneroster' }, { district: 'north', source: 'oneroster-2' }, { district: 'north-1', source: 'classlink' }];
    const samples = places.map((place, seed) => new SampleLog(store, place, seed));
    await Promise.all(samples.map((sample) => sample.live()));
    for (const sample of samples) await collectGarbage(sample.log, { retentionDays: 0.5, graceMs: 1000 });
    const states = await Promise.all(samples.map(({ log }) => log.read()));
    await store.close();

    const again = await DirectoryObjectStore.open({ root });
    const damages: unknown[] = [];
    expect(await verifyBucket(again, (damage) => damages.push(damage))).toMatchObject({ logs: 3, damages: 0 });
    expect(damages).toEqual([]);
    const rebuilt = [];
    for await (const { state } of rebuildCatalogue(again)) rebuilt.push(state);
    expect(rebuilt).toHaveLength(3);
    expect(rebuilt).toEqual(expect.arrayContaining(states));
    await again.close();
  });
});
