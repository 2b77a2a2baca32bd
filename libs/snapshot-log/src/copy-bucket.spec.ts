import fc from 'fast-check';
import { collectGarbage } from './collect-garbage.js';
import { copyBucket, CopyRefusedError } from './copy-bucket.js';
import type { Damage } from './damage.js';
import type { LogState } from './log-state.js';
import { rebuildCatalogue } from './rebuild-catalogue.js';
import { MemoryObjectStore } from './simulation/memory-object-store.js';
import { SampleLog } from './simulation/sample-bucket.js';
import { verifyBucket } from './verify-bucket.js';

const PLACE = { district: 'north', source: 'oneroster' };
const MINUTE_MS = 60_000;
const strict = { onDamage: (damage: Damage) => { throw new Error(damage.message); } };

async function statesOf(store: MemoryObjectStore): Promise<LogState[]> {
  const states: LogState[] = [];
  for await (const { state } of rebuildCatalogue(store)) states.push(state);
  return states;
}

async function expectWhole(store: MemoryObjectStore): Promise<void> {
  const found: Damage[] = [];
  await verifyBucket(store, (damage) => found.push(damage));
  expect(found.filter(({ severity }) => severity === 'damage')).toEqual([]);
}

/** Does something else before each of its reads, as a writer beside it would. */
class BusyStore extends MemoryObjectStore {
  beside: (() => Promise<void>) | null = null;

  override async read(key: string): Promise<Buffer> {
    const { beside } = this;
    this.beside = null;
    await beside?.();
    this.beside = beside;
    return super.read(key);
  }
}

/** Takes so many writes and then fails, as a disk that is pulled out. */
class EndingStore extends MemoryObjectStore {
  constructor(private left: number) {
    super();
  }

  override async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    if (this.left <= 0) throw new Error('gone');
    this.left -= 1;
    return super.create(key, bytes);
  }

  mend(): void {
    this.left = Number.POSITIVE_INFINITY;
  }
}

