import { writeFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ObjectStoreError } from '@lastgood/object-store';
import { StatusFile, type Collection, type RunFailure } from '@lastgood/contracts';
import type { RunsTable } from '../tables.js';
import { sampleDistrict, type UpstreamRecords } from '../testing/sample-district.js';
import { districtsWith, WriterKit } from '../testing/writer-kit.js';

const failureOf = (row: RunsTable): RunFailure => JSON.parse(row.failure ?? 'null') as RunFailure;
const without = (records: UpstreamRecords, collection: Collection): UpstreamRecords => ({ ...records, [collection]: [] });

describe('a refresh beside the last good snapshot', () => {
  let kit: WriterKit;
  const records = sampleDistrict({ students: 30 });
  const open = async (source: Record<string, unknown> = {}): Promise<string> => {
    kit = await WriterKit.open({ districts: districtsWith({ schedule: 'off', ...source }) });
    kit.fetcher.plan = { records };
    await kit.refresh();
    kit.clock.advance(1000);
    return (await kit.logState()).current?.folder ?? '';
  };
  const stored = (key: string): string => join(kit.root, 'bucket', key);
  afterEach(() => kit.close());

  async function expectHeld(key: string): Promise<void> {
    const row = await kit.refresh();
    expect(row.phase).toBe('quarantined');
    const state = await kit.logState();
    expect(state.current?.snapshot).not.toBe(row.snapshot);
    const entry = state.snapshots.get(row.snapshot ?? '');
    const status = StatusFile.parse(JSON.parse((await kit.store.read(`${entry?.folder ?? ''}status.json`)).toString('utf8')));
    expect(status.findings.map(({ code }) => code)).toEqual(['last_good_damaged']);
    expect(status.findings[0]?.message).toContain(key);
    expect(status.findings[0]?.message).toContain('Approve');
    await kit.writer.decisions.approve('north', row.snapshot ?? '', { asker: { actor: 'key-1', via: 'cli' }, previewed: state.head });
    kit.clock.advance(1000);
    expect((await kit.refresh()).phase).toBe('published');
  }

  test('whose profile has flipped bytes is held with its key, and an approval gets refreshes going again', async () => {
    const folder = await open();
    const key = `${folder}profile.json.zst`;
    const bytes = await kit.store.read(key);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await rm(stored(key));
    await writeFile(stored(key), bytes);
    await expectHeld(key);
  });

  test('whose manifest is gone is held with its key, and an approval gets refreshes going again', async () => {
    const folder = await open();
    await kit.store.delete(`${folder}manifest.json`);
    await expectHeld(`${folder}manifest.json`);
  });

  test('that the store does not hand out just now fails and may be tried again', async () => {
    const folder = await open();
    const read = kit.store.read.bind(kit.store);
    kit.store.read = (key, maxBytes) => (key.startsWith(folder) ? Promise.reject(new ObjectStoreError('unavailable', 'no answer', { retryable: true })) : read(key, maxBytes));
    const row = await kit.refresh();
    expect([row.phase, failureOf(row)]).toMatchObject(['failed', { code: 'store_unavailable', retryable: true }]);
  });

  test.each<Collection>(['enrollments', 'courses', 'academicSessions'])('that had %s, where the upstream serves none now, fails and names the setting', async (collection) => {
    await open();
    kit.fetcher.plan = { records: without(records, collection) };
    const row = await kit.refresh();
    expect([row.phase, failureOf(row)]).toMatchObject(['failed', { code: 'unexpected_empty', collection, retryable: true }]);
    expect(failureOf(row).message).toContain('walk.mayBeEmpty');
  });

  test('that had rows of a collection which may be empty is followed by one without them', async () => {
    await open({ walk: { mayBeEmpty: ['enrollments'] } });
    kit.fetcher.plan = { records: without(records, 'enrollments') };
    expect((await kit.refresh()).phase).toBe('published');
  });

  test('that had a collection which is not asked for any more is not called empty', async () => {
    await open();
    kit.fetcher.plan = { records: Object.fromEntries(Object.entries(records).filter(([collection]) => collection !== 'courses')) };
    expect((await kit.refresh()).phase).toBe('published');
  });
});

test('a first snapshot without enrollments has nothing to be compared with', async () => {
  const kit = await WriterKit.open();
  kit.fetcher.plan = { records: without(sampleDistrict({ students: 30 }), 'enrollments') };
  expect((await kit.refresh()).phase).toBe('published');
  await kit.close();
});
