import { Readable } from 'node:stream';
import fc from 'fast-check';
import { AttemptWriter } from './attempt-writer.js';
import type { Damage } from './damage.js';
import { findLogs } from './find-logs.js';
import { logKey } from './keys.js';
import { rebuildCatalogue } from './rebuild-catalogue.js';
import { MemoryObjectStore } from './simulation/memory-object-store.js';
import { SampleLog } from './simulation/sample-bucket.js';
import { verifyBucket } from './verify-bucket.js';

const FLIPS = 300;
/** Every kind of object that a life of a log leaves, as `kindOf` tells them. */
const KINDS = [
  'abort', 'approve', 'begin', 'expire', 'index.sqlite.zst', 'manifest.json', 'profile.json', 'publish', 'quarantine', 'rollback',
  'status.json', 'students.csv.zst', 'students.jsonl.zst',
];
const PLACES = [
  { district: 'north-1', source: 'classlink' },
  { district: 'north', source: 'oneroster' },
  { district: 'north', source: 'oneroster-2' },
];

async function bucketOf(seed: number, places = PLACES): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  for (const [index, place] of places.entries()) await new SampleLog(store, place, seed * 10 + index).live();
  return store;
}

async function findings(store: MemoryObjectStore): Promise<Damage[]> {
  const found: Damage[] = [];
  await verifyBucket(store, (damage) => found.push(damage));
  return found;
}

/** What kind of object a key is: the kind of record, or the name of the file. */
function kindOf(key: string, bytes: Buffer): string {
  return key.startsWith('log/') ? (JSON.parse(bytes.toString('utf8')) as { kind: string }).kind : (key.split('/').at(-1) ?? '');
}

