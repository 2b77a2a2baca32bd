import { open, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { FiltersAnswer, ReadStatus, SearchQuery, SnapshotDetail, SnapshotsAnswer, SnapshotsQuery, StudentAnswer, StudentsAnswer } from '@lastgood/contracts';
import { ask, codeOf, districts, TestBucket, until } from './testing/read-side.js';
import { person } from './testing/writing-side.js';

const people = (name: string, count = 3) => Array.from({ length: count }, (_, index) => person({ sourcedId: `s${String(index).padStart(3, '0')}`, familyName: name, givenName: `G${index}` }));

let bucket: TestBucket;
beforeEach(async () => {
  bucket = await TestBucket.open();
});
afterEach(() => bucket.close());

const gateOn = (keys: RegExp): (() => void) => {
  const { promise, resolve } = Promise.withResolvers<void>();
  bucket.gated.gate = { keys, open: promise };
  return resolve;
};

describe('a swap', () => {
  test('leaves no read without an answer and mixes no answer, while many read at once', async () => {
    const writer = bucket.writer();
    const ids = [await writer.snapshot({ people: people('Name0', 30) })];
    const { search } = bucket.replica();
    let done = false;
    let reads = 0;
    const highest = { logNumber: 0 };
    const read = async (): Promise<void> => {
      while (!done) {
        const [answer] = await ask(search, 'oak', { limit: 50 });
        const names = new Set(answer?.names);
        expect([...names]).toEqual([`Name${ids.indexOf(answer?.snapshot?.id ?? '')}`]);
        expect(answer?.names).toHaveLength(30);
        expect(answer?.snapshot?.logNumber).toBeGreaterThanOrEqual(highest.logNumber);
        highest.logNumber = answer?.snapshot?.logNumber ?? 0;
        reads += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const readers = Promise.all(Array.from({ length: 8 }, read));
    for (let night = 1; night <= 5; night++) {
      ids.push(await writer.snapshot({ people: people(`Name${night}`, 30) }));
      await search.logGrew({ district: 'oak', source: 'sis' });
      await until(async () => (await ask(search, 'oak'))[0]?.names[0] === `Name${night}`);
    }
    done = true;
    await readers;
    expect(reads).toBeGreaterThan(50);
  });

  test('waits for nobody: the old snapshot answers while the new index is fetched', async () => {
    const writer = bucket.writer();
    await writer.snapshot({ people: people('Old') });
    const { search } = bucket.replica();
    expect((await ask(search, 'oak'))[0]?.names[0]).toBe('Old');
    const open = gateOn(/index\.sqlite/);
    await writer.snapshot({ people: people('New') });
    await search.logGrew({ district: 'oak', source: 'sis' });
    expect((await ask(search, 'oak'))[0]?.names[0]).toBe('Old');
    open();
    await until(async () => (await ask(search, 'oak'))[0]?.names[0] === 'New');
  });

  test('that no event told of is found by the poll', async () => {
    const writer = bucket.writer();
    await writer.snapshot({ people: people('Old') });
    const { search } = bucket.replica({ SEARCH_POLL_SECONDS: '0.05' });
    search.start();
    await ask(search, 'oak');
    await writer.snapshot({ people: people('New') });
    await until(async () => (await ask(search, 'oak'))[0]?.names[0] === 'New');
  });
});

describe('a cursor', () => {
  test('stays on its snapshot across swaps, and is gone with its expire record', async () => {
    const writer = bucket.writer();
    const first = await writer.snapshot({ people: people('Old', 7) });
    const { search } = bucket.replica();
    const [page] = await ask(search, 'oak', { limit: 3 });
    await writer.snapshot({ people: people('New', 7) });
    await search.logGrew({ district: 'oak', source: 'sis' });
    await until(async () => (await ask(search, 'oak'))[0]?.names[0] === 'New');
    const [second] = await ask(search, 'oak', { limit: 3, cursor: page?.nextCursor });
    const [third] = await ask(search, 'oak', { limit: 3, cursor: second?.nextCursor });
    expect([second?.snapshot?.id, second?.names, third?.names, third?.nextCursor]).toEqual([first, ['Old', 'Old', 'Old'], ['Old'], null]);
    await writer.log.expire({ snapshot: first, actor: 'test' });
    await search.logGrew({ district: 'oak', source: 'sis' });
    expect(await codeOf(ask(search, 'oak', { limit: 3, cursor: page?.nextCursor }))).toBe('snapshot_expired');
  });

  test('of another question, or none at all, is refused', async () => {
    await bucket.writer().snapshot({ people: people('Old', 7) });
    const { search } = bucket.replica();
    const [page] = await ask(search, 'oak', { limit: 3 });
    for (const query of [{ q: 'x', cursor: page?.nextCursor }, { cursor: 'nonsense' }, { cursor: 'bnVsbA' }]) expect(await codeOf(ask(search, 'oak', query))).toBe('invalid_cursor');
    expect(await codeOf(ask(search, 'elm', { cursor: page?.nextCursor }))).toBe('invalid_cursor');
  });
});

describe('damage', () => {
  const localFile = async (folder: string): Promise<string> => join(folder, (await readdir(folder))[0] as string);

  test('of a local copy is met by fetching it again: cut off while open, missing or changed at the next start', async () => {
    await bucket.writer().snapshot({ people: people('Name', 3000) });
    const first = bucket.replica({}, 'kept');
    await ask(first.search, 'oak');
    await truncate(await localFile(first.local), 8192);
    expect((await ask(first.search, 'oak', { q: 'name', limit: 200 }))[0]?.names).toHaveLength(200);
    await first.search.stop();
    await writeFile(await localFile(first.local), (await readFile(await localFile(first.local))).fill(0, 5000, 9000));
    expect((await ask(bucket.replica({}, 'kept').search, 'oak'))[0]?.names).toHaveLength(20);
    const asked = bucket.gated.asked.filter((key) => key.includes('index.sqlite')).length;
    expect(asked).toBe(3);
    expect((await ask(bucket.replica({}, 'kept').search, 'oak'))[0]?.names).toHaveLength(20);
    expect(bucket.gated.asked.filter((key) => key.includes('index.sqlite'))).toHaveLength(asked);
  });

  test.each<[string, (bytes: Buffer) => unknown]>([
    ['zeroes in the middle', (bytes) => bytes.fill(0, 5000, bytes.length - 5000)],
    ['letters of a name that were altered', (bytes) => bytes.write('XYZ', bytes.indexOf('Name'), 'latin1')],
  ])('of an open local copy, %s, changes no answer', async (_, change) => {
    await bucket.writer().snapshot({ people: people('Name', 3000) });
    const { search, local } = bucket.replica();
    const before = await ask(search, 'oak', { q: 'name', limit: 200 });
    const path = await localFile(local);
    const file = await open(path, 'r+');
    const bytes = await readFile(path);
    change(bytes);
    await file.write(bytes, 0, bytes.length, 0);
    await file.close();
    for (const query of [{ q: 'name', limit: 200 }, { limit: 200 }]) expect((await ask(search, 'oak', query))[0]?.names).toEqual(before[0]?.names);
    expect(bucket.gated.asked.filter((key) => key.includes('index.sqlite'))).toHaveLength(2);
  });

  test.each(['index.sqlite.zst', 'manifest.json'])('of %s in the bucket is an honest 503 that names what to do', async (file) => {
    const writer = bucket.writer();
    await writer.snapshot({ people: people('Old') });
    const { search } = bucket.replica();
    await ask(search, 'oak');
    const damaged = await writer.snapshot({ people: people('New') });
    const path = join(bucket.folder, 'bucket', 'snapshots', 'oak', '2026-11-01', 'sis', damaged, file);
    const bytes = await readFile(path);
    bytes[bytes.length >> 1]! ^= 1;
    await rm(path);
    await writeFile(path, bytes);
    await search.logGrew({ district: 'oak', source: 'sis' });
    await until(async () => (await codeOf(ask(search, 'oak'))) === 'snapshot_damaged');
    await expect(ask(search, 'oak')).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('Roll back') as string, options: { snapshot: damaged, retryable: false } });
  });

  test('a bucket that is away changes no answer of what is open, and is told to others as passing', async () => {
    await bucket.writer().snapshot({ people: people('Name') });
    const { search, readiness } = bucket.replica();
    await ask(search, 'oak');
    bucket.gated.away = /./;
    expect((await ask(search, 'oak'))[0]?.names[0]).toBe('Name');
    expect(await codeOf(ask(search, 'elm'))).toBe('store_unavailable');
    expect((await readiness.states())[0]).toMatchObject({ name: 'snapshot logs', trouble: '2 of 3 logs cannot be read (ObjectStoreError)' });
    bucket.gated.away = null;
    expect(await codeOf(ask(search, 'elm'))).toBe('no_snapshot_yet');
  });
});

describe('limits', () => {
  test('of open indexes and disk hold over many districts, and every district still answers', async () => {
    const of = districts(6);
    for (let index = 0; index < 6; index++) await bucket.writer(`d${index}x`).snapshot({ people: people(`Name${index}`, 1500) });
    const { search, metrics, local } = bucket.replica({ SEARCH_OPEN_INDEXES: '2', SEARCH_DISK_MEGABYTES: '1' }, 'lru', of);
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 6; index++) expect((await ask(search, `d${index}x`))[0]?.names[0]).toBe(`Name${index}`);
    }
    const figures = await metrics.registry.metrics();
    expect(Number(/lastgood_search_open_indexes (\d+)/.exec(figures)?.[1])).toBeLessThanOrEqual(2);
    expect(Number(/lastgood_search_local_bytes (\d+)/.exec(figures)?.[1])).toBeLessThanOrEqual(1_000_000);
    expect((await readdir(local)).length).toBeLessThan(6);
  });

  test('a thousand districts that nobody asks for cost no call', async () => {
    const { search } = bucket.replica({ SEARCH_POLL_SECONDS: '0.05' }, 'lazy', districts(1000));
    search.start();
    await search.logGrew({ district: 'd1x', source: 'sis' });
    expect(bucket.gated.asked).toEqual([]);
  });
});

