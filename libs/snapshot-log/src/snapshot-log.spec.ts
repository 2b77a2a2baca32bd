import { ObjectStoreError } from '@lastgood/object-store';
import type { AppendResult } from './append-result.js';
import { endRun, failRun } from './end-run.js';
import { logKey } from './keys.js';
import { LogDamagedError } from './log-error.js';
import { LogReader } from './log-reader.js';
import { heldSnapshots } from './log-state.js';
import { MemoryObjectStore } from './simulation/memory-object-store.js';
import { SampleLog, SUMMARY } from './simulation/sample-bucket.js';
import { SnapshotLog } from './snapshot-log.js';

const PLACE = { district: 'north', source: 'oneroster' };
const BY = { actor: 'operator' };
const MANIFEST = { sha256: '0'.repeat(64), size: 1 };

const open = (store = new MemoryObjectStore()): SampleLog => new SampleLog(store, PLACE, 1);
const reasonOf = (result: AppendResult): string => (result.outcome === 'refused' ? result.refusal.reason : result.outcome);

/** Lets the next creates of a store fail: `landing` ones are applied all the same. */
class FailingStore extends MemoryObjectStore {
  creates: ('lost' | 'landing' | 'denied')[] = [];
  /** While true, reads fail once a create has failed. */
  silentAfterCreate = false;
  #failed = false;

  override async create(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    const fault = this.creates.shift();
    this.#failed ||= fault !== undefined;
    if (fault === 'denied') throw new ObjectStoreError('denied', 'no');
    if (fault === 'landing') await super.create(key, bytes);
    if (fault) throw new ObjectStoreError('timeout', 'no answer', { retryable: true, outcomeUnknown: true });
    return super.create(key, bytes);
  }