describe('verify', () => {
  test('P15 damage of any stored byte is found and named with what to do: 300 bit flips over every kind of object', async () => {
    const buckets = await Promise.all(Array.from({ length: 6 }, (_, seed) => bucketOf(seed * 50, PLACES.slice(0, 1))));
    const flipped = new Set<string>();
    const flip = fc.record({ store: fc.constantFrom(...buckets), kind: fc.constantFrom(...KINDS), key: fc.noBias(fc.nat()), bit: fc.noBias(fc.nat()) });
    await fc.assert(
      fc.asyncProperty(flip, async ({ store, kind, key: nth, bit: nthBit }) => {
        const keys = [...store.objects.keys()].filter((candidate) => kindOf(candidate, store.objects.get(candidate) ?? Buffer.alloc(0)) === kind);
        const key = keys[nth % keys.length] ?? '';
        const bytes = store.objects.get(key) ?? Buffer.alloc(0);
        const bit = nthBit % (bytes.length * 8);
        const damaged = Buffer.from(bytes);
        damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
        store.objects.set(key, damaged);
        const found = (await findings(store)).filter(({ severity }) => severity === 'damage');
        store.objects.set(key, bytes);
        expect({ key, bit, found: found.map((damage) => damage.key) }).toEqual({ key, bit, found: [key] });
        expect(found[0]?.todo).toMatch(/\w/);
        flipped.add(kind);
      }),
      { numRuns: FLIPS },
    );
    expect([...flipped].sort()).toEqual(KINDS);
  }, 300_000);

  test('an untouched bucket has no damage, and every file of it was read', async () => {
    const store = await bucketOf(1);
    const found: Damage[] = [];
    const seen = await verifyBucket(store, (damage) => found.push(damage));
    expect(found).toEqual([]);
    expect(seen).toMatchObject({ logs: 3, damages: 0, leftovers: 0 });
    expect(seen.records + seen.files + seen.snapshots).toBe(store.objects.size);
  });

  test.each([
    ['a record in the middle', /^log\/north\/oneroster\/0*3\.json$/, 'record_missing'],
    ['a manifest', /oneroster\/.*manifest\.json$/, 'manifest_missing'],
    ['a file', /oneroster\/.*students\.csv\.zst$/, 'file_missing'],
  ])('%s that is missing is named', async (_what, pattern, code) => {
    const store = await bucketOf(2);
    const key = [...store.objects.keys()].filter((candidate) => pattern.test(candidate)).at(-1) ?? '';
    store.objects.delete(key);
    expect(await findings(store)).toContainEqual(expect.objectContaining({ key, code, severity: 'damage' }));
  });

  test('a record that is missing in the middle is met by whoever has read the log before, and the catalogue says that its current cannot be told', async () => {
    const store = await bucketOf(2);
    const log = new SampleLog(store, PLACES[0] ?? { district: '', source: '' }, 98).log;
    await log.read();
    await log.check();
    const key = logKey(log.place, 3);
    store.objects.delete(key);
    await log.read();
    await expect(log.check()).rejects.toMatchObject({ name: 'LogDamagedError', key });
    const told = [];
    for await (const { place, intact, state } of rebuildCatalogue(store)) told.push({ ...place, intact, head: intact ? null : state.head });
    expect(told.filter(({ intact }) => !intact)).toEqual([{ ...log.place, intact: false, head: 2 }]);
  });

  test('a log whose newest records were lost is noticed by an attempt of a later epoch', async () => {
    const store = await bucketOf(3);
    const sample = new SampleLog(store, PLACES[1] ?? { district: '', source: '' }, 99);
    const { snapshot } = await sample.refresh();
    const epoch = Number(snapshot.split('-')[0]);
    for (const number of [epoch, epoch + 1]) store.objects.delete(logKey(sample.log.place, number));
    expect(await findings(store)).toContainEqual(expect.objectContaining({ key: logKey(sample.log.place, epoch), code: 'log_tail_missing' }));
  });

  test('a wrong row count is damage although every hash agrees', async () => {
    const store = new MemoryObjectStore();
    const sample = new SampleLog(store, { district: 'north', source: 'rows' }, 4);
    const run = sample.random.id();
    const epoch = await sample.begin(run);
    const writer = new AttemptWriter(store, { ...sample.log.place, date: '2026-01-05', run, epoch }, sample.context.clock);
    await writer.addPart({ name: 'classes.csv', encoding: 'zstd', rows: 3, open: () => Readable.from([Buffer.from('id\r\n1\r\n2\r\n')]) });
    const { manifest } = await writer.finish({}, { createdAt: '2026-01-05T00:00:00.000Z', schemaVersion: '1.0', calculationVersion: '1.0' });
    await sample.log.publish({ run, epoch, manifest, actor: 'schedule' });
    expect(await findings(store)).toEqual([expect.objectContaining({ code: 'rows_differ', key: `${writer.folder}classes.csv.zst` })]);
  });

  test('an attempt that no record names is a leftover, an object without a log is damage', async () => {
    const store = new MemoryObjectStore();
    const sample = new SampleLog(store, { district: 'north', source: 'oneroster' }, 5);
    const run = sample.random.id();
    await sample.attempt(run, await sample.begin(run));
    await store.create(`snapshots/south/2026-01-05/oneroster/1-${run}/students.csv`, Buffer.from('id'));
    expect((await findings(store)).map(({ severity, code }) => `${severity} ${code}`)).toEqual(['leftover unnamed_attempt', 'damage folder_without_log']);
  });

  test('a whole attempt whose record was the newest one and is lost names that record, in case no writer is about to commit it', async () => {
    const store = new MemoryObjectStore();
    const sample = new SampleLog(store, { district: 'north', source: 'oneroster' }, 6);
    const { snapshot } = await sample.refresh();
    expect(await findings(store)).toEqual([]);
    const record = logKey(sample.log.place, Number(snapshot.split('-')[0]) + 1);
    store.objects.delete(record);
    expect(await findings(store)).toEqual([expect.objectContaining({ severity: 'leftover', code: 'unnamed_attempt', todo: expect.stringContaining(`restore ${record}`) })]);
  });

  test('an attempt whose record is lost is to be kept, though nothing names it', async () => {
    const store = await bucketOf(8);
    const sample = new SampleLog(store, PLACES[1] ?? { district: '', source: '' }, 98);
    const { snapshot } = await sample.refresh();
    store.objects.delete(logKey(sample.log.place, Number(snapshot.split('-')[0]) + 1));
    await sample.begin(sample.random.id());
    const unnamed = (await findings(store)).filter(({ key }) => key.includes(snapshot));
    expect(unnamed).toEqual([expect.objectContaining({ code: 'unnamed_attempt', todo: expect.stringContaining('Restore the log first') })]);
  });
});

describe('the catalogue', () => {
  test('is rebuilt from the bucket alone, with states, current and actors', async () => {
    const store = await bucketOf(6);
    const sample = new SampleLog(store, PLACES[0] ?? { district: '', source: '' }, 7);
    const live = await sample.log.read();
    const rebuilt = [];
    for await (const log of rebuildCatalogue(store)) rebuilt.push(log);
    expect(rebuilt.map(({ place }) => place)).toEqual(expect.arrayContaining(PLACES));
    expect(rebuilt.flatMap(({ damages }) => damages)).toEqual([]);
    expect(rebuilt.find(({ place }) => place.district === 'north-1')?.state).toEqual(live);
    expect([...live.snapshots.values()].map(({ state }) => state)).toEqual(expect.arrayContaining(['expired', 'published', 'rejected']));
  });

  test('finds each log with one listing, also where one name begins like another', async () => {
    const store = await bucketOf(8);
    const found = [];
    for await (const place of findLogs(store)) found.push(place);
    expect(found).toHaveLength(3);
  });
});