describe('answers', () => {
  test('stand side by side by source, fit their contract and name their snapshots; unchanged ones are not sent twice', async () => {
    const one = await bucket.writer('elm', 'one').snapshot({ people: people('One') });
    const { search } = bucket.replica();
    const { body, snapshots } = await search.data.search('elm', 'students', SearchQuery.parse({}), undefined);
    const answer = StudentsAnswer.parse(JSON.parse(String(body)));
    expect(answer.sources.map(({ source, snapshot }) => [source, snapshot?.id])).toEqual([['one', one], ['two', undefined]]);
    expect(snapshots).toBe(`one=${one}`);
    const two = await bucket.writer('elm', 'two').snapshot({ people: people('Two'), status: 'partial' });
    await search.logGrew({ district: 'elm', source: 'two' });
    const both = await search.data.search('elm', 'students', SearchQuery.parse({}), undefined);
    expect(both.snapshots).toBe(`one=${one}, two=${two}`);
    expect(StudentsAnswer.parse(JSON.parse(String(both.body))).sources[1]?.snapshot).toMatchObject({ id: two, status: 'partial', missing: ['demographics'] });
    expect((await search.data.search('elm', 'students', SearchQuery.parse({}), `W/"x", ${both.etag}`)).body).toBeNull();
    expect((await search.data.search('elm', 'students', SearchQuery.parse({ q: 'a' }), both.etag)).body).not.toBeNull();
    const detail = await search.data.detail('elm', 'students', 's001', undefined, undefined);
    expect(StudentAnswer.parse(JSON.parse(String(detail.body))).sources.map(({ source, item }) => [source, item.familyName, item.record])).toEqual([['one', 'One', { sourcedId: 's001' }], ['two', 'Two', { sourcedId: 's001' }]]);
    expect(await codeOf(search.data.detail('elm', 'parents', 's001', undefined, undefined))).toBe('not_found');
    expect(await codeOf(search.data.search('elm', 'students', SearchQuery.parse({ source: 'three' }), undefined))).toBe('unknown_source');
    expect(await codeOf(search.data.search('nowhere', 'students', SearchQuery.parse({}), undefined))).toBe('unknown_district');
  });

  test('put similar hits behind few exact ones, and tell them apart', async () => {
    await bucket.writer().snapshot({ people: [...people('Kowalski', 1), person({ sourcedId: 'x', familyName: 'Kowalsky' }), person({ sourcedId: 'y', familyName: 'Okafor' })] });
    const { search } = bucket.replica();
    const of = async (query: Record<string, unknown>) => {
      const answer = await search.data.search('oak', 'students', SearchQuery.parse(query), undefined);
      const [found] = StudentsAnswer.parse(JSON.parse(String(answer.body))).sources;
      return { etag: answer.etag, count: found?.count.value, items: found?.items.map(({ familyName, match }) => `${familyName} ${match}`) };
    };
    const both = await of({ q: 'kowalski' });
    expect(both).toMatchObject({ count: 1, items: ['Kowalski exact', 'Kowalsky similar'] });
    const exact = await of({ q: 'kowalski', similar: 'false' });
    expect(exact).toMatchObject({ count: 1, items: ['Kowalski exact'] });
    expect(exact.etag).not.toBe(both.etag);
  });

  test('can be filtered by role, and the filters there are are told by source', async () => {
    const snapshot = await bucket.writer('elm', 'two').snapshot({ people: [person({ sourcedId: 'a', familyName: 'A', orgIds: ['org-1'], grades: ['09'], roles: ['student', 'aide'] }), person({ sourcedId: 'b', familyName: 'B', orgIds: ['org-1'] })] });
    const { search } = bucket.replica();
    expect((await ask(search, 'elm', { role: 'aide' }))[1]?.names).toEqual(['A']);
    expect((await ask(search, 'elm', { role: 'pilot' }))[1]?.names).toEqual([]);
    const filters = await search.data.filters('elm', undefined, undefined);
    const [one, two] = FiltersAnswer.parse(JSON.parse(String(filters.body))).sources;
    expect(one).toEqual({ source: 'one', snapshot: null, schools: [], grades: [], roles: [] });
    expect(two).toMatchObject({ source: 'two', snapshot: { id: snapshot }, schools: [{ sourcedId: 'org-1', name: null, students: 2 }], grades: ['9'], roles: ['aide', 'student'] });
    expect((await search.data.filters('elm', undefined, filters.etag)).body).toBeNull();
    expect(await codeOf(search.data.filters('oak', undefined, undefined))).toBe('no_snapshot_yet');
  });

  test('before the first snapshot say so, and that asking again may help', async () => {
    const { search } = bucket.replica();
    await expect(ask(search, 'oak')).rejects.toMatchObject({ code: 'no_snapshot_yet', kind: 'unavailable' });
    expect(await codeOf(search.snapshots.detail('oak', 'latest', undefined))).toBe('no_snapshot_yet');
    const status = ReadStatus.parse(await search.snapshots.status('oak'));
    expect(status.sources).toEqual([{ source: 'sis', current: null, latest: null, held: [], onHold: false, logNumber: 0 }]);
  });

  test('of history, detail, status and files agree with the log', async () => {
    const writer = bucket.writer();
    const first = await writer.snapshot({ people: people('First') });
    await writer.failedRun();
    const held = await writer.snapshot({ people: people('Held'), verdict: 'quarantine' });
    const { search } = bucket.replica();
    const list = SnapshotsAnswer.parse(await search.snapshots.list('oak', SnapshotsQuery.parse({})));
    expect(list.items.map(({ state, status }) => [state, status])).toEqual([['held', 'quarantined'], ['failed', 'failed'], ['current', 'complete']]);
    const latest = SnapshotDetail.parse(await search.snapshots.detail('oak', 'latest', undefined));
    const good = SnapshotDetail.parse(await search.snapshots.detail('oak', 'latest-good', 'sis'));
    expect([latest.snapshot_id, good.snapshot_id, good.log_head]).toEqual([held, first, 6]);
    expect(good.files.map(({ name }) => name)).toEqual(['students.csv', 'index.sqlite', 'status.json']);
    const status = ReadStatus.parse(await search.snapshots.status('oak'));
    expect(status.sources[0]).toMatchObject({ current: { id: first, counts: { students: 3 } }, latest: { snapshot_id: held }, held: [held], onHold: false, logNumber: 6 });
    const file = await search.snapshots.file('oak', 'latest-good', 'students.csv', undefined);
    const bytes = await buffer(await file.open());
    expect([bytes.toString().split('\r\n')[1], bytes.length]).toEqual(['s000,First', file.file.size]);
    expect(await codeOf(search.snapshots.file('oak', first, 'nothing.csv', undefined))).toBe('unknown_file');
    expect(await codeOf(search.snapshots.detail('oak', '9-00000000000000000000000000', undefined))).toBe('unknown_snapshot');
  });

  test('of an approved snapshot call it what its data are, in history, detail and filter', async () => {
    const writer = bucket.writer();
    await writer.snapshot({ people: people('First') });
    const held = await writer.snapshot({ people: people('Held'), verdict: 'quarantine', status: 'partial' });
    const { search } = bucket.replica();
    const found = async (at: typeof search, status: string): Promise<unknown[]> => (await at.snapshots.list('oak', SnapshotsQuery.parse({ status }))).items.map(({ snapshot_id, state }) => [snapshot_id, state]);
    expect(await found(search, 'quarantined')).toEqual([[held, 'held']]);
    await writer.log.approve({ snapshot: held, previewed: writer.log.state.head, actor: 'test' });
    const after = bucket.replica().search;
    expect(await found(after, 'partial')).toEqual([[held, 'current']]);
    expect(await found(after, 'quarantined')).toEqual([]);
    expect(await after.snapshots.detail('oak', held, undefined)).toMatchObject({ state: 'current', status: 'partial' });
  });

  test('a file whose stored bytes were changed breaks off before its end', async () => {
    const snapshot = await bucket.writer().snapshot({ people: people('First', 500) });
    const path = join(bucket.folder, 'bucket', 'snapshots', 'oak', '2026-11-01', 'sis', snapshot, 'students.csv.zst');
    const bytes = await readFile(path);
    bytes[bytes.length - 20]! ^= 1;
    await rm(path);
    await writeFile(path, bytes);
    const { search } = bucket.replica();
    const file = await search.snapshots.file('oak', snapshot, 'students.csv', undefined);
    let received = 0;
    const reading = (async () => {
      for await (const chunk of await file.open()) received += (chunk as Buffer).length;
    })();
    expect(await codeOf(reading)).toBe('snapshot_damaged');
    expect(received).toBeLessThan(file.file.size);
  });
});
