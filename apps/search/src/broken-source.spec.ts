import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ReadStatus, SearchQuery, SnapshotsAnswer, SnapshotsQuery, StudentAnswer, StudentsAnswer } from '@lastgood/contracts';
import type { Search } from './search.js';
import { codeOf, TestBucket } from './testing/read-side.js';
import { person } from './testing/writing-side.js';

const people = (familyName: string, sourcedId = 'a') => [person({ sourcedId, familyName })];

let bucket: TestBucket;
beforeEach(async () => {
  bucket = await TestBucket.open();
});
afterEach(() => bucket.close());

const students = (search: Search, query: Record<string, unknown> = {}, has?: string) => search.data.search('elm', 'students', SearchQuery.parse(query), has);
const parsed = async (search: Search): Promise<StudentsAnswer> => StudentsAnswer.parse(JSON.parse(String((await students(search)).body)));

describe('of two sources, one that cannot be read', () => {
  test('leaves the other its answers, and its own entry says why', async () => {
    const one = await bucket.writer('elm', 'one').snapshot({ people: people('One') });
    await bucket.writer('elm', 'two').snapshot({ people: people('Two', 'b') });
    const { search } = bucket.replica();
    bucket.gated.away = /\/two\//;
    const broken = await students(search);
    const answer = StudentsAnswer.parse(JSON.parse(String(broken.body)));
    expect(answer.sources.map(({ source, snapshot, items, problem }) => [source, snapshot?.id, items.length, problem?.code])).toEqual([['one', one, 1, undefined], ['two', undefined, 0, 'store_unavailable']]);
    expect(broken.snapshots).toBe(`one=${one}`);
    expect(await codeOf(students(search, { source: 'two' }))).toBe('store_unavailable');
    expect((await students(search, {}, broken.etag)).body).toBeNull();
    const detail = await search.data.detail('elm', 'students', 'a', undefined, undefined);
    expect(StudentAnswer.parse(JSON.parse(String(detail.body)))).toMatchObject({ sources: [{ source: 'one' }], problems: [{ source: 'two', code: 'store_unavailable' }] });
    expect(await codeOf(search.data.detail('elm', 'students', 'b', undefined, undefined))).toBe('store_unavailable');
    bucket.gated.away = null;
    const mended = await students(search, {}, broken.etag);
    expect(StudentsAnswer.parse(JSON.parse(String(mended.body))).sources.map(({ items, problem }) => [items[0]?.familyName, problem])).toEqual([['One', undefined], ['Two', undefined]]);
  });

  test('because its stored index is damaged, leaves the other its answers too', async () => {
    await bucket.writer('elm', 'one').snapshot({ people: people('One') });
    const two = await bucket.writer('elm', 'two').snapshot({ people: people('Two') });
    const path = join(bucket.folder, 'bucket', 'snapshots', 'elm', '2026-11-01', 'two', two, 'index.sqlite.zst');
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await rm(path);
    await writeFile(path, bytes);
    const { search } = bucket.replica();
    expect((await parsed(search)).sources.map(({ items, problem }) => [items.length, problem?.code])).toEqual([[1, undefined], [0, 'snapshot_damaged']]);
  });

  test('fails the answer when the other has nothing to say, or is broken too', async () => {
    await bucket.writer('elm', 'two').snapshot({ people: people('Two') });
    const { search } = bucket.replica();
    bucket.gated.away = /\/two\//;
    expect(await codeOf(students(search))).toBe('store_unavailable');
    bucket.gated.away = /./;
    expect(await codeOf(students(bucket.replica().search))).toBe('store_unavailable');
  });

  test('is named in status and history, which tell all of the other; the newest of both is not guessed', async () => {
    const one = await bucket.writer('elm', 'one').snapshot({ people: people('One') });
    await bucket.writer('elm', 'two').snapshot({ people: people('Two') });
    const { search } = bucket.replica();
    bucket.gated.away = /\/two\//;
    const status = ReadStatus.parse(await search.snapshots.status('elm'));
    expect(status.sources.map(({ source, current, problem }) => [source, current?.id, problem?.code])).toEqual([['one', one, undefined], ['two', undefined, 'store_unavailable']]);
    const list = SnapshotsAnswer.parse(await search.snapshots.list('elm', SnapshotsQuery.parse({})));
    expect([list.items.map(({ snapshot_id }) => snapshot_id), list.problems?.map(({ source }) => source)]).toEqual([[one], ['two']]);
    expect((await search.snapshots.detail('elm', one, undefined)).state).toBe('current');
    expect(await codeOf(search.snapshots.detail('elm', 'latest-good', undefined))).toBe('store_unavailable');
    expect((await search.snapshots.detail('elm', 'latest-good', 'one')).snapshot_id).toBe(one);
    bucket.gated.away = /./;
    expect(await codeOf(bucket.replica().search.snapshots.status('elm'))).toBe('store_unavailable');
  });
});

describe('a replica', () => {
  const ready = async ({ readiness }: ReturnType<TestBucket['replica']>): Promise<boolean> => (await readiness.states()).every(({ neededForReads, trouble }) => !neededForReads || trouble === null);

  test('is ready at once on an empty store, and not ready only while nothing is open and the store is out of reach', async () => {
    const replica = bucket.replica();
    expect(await ready(replica)).toBe(true);
    bucket.gated.away = /./;
    expect(await ready(replica)).toBe(false);
    bucket.gated.away = null;
    await bucket.writer().snapshot({ people: people('Name') });
    await replica.search.data.search('oak', 'students', SearchQuery.parse({}), undefined);
    bucket.gated.away = /./;
    expect(await ready(replica)).toBe(true);
    expect(await codeOf(students(replica.search))).toBe('store_unavailable');
    expect([await ready(replica), (await replica.readiness.states())[0]?.trouble]).toEqual([true, '2 of 3 logs cannot be read (ObjectStoreError)']);
  });
});