describe('a copy of a bucket', () => {
  test('holds the same logs and everything that they keep, without damage; a second copy carries over only what is new', async () => {
    const [from, to] = [new MemoryObjectStore(), new MemoryObjectStore()];
    const samples = [PLACE, { district: 'north', source: 'oneroster-2' }, { district: 'south', source: 'sis' }].map((place, seed) => new SampleLog(from, place, seed));
    for (const sample of samples) await sample.live();
    expect(await copyBucket(from, to, strict)).toMatchObject({ logs: 3 });
    await expectWhole(to);
    expect(await statesOf(to)).toEqual(await statesOf(from));
    await samples[1]?.refresh();
    expect(await copyBucket(from, to, strict)).toMatchObject({ logs: 3, records: 2, snapshots: 1, files: 5 });
    expect(await statesOf(to)).toEqual(await statesOf(from));
  });

  test('is whole while a writer publishes, an operator decides and the retention deletes beside it: any interleaving', async () => {
    let expiredBeside = 0;
    await fc.assert(fc.asyncProperty(fc.nat(), fc.array(fc.constantFrom('nothing', 'nothing', 'nothing', 'refresh', 'collect'), { minLength: 5, maxLength: 40 }), async (seed, steps) => {
      const [from, to] = [new BusyStore(), new MemoryObjectStore()];
      const sample = new SampleLog(from, PLACE, seed);
      await sample.live();
      const left = [...steps];
      from.beside = async () => {
        const step = left.shift();
        sample.nowMs += MINUTE_MS;
        if (step === 'refresh') await sample.refresh();
        if (step === 'collect') expiredBeside += (await collectGarbage(sample.log, { retentionDays: 0, graceMs: -1 })).expired.length;
      };
      await copyBucket(from, to, strict);
      from.beside = null;
      await expectWhole(to);
    }), { numRuns: 100 });
    expect(expiredBeside).toBeGreaterThan(20);
  }, 120_000);

  test('that was cut off after any write has no record of a kept snapshot without its files, and is completed by the next copy', async () => {
    const from = new MemoryObjectStore();
    await new SampleLog(from, PLACE, 3).live();
    for (let writes = 0; ; writes += 1) {
      const to = new EndingStore(writes);
      const done = await copyBucket(from, to, strict).then(() => true, () => false);
      const [kept] = await statesOf(from);
      for (const { snapshots } of await statesOf(to)) {
        for (const { snapshot, folder } of snapshots.values()) if (kept?.snapshots.get(snapshot)?.expiredAt === null) expect([...to.objects.keys()]).toContain(`${folder}manifest.json`);
      }
      to.mend();
      await copyBucket(from, to, strict);
      expect(await statesOf(to)).toEqual(await statesOf(from));
      await expectWhole(to);
      if (done) break;
    }
  });

  test('up to a time is the bucket as it was then, whatever time', async () => {
    const from = new MemoryObjectStore();
    const sample = new SampleLog(from, PLACE, 4);
    const states: { atMs: number; state: LogState }[] = [];
    for (let step = 0; step < 8; step += 1) {
      await sample.refresh(step % 3 === 2 ? 'quarantine' : 'publish');
      if (step === 5) await sample.log.rollback({ snapshot: [...sample.log.state.snapshots.keys()][0] ?? '', actor: 'operator', reason: 'looked wrong' });
      states.push({ atMs: sample.nowMs, state: await sample.log.read() });
      sample.nowMs += MINUTE_MS;
    }
    for (const { atMs, state } of states) {
      const to = new MemoryObjectStore();
      await copyBucket(from, to, { ...strict, untilMs: atMs + MINUTE_MS - 1 });
      await expectWhole(to);
      expect(await statesOf(to)).toEqual([state]);
    }
  });

  test('up to a time whose snapshots have been deleted since is refused before anything is written', async () => {
    const [from, to] = [new MemoryObjectStore(), new MemoryObjectStore()];
    const sample = new SampleLog(from, PLACE, 5);
    await sample.refresh();
    const untilMs = sample.nowMs;
    sample.nowMs += 40 * 86_400_000;
    await sample.refresh();
    await collectGarbage(sample.log, { retentionDays: 30, graceMs: -1 });
    await expect(copyBucket(from, to, { ...strict, untilMs })).rejects.toThrow(/has expired since and is gone/);
    expect(to.objects.size).toBe(0);
  });

  test('into a bucket of another history is refused, and changes nothing there', async () => {
    const [from, to] = [new MemoryObjectStore(), new MemoryObjectStore()];
    await new SampleLog(from, PLACE, 6).live();
    await new SampleLog(to, PLACE, 7).refresh();
    const before = new Map(to.objects);
    await expect(copyBucket(from, to, strict)).rejects.toThrow(CopyRefusedError);
    await expect(copyBucket(new MemoryObjectStore(), to, strict)).rejects.toThrow(CopyRefusedError);
    expect(to.objects).toEqual(before);
  });

  test('has every anchor of the audit trail, later ones than the time that was asked for, too; one that says something else there is refused', async () => {
    const [from, to] = [new MemoryObjectStore(), new MemoryObjectStore()];
    const sample = new SampleLog(from, PLACE, 9);
    await sample.refresh();
    const anchors = new Map(['2026-11-26', '2099-01-01'].map((date) => [`audit/anchors/${date}.json`, Buffer.from(`{"date":"${date}"}`)]));
    for (const [key, bytes] of anchors) await from.create(key, bytes);
    expect(await copyBucket(from, to, { ...strict, untilMs: sample.nowMs })).toMatchObject({ anchors: 2 });
    for (const [key, bytes] of anchors) expect(await to.read(key)).toEqual(bytes);
    await from.create('audit/anchors/2099-01-02.json', Buffer.from('{}'));
    expect(await copyBucket(from, to, strict)).toMatchObject({ anchors: 1 });
    const other = new MemoryObjectStore();
    await other.create('audit/anchors/2026-11-26.json', Buffer.from('{}'));
    await expect(copyBucket(from, other, strict)).rejects.toThrow(/another audit\/anchors\/2026-11-26\.json/);
    expect(other.objects.size).toBe(1);
  });

  test('tells damaged and missing files and carries over neither them nor the manifest that names them, but all the rest', async () => {
    const [from, to] = [new MemoryObjectStore(), new MemoryObjectStore()];
    const sample = new SampleLog(from, PLACE, 8);
    for (let runs = 0; runs < 3; runs += 1) await sample.refresh();
    const [damaged, missing] = [...from.objects.keys()].filter((key) => key.endsWith('students.csv.zst'));
    const bytes = Buffer.from(from.objects.get(damaged ?? '') ?? []);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    from.objects.set(damaged ?? '', bytes);
    from.objects.delete(missing ?? '');
    const told: Damage[] = [];
    expect(await copyBucket(from, to, { onDamage: (damage) => told.push(damage) })).toMatchObject({ snapshots: 1, records: 6 });
    expect(told.map(({ key, code }) => [key, code])).toEqual([[damaged, 'file_damaged'], [missing, 'file_missing']]);
    expect([...to.objects.keys()].filter((key) => key === damaged || key === missing)).toEqual([]);
  });
});
