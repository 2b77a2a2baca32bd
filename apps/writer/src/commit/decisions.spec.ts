import { ObjectStoreError } from '@lastgood/object-store';
import { sampleDistrict } from '../testing/sample-district.js';
import { districtsWith, until, WriterKit } from '../testing/writer-kit.js';

const asker = { actor: 'key-9', via: 'http' as const };
const DAY_MS = 86_400_000;

describe('decisions about snapshots', () => {
  let kit: WriterKit;
  beforeEach(async () => {
    kit = await WriterKit.open();
  });
  afterEach(() => kit.close());

  async function refresh(students: number): Promise<{ phase: string; snapshot: string }> {
    kit.fetcher.plan = { records: sampleDistrict({ students }) };
    const { phase, snapshot } = await kit.refresh();
    kit.clock.advance(1000);
    return { phase, snapshot: snapshot ?? '' };
  }

  const headNow = async (): Promise<number> => (await kit.logState()).head;

  test('a shrunk district is held, approved, rolled back; later runs are held until the hold is lifted', async () => {
    const first = await refresh(60);
    const shrunk = await refresh(30);
    expect([first.phase, shrunk.phase]).toEqual(['published', 'quarantined']);
    expect((await kit.logState()).current?.snapshot).toBe(first.snapshot);
    const { head } = await kit.logState();
    await expect(kit.writer.decisions.approve('north', shrunk.snapshot, { asker, previewed: head })).resolves.toMatchObject({ kind: 'approve', source: 'sis' });
    expect((await kit.logState()).current?.snapshot).toBe(shrunk.snapshot);
    await kit.writer.decisions.rollback('north', first.snapshot, { asker });
    await until(() => (kit.published.map(({ by }) => by).join() === 'publish,approve,rollback' ? true : null));
    const later = await refresh(60);
    expect(later.phase).toBe('quarantined');
    await kit.writer.decisions.approve('north', first.snapshot, { asker, previewed: await headNow() });
    expect((await refresh(60)).phase).toBe('published');
  });

  test('where four eyes are asked for, whoever asked for the run cannot approve its snapshot, another can', async () => {
    await refresh(60);
    const strict = await kit.beside({ districts: districtsWith({ schedule: 'off', approval: { fourEyes: true } }) });
    try {
      const held = await refresh(30);
      const { head: previewed } = await kit.logState();
      const by = (actor: string) => strict.writer.decisions.approve('north', held.snapshot, { asker: { actor, via: 'http' }, previewed });
      await expect(by('key-1')).rejects.toMatchObject({ kind: 'conflict', code: 'four_eyes' });
      expect((await kit.logState()).snapshots.get(held.snapshot)?.state).toBe('held');
      await expect(by('key-9')).resolves.toMatchObject({ kind: 'approve' });
    } finally {
      await strict.close();
    }
  });

  test('where four eyes are asked for, whoever joined the run cannot approve its snapshot either', async () => {
    await refresh(60);
    const strict = await kit.beside({ districts: districtsWith({ schedule: 'off', approval: { fourEyes: true } }) });
    try {
      kit.fetcher.plan = { records: sampleDistrict({ students: 30 }) };
      const answers = await Promise.all(['key-1', 'key-2'].map((actor) => kit.writer.requests.request({ district: 'north', source: 'sis', asker: { actor, via: 'http' } })));
      const runs = answers.flatMap((answer) => answer.runs);
      expect(runs.map(({ joined }) => joined).toSorted()).toEqual([false, true]);
      const { snapshot } = await kit.ended(runs[0]?.run.id ?? '');
      const { head: previewed } = await kit.logState();
      const by = (actor: string) => strict.writer.decisions.approve('north', snapshot ?? '', { asker: { actor, via: 'http' }, previewed });
      for (const actor of ['key-1', 'key-2']) await expect(by(actor)).rejects.toMatchObject({ code: 'four_eyes' });
      await expect(by('key-9')).resolves.toMatchObject({ kind: 'approve' });
    } finally {
      await strict.close();
    }
  });

  test('an approval whose preview is stale is refused with current_changed', async () => {
    await refresh(60);
    const held = await refresh(30);
    const { head } = await kit.logState();
    await kit.writer.decisions.approve('north', held.snapshot, { asker, previewed: head });
    await kit.writer.decisions.rollback('north', (await kit.logState()).snapshots.keys().next().value ?? '', { asker });
    const again = await refresh(30);
    await expect(kit.writer.decisions.approve('north', again.snapshot, { asker, previewed: head })).rejects.toMatchObject({ code: 'current_changed', kind: 'conflict' });
  });

  test('a rejection and a rollback whose preview is stale are refused with current_changed, those without a preview are not', async () => {
    const first = await refresh(60);
    const held = await refresh(30);
    const { head: stale } = await kit.logState();
    await kit.writer.decisions.approve('north', held.snapshot, { asker, previewed: stale });
    const other = await refresh(60);
    expect(other.phase).toBe('quarantined');
    for (const [decision, snapshot] of [['reject', other.snapshot], ['rollback', first.snapshot]] as const) {
      await expect(kit.writer.decisions[decision]('north', snapshot, { asker, previewed: stale })).rejects.toMatchObject({ code: 'current_changed', kind: 'conflict' });
    }
    await kit.writer.decisions.reject('north', other.snapshot, { asker, previewed: (await kit.logState()).head });
    await kit.writer.decisions.rollback('north', first.snapshot, { asker });
    expect((await kit.logState()).current?.snapshot).toBe(first.snapshot);
  });

  test('while the store is away a decision is refused with store_unavailable, and may be repeated', async () => {
    await refresh(60);
    const held = await refresh(30);
    const previewed = await headNow();
    const read = kit.store.read.bind(kit.store);
    kit.store.read = () => Promise.reject(new ObjectStoreError('unavailable', 'no answer', { retryable: true }));
    await expect(kit.writer.decisions.approve('north', held.snapshot, { asker, previewed })).rejects.toMatchObject({ kind: 'unavailable', code: 'store_unavailable' });
    kit.store.read = read;
    await expect(kit.writer.decisions.approve('north', held.snapshot, { asker, previewed })).resolves.toMatchObject({ kind: 'approve' });
  });

  test('retention tells of snapshots whose source is not configured any more, and leaves them', async () => {
    const { snapshot } = await refresh(10);
    await kit.pause();
    const later = await kit.beside({ districts: districtsWith({ id: 'other', schedule: 'off' }) });
    kit.clock.advance(400 * DAY_MS);
    await later.writer.retention.sweep();
    expect(later.log.lines.filter(({ level }) => level === 'warn').map(({ fields }) => fields)).toEqual([{ district: 'north', source: 'sis' }]);
    expect((await kit.logState()).current?.snapshot).toBe(snapshot);
    await later.close();
  });

  test('a rejected snapshot expires and can no longer be approved', async () => {
    await refresh(60);
    const held = await refresh(30);
    await kit.writer.decisions.reject('north', held.snapshot, { asker });
    await until(() => (kit.expired.some(({ snapshot }) => snapshot === held.snapshot) ? true : null));
    await expect(kit.writer.decisions.approve('north', held.snapshot, { asker, previewed: await headNow() })).rejects.toMatchObject({ code: 'snapshot_expired' });
    await expect(kit.writer.decisions.approve('north', `999-${held.snapshot.split('-')[1]}`, { asker, previewed: 1 })).rejects.toMatchObject({ code: 'unknown_snapshot' });
  });

  test('retention expires what is older than 30 days, never current, and deletes it after the grace period', async () => {
    const old = await refresh(10);
    kit.clock.advance(40 * DAY_MS);
    const current = await refresh(10);
    kit.clock.advance(40 * DAY_MS);
    await kit.writer.retention.sweep();
    const state = await kit.logState();
    expect([state.snapshots.get(old.snapshot)?.state, state.current?.snapshot]).toEqual(['expired', current.snapshot]);
    await expect(kit.files(state.snapshots.get(old.snapshot)?.folder ?? '')).resolves.toBeDefined();
    kit.clock.advance(2 * DAY_MS);
    await kit.writer.retention.sweep();
    await expect(kit.files(state.snapshots.get(old.snapshot)?.folder ?? '')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(kit.files(state.current?.folder ?? '')).resolves.toBeDefined();
  });

  test('a writer of a newer release publishes beside what an older one left', async () => {
    const old = await refresh(5);
    await kit.pause();
    const newer = await kit.beside({ versions: { schema: '1.1', calculation: '2.0' } });
    const { snapshot } = await newer.refresh();
    const state = await kit.logState();
    expect(state.snapshots.get(old.snapshot)?.summary).toMatchObject({ schemaVersion: '1.0', calculationVersion: '1.0' });
    expect(state.snapshots.get(snapshot ?? '')?.summary).toMatchObject({ schemaVersion: '1.1', calculationVersion: '2.0' });
    await newer.close();
  });
});
