import { Readable } from 'node:stream';
import { ObjectStoreError } from '@lastgood/object-store';
import { AttemptWriter } from './attempt-writer.js';
import { AttemptDamagedError } from './log-error.js';
import { MemoryObjectStore } from './simulation/memory-object-store.js';

const IDENTITY = { district: 'north', source: 'oneroster', date: '2026-01-05', run: '0'.repeat(26), epoch: 7 };
const ABOUT = { createdAt: '2026-01-05T00:00:00.000Z', schemaVersion: '1.0', calculationVersion: '1.0' };
const CLOCK = { now: () => 0, sleep: async () => undefined };
const TEXT = 'id,name\r\n1,Ada\r\n';
const part = (name: string, encoding: 'identity' | 'zstd' = 'zstd') => ({ name, encoding, rows: 1, open: () => Readable.from([Buffer.from(TEXT)]) });

/** Writes of a part: `landing` loses the answer after the bytes arrived, `lost` before, `bent` stores other bytes. */
class FaultyStore extends MemoryObjectStore {
  faults: ('landing' | 'lost' | 'bent' | 'full')[] = [];

  override async write(key: string, body: Readable): Promise<'created' | 'exists'> {
    const fault = this.faults.shift();
    if (fault === 'full') throw new ObjectStoreError('full', 'no space left');
    if (fault === 'lost') throw new ObjectStoreError('timeout', 'no answer', { retryable: true, outcomeUnknown: true });
    const outcome = await super.write(key, body);
    if (fault === 'landing') throw new ObjectStoreError('timeout', 'no answer', { retryable: true, outcomeUnknown: true });
    if (fault === 'bent') this.objects.get(key)?.fill(0, 0, 1);
    return outcome;
  }
}

describe('an attempt', () => {
  test('is parts first, then status.json, then the manifest that names them all', async () => {
    const store = new MemoryObjectStore();
    const writer = new AttemptWriter(store, IDENTITY, CLOCK);
    await writer.addPart(part('students.csv'));
    await writer.addPart(part('classes.csv', 'identity'));
    const { manifest, files, sizeBytes } = await writer.finish({ status: 'complete' }, ABOUT);
    expect([...store.objects.keys()].map((key) => key.slice(writer.folder.length))).toEqual(['students.csv.zst', 'classes.csv', 'status.json', 'manifest.json']);
    expect(writer.folder).toBe(`snapshots/north/2026-01-05/oneroster/7-${'0'.repeat(26)}/`);
    expect(manifest.size).toBe(store.objects.get(`${writer.folder}manifest.json`)?.length);
    expect(files.map(({ name, size, rows }) => ({ name, size, rows }))).toEqual([
      { name: 'students.csv', size: TEXT.length, rows: 1 }, { name: 'classes.csv', size: TEXT.length, rows: 1 },
      { name: 'status.json', size: expect.any(Number), rows: null },
    ]);
    expect(sizeBytes).toBe(2 * TEXT.length);
  });

  test.each(['landing', 'lost'] as const)('writes a part again whose answer was lost (%s), to the same end', async (fault) => {
    const [store, calm] = [new FaultyStore(), new MemoryObjectStore()];
    store.faults = [fault, 'lost'];
    const [one, other] = [new AttemptWriter(store, IDENTITY, CLOCK), new AttemptWriter(calm, IDENTITY, CLOCK)];
    expect(await one.addPart(part('students.csv'))).toEqual(await other.addPart(part('students.csv')));
    expect([...store.objects]).toEqual([...calm.objects]);
  });

  test('takes a part that was compressed and measured elsewhere, unless its bytes are others', async () => {
    const [store, calm] = [new MemoryObjectStore(), new MemoryObjectStore()];
    const file = await new AttemptWriter(calm, IDENTITY, CLOCK).addPart(part('students.csv'));
    const stored = [...calm.objects.values()][0] ?? Buffer.alloc(0);
    const writer = new AttemptWriter(store, IDENTITY, CLOCK);
    expect(await writer.addStored(file, () => Readable.from([stored]))).toEqual(file);
    const other = new AttemptWriter(new MemoryObjectStore(), IDENTITY, CLOCK);
    await expect(other.addStored({ ...file, storedSize: 1 }, () => Readable.from([stored]))).rejects.toThrow(AttemptDamagedError);
  });

  test('fails when a part comes back with other bytes, when the store is full, and when a source breaks off', async () => {
    const store = new FaultyStore();
    store.faults = ['bent', 'full'];
    const writer = new AttemptWriter(store, IDENTITY, CLOCK);
    await expect(writer.addPart(part('a.csv'))).rejects.toThrow(AttemptDamagedError);
    await expect(writer.addPart(part('b.csv'))).rejects.toMatchObject({ kind: 'full' });
    const broken = (): Readable => Readable.from((function* () {
      yield Buffer.from('id');
      throw new Error('disk gone');
    })());
    await expect(writer.addPart({ ...part('c.csv'), open: broken })).rejects.toThrow('disk gone');
    expect(writer.files).toEqual([]);
  });
});