  override async read(key: string): Promise<Buffer> {
    if (this.silentAfterCreate && this.#failed) throw new ObjectStoreError('timeout', 'no answer', { retryable: true });
    return super.read(key);
  }
}

describe('a run', () => {
  test('that begins gets the number of its record as epoch; a take-over gets a newer one and keeps the date', async () => {
    const { log, random } = open();
    const run = random.id();
    const first = await log.begin({ run, date: '2026-01-05', ...BY });
    const second = await log.begin({ run, date: '2026-01-06', ...BY });
    expect([first, second]).toMatchObject([{ record: { number: 1, epoch: 1 } }, { record: { number: 2, epoch: 2, date: '2026-01-05' } }]);
  });

  test('that was taken over can no longer publish, quarantine or fail, and leaves nothing', async () => {
    const { log, random, attempt, store } = bound(open());
    const run = random.id();
    const epoch = (await log.begin({ run, date: '2026-01-05', ...BY }), log.state.head);
    const { manifest } = await attempt(run, epoch);
    await log.begin({ run, date: '2026-01-05', ...BY });
    expect(reasonOf(await log.publish({ run, epoch, manifest, ...BY }))).toBe('fenced');
    expect(await failRun(log, { run, epoch, outcome: 'failed', ...BY })).toMatchObject({ outcome: 'refused', refusal: { reason: 'fenced' } });
    expect(await endRun(log, { run, epoch, manifest, verdict: 'quarantine', summary: SUMMARY, ...BY })).toMatchObject({ outcome: 'refused' });
    expect([...store.objects.keys()].filter((key) => key.startsWith('snapshots/'))).toEqual([]);
  });

  test('ends once, and whoever asks again is told how', async () => {
    const sample = open();
    const { record } = await sample.refresh() as { record: { run: string; epoch: number } };
    const again = { run: record.run, epoch: record.epoch, manifest: MANIFEST, summary: SUMMARY, ...BY };
    expect(await endRun(sample.log, { ...again, verdict: 'quarantine' })).toMatchObject({ outcome: 'published', record });
    expect(await failRun(sample.log, { ...again, outcome: 'cancelled' })).toMatchObject({ outcome: 'published' });
    expect(reasonOf(await sample.log.begin({ run: record.run, date: '2026-01-05', ...BY }))).toBe('run-ended');
  });

  test('that never began cannot end', async () => {
    const { log, random } = open();
    const run = random.id();
    expect(reasonOf(await log.publish({ run, epoch: 1, manifest: MANIFEST, ...BY }))).toBe('not-begun');
    expect(reasonOf(await log.abort({ run, outcome: 'failed', ...BY }))).toBe('not-begun');
  });
});

describe('what readers get', () => {
  test('after a rollback new snapshots are held until one is approved', async () => {
    const sample = open();
    const [first, second] = [await sample.refresh(), await sample.refresh()];
    await sample.log.rollback({ snapshot: first.snapshot, ...BY });
    const third = await sample.refresh();
    expect(third).toMatchObject({ outcome: 'held', record: { summary: { status: 'quarantined', findings: [{ code: 'rollback_hold' }] } } });
    expect(sample.log.state.current?.snapshot).toBe(first.snapshot);
    await sample.log.approve({ snapshot: third.snapshot, previewed: sample.log.state.head, ...BY });
    expect(sample.log.state).toMatchObject({ hold: null, current: { snapshot: third.snapshot } });
    expect(reasonOf(await sample.log.rollback({ snapshot: second.snapshot, ...BY }))).toBe('appended');
  });

  test('approving what readers get lifts the hold of a rollback and changes nothing else', async () => {
    const sample = open();
    const first = await sample.refresh();
    await sample.refresh();
    await sample.log.rollback({ snapshot: first.snapshot, ...BY });
    const since = sample.log.state.currentSince;
    await sample.log.approve({ snapshot: first.snapshot, previewed: sample.log.state.head, ...BY });
    expect(sample.log.state).toMatchObject({ hold: null, currentSince: since, current: { snapshot: first.snapshot } });
    expect(await sample.refresh()).toMatchObject({ outcome: 'published' });
  });

  test('an approval is refused when current changed since its preview', async () => {
    const sample = open();
    const [first] = [await sample.refresh(), await sample.refresh()];
    const held = await sample.refresh('quarantine');
    const previewed = sample.log.state.head;
    await sample.log.rollback({ snapshot: first.snapshot, ...BY });
    expect(reasonOf(await sample.log.approve({ snapshot: held.snapshot, previewed, ...BY }))).toBe('conflict');
  });

  test('a rejection or rollback that names what was looked at is refused when current changed since', async () => {
    const sample = open();
    const [first, second] = [await sample.refresh(), await sample.refresh()];
    const held = await sample.refresh('quarantine');
    const previewed = sample.log.state.head;
    await sample.log.rollback({ snapshot: first.snapshot, previewed, ...BY });
    expect(reasonOf(await sample.log.rollback({ snapshot: second.snapshot, previewed, ...BY }))).toBe('conflict');
    expect(reasonOf(await sample.log.reject({ snapshot: held.snapshot, previewed, ...BY }))).toBe('conflict');
    expect(await sample.log.reject({ snapshot: held.snapshot, previewed: sample.log.state.head, ...BY })).toMatchObject({ outcome: 'appended' });
  });

  test('a newer snapshot supersedes held ones', async () => {
    const sample = open();
    const held = await sample.refresh('quarantine');
    const newer = await sample.refresh('quarantine');
    expect(heldSnapshots(sample.log.state).map(({ snapshot }) => snapshot)).toEqual([newer.snapshot]);
    expect(reasonOf(await sample.log.approve({ snapshot: held.snapshot, previewed: sample.log.state.head, ...BY }))).toBe('superseded');
  });

  test('never expires; what has expired is never served again', async () => {
    const sample = open();
    const [first, second] = [await sample.refresh(), await sample.refresh()];
    expect(reasonOf(await sample.log.expire({ snapshot: second.snapshot, ...BY }))).toBe('is-current');
    await sample.log.expire({ snapshot: first.snapshot, ...BY });
    expect(reasonOf(await sample.log.rollback({ snapshot: first.snapshot, ...BY }))).toBe('expired');
    expect(reasonOf(await sample.log.reject({ snapshot: second.snapshot, ...BY }))).toBe('not-held');
  });
});

describe('an append', () => {
  test('whose answer was lost is found in the log, and sent again when it is not there', async () => {
    const store = new FailingStore();
    const sample = open(store);
    store.creates = ['landing'];
    expect(await sample.begin(sample.random.id())).toBe(1);
    store.creates = ['lost', 'lost'];
    expect(await sample.begin(sample.random.id())).toBe(2);
    expect((await sample.log.read()).head).toBe(2);
  });

  test.each(['landing', 'lost'] as const)('whose outcome stays unknown (%s) is neither failed nor done, and is resolved with the same bytes', async (fault) => {
    const store = new FailingStore();
    const { log, random } = open(store);
    const run = random.id();
    store.creates = [fault, 'lost', 'lost', 'lost', 'lost'];
    store.silentAfterCreate = true;
    const sent = await log.begin({ run, date: '2026-01-05', ...BY });
    if (sent.outcome !== 'unknown') throw new Error(`it was ${sent.outcome}`);
    store.silentAfterCreate = false;
    const resolved = await log.resolve(sent.pending);
    expect(resolved).toMatchObject({ outcome: 'appended', record: sent.pending.record });
    expect((await store.read(logKey(PLACE, 1))).equals(sent.pending.bytes)).toBe(true);
    expect((await log.read()).head).toBe(1);
  });

  test('a definite refusal of the store is thrown, and nothing is under way', async () => {
    const store = new FailingStore();
    const { log, random } = open(store);
    store.creates = ['denied'];
    await expect(log.begin({ run: random.id(), date: '2026-01-05', ...BY })).rejects.toMatchObject({ kind: 'denied' });
    expect(store.objects.size).toBe(0);
  });

  test('many writers at once lose no record and leave no gap', async () => {
    const store = new MemoryObjectStore();
    const samples = Array.from({ length: 8 }, (_, seed) => new SampleLog(store, PLACE, seed));
    await Promise.all(samples.map(async (sample) => {
      for (let runs = 0; runs < 5; runs += 1) await sample.begin(sample.random.id());
    }));
    expect((await new LogReader(store, PLACE).poll()).head).toBe(40);
  });
});

describe('a reader', () => {
  test('polls from many places at once read the log once and never go back', async () => {
    const sample = open();
    const reader = new LogReader(sample.store, PLACE);
    const heads: number[] = [];
    for (let refreshes = 0; refreshes < 3; refreshes += 1) {
      await sample.refresh();
      heads.push(...(await Promise.all([reader.poll(), reader.poll(), reader.poll()])).map(({ head }) => head));
    }
    expect(heads).toEqual([2, 2, 2, 4, 4, 4, 6, 6, 6]);
  });

  test('a state once handed out does not change', async () => {
    const sample = open();
    await sample.refresh();
    const before = sample.log.state;
    const copy = structuredClone(before);
    await sample.live();
    expect(before).toEqual(copy);
  });

  test.each([['a missing record', null], ['a changed record', Buffer.from('{}')]])('%s is damage with the key and what to do', async (_what, bytes) => {
    const store = new MemoryObjectStore();
    const sample = open(store);
    await sample.refresh();
    await sample.refresh();
    const key = logKey(PLACE, 2);
    if (bytes) store.objects.set(key, bytes);
    else store.objects.delete(key);
    await expect(new LogReader(store, PLACE).poll()).rejects.toThrow(LogDamagedError);
    await expect(new LogReader(store, PLACE).poll()).rejects.toMatchObject({ key, message: expect.stringContaining('lastgood verify') });
  });
});

function bound(sample: SampleLog): { log: SnapshotLog; random: SampleLog['random']; attempt: SampleLog['attempt']; store: MemoryObjectStore } {
  return { log: sample.log, random: sample.random, attempt: (run, epoch) => sample.attempt(run, epoch), store: sample.store as MemoryObjectStore };
}
