import { collectGarbage } from './collect-garbage.js';
import { MemoryObjectStore } from './simulation/memory-object-store.js';
import { SampleLog } from './simulation/sample-bucket.js';
import { verifyBucket } from './verify-bucket.js';

const DAY_MS = 86_400_000;
const POLICY = { retentionDays: 30, graceMs: DAY_MS };

function setting(): { store: MemoryObjectStore; sample: SampleLog; pass: (days: number) => void; folders: () => number } {
  const store = new MemoryObjectStore();
  const sample = new SampleLog(store, { district: 'north', source: 'oneroster' }, 3);
  return {
    store,
    sample,
    pass: (days) => {
      sample.nowMs += days * DAY_MS;
      store.nowMs += days * DAY_MS;
    },
    folders: () => new Set([...store.objects.keys()].filter((key) => key.startsWith('snapshots/')).map((key) => key.split('/')[4])).size,
  };
}

describe('retention', () => {
  test('expires what is old, deletes it after the grace period, and keeps current whatever its age', async () => {
    const { store, sample, pass, folders } = setting();
    const [first, second] = [await sample.refresh(), await sample.refresh()];
    pass(31);
    expect(await collectGarbage(sample.log, POLICY)).toMatchObject({ expired: [first.snapshot], deletedFolders: [] });
    expect(folders()).toBe(2);
    pass(2);
    expect(await collectGarbage(sample.log, POLICY)).toMatchObject({ expired: [], deletedFolders: [expect.stringContaining(first.snapshot)], deletedObjects: 6 });
    expect(sample.log.state.current?.snapshot).toBe(second.snapshot);
    expect(await verifyBucket(store, () => undefined)).toMatchObject({ damages: 0, leftovers: 0 });
  });

  test('deletes an attempt that no record names only once a newer run has begun, however old it is', async () => {
    const { sample, pass, folders } = setting();
    const run = sample.random.id();
    await sample.attempt(run, await sample.begin(run));
    pass(400);
    expect((await collectGarbage(sample.log, POLICY)).deletedFolders).toEqual([]);
    await sample.begin(sample.random.id());
    expect((await collectGarbage(sample.log, POLICY)).deletedFolders).toHaveLength(1);
    expect(folders()).toBe(0);
  });

  test('leaves other sources of the district alone', async () => {
    const { store, sample, pass } = setting();
    const other = new SampleLog(store, { district: 'north', source: 'classlink' }, 4);
    const run = other.random.id();
    await other.attempt(run, await other.begin(run));
    for (let runs = 0; runs < 8; runs += 1) await sample.begin(sample.random.id());
    pass(400);
    expect((await collectGarbage(sample.log, POLICY)).deletedFolders).toEqual([]);
  });

  test('goes on where a killed collection stopped', async () => {
    const { store, sample, pass, folders } = setting();
    await sample.refresh();
    await sample.refresh();
    pass(31);
    await collectGarbage(sample.log, POLICY);
    pass(2);
    const remove = store.delete.bind(store);
    let left = 2;
    store.delete = async (key) => (left-- > 0 ? remove(key) : Promise.reject(new Error('killed')));
    await expect(collectGarbage(sample.log, POLICY)).rejects.toThrow('killed');
    expect([...store.objects.keys()].filter((key) => key.endsWith('manifest.json'))).toHaveLength(2);
    store.delete = remove;
    await collectGarbage(sample.log, POLICY);
    expect(folders()).toBe(1);
  });
});
