import { SearchQuery } from '@lastgood/contracts';
import type { AtLeast } from './at-least.js';
import type { Search } from './search.js';
import { codeOf, TestBucket } from './testing/read-side.js';
import { person } from './testing/writing-side.js';

const seen = (number: number, waitMs = 20_000): AtLeast => ({ numbers: new Map([['sis', number]]), waitMs, whole: false });
const people = (name: string) => [person({ sourcedId: 's1', familyName: name, givenName: 'A' })];

describe('a replica that heard of nothing', () => {
  let bucket: TestBucket;
  beforeEach(async () => void (bucket = await TestBucket.open()));
  afterEach(() => bucket.close());

  /** Name and log number of an answer; a replica that is not started neither polls nor hears events. */
  const read = async (search: Search, atLeast?: AtLeast): Promise<[string, number, string]> => {
    const answer = await search.data.search('oak', 'students', SearchQuery.parse({}), undefined, atLeast);
    const { sources } = JSON.parse(String(answer.body)) as { sources: { snapshot: { logNumber: number }; items: { familyName: string }[] }[] };
    return [sources[0]?.items[0]?.familyName ?? '', sources[0]?.snapshot.logNumber ?? 0, answer.logNumbers];
  };

  test('answers nothing older than its asker has seen: search, status and history', async () => {
    const writer = bucket.writer();
    await writer.snapshot({ people: people('Old') });
    const { search } = bucket.replica();
    expect(await read(search)).toEqual(['Old', 2, 'sis=2']);
    await writer.snapshot({ people: people('New') });
    expect(await read(search)).toEqual(['Old', 2, 'sis=2']);
    expect(await read(search, seen(4))).toEqual(['New', 4, 'sis=4']);
    await writer.failedRun();
    expect((await search.snapshots.status('oak')).sources[0]?.logNumber).toBe(4);
    expect((await search.snapshots.status('oak', seen(6))).sources[0]?.logNumber).toBe(6);
    await writer.failedRun();
    expect((await search.snapshots.listValidators('oak', { limit: 5 }, seen(8))).logNumbers).toBe('sis=8');
  });

  test('says that it is behind when the log does not reach what was seen, and when it cannot catch up in time', async () => {
    const writer = bucket.writer();
    await writer.snapshot({ people: people('Old') });
    const { search } = bucket.replica();
    await read(search);
    expect(await codeOf(read(search, seen(3)))).toBe('replica_behind');
    await writer.snapshot({ people: people('New') });
    let openGate = (): void => undefined;
    bucket.gated.gate = { keys: /^snapshots\//, open: new Promise((resolve) => (openGate = resolve)) };
    expect(await codeOf(read(search, seen(4, 20)))).toBe('replica_behind');
    expect((await read(search))[0]).toBe('Old');
    openGate();
    expect((await read(search, seen(4)))[0]).toBe('New');
    bucket.gated.away = /^log\//;
    expect(await codeOf(read(search, seen(5)))).toBe('store_unavailable');
  });

  test('goes on with the snapshot before for askers that have seen nothing newer, while the new one is fetched', async () => {
    const writer = bucket.writer();
    await writer.snapshot({ people: people('Old') });
    const { search } = bucket.replica();
    await read(search);
    await writer.failedRun();
    await writer.snapshot({ people: people('New') });
    let openGate = (): void => undefined;
    bucket.gated.gate = { keys: /^snapshots\//, open: new Promise((resolve) => (openGate = resolve)) };
    await search.logGrew({ district: 'oak', source: 'sis' });
    expect(await read(search, seen(5, 20))).toEqual(['Old', 2, 'sis=2']);
    expect(await codeOf(read(search, seen(6, 20)))).toBe('replica_behind');
    openGate();
    expect(await read(search, seen(6))).toEqual(['New', 6, 'sis=6']);
  });

  test('names the newer record of a snapshot that became current again, also when it never stopped to answer', async () => {
    const writer = bucket.writer();
    const first = await writer.snapshot({ people: people('Old') });
    const { search } = bucket.replica();
    await read(search);
    await writer.snapshot({ people: people('New') });
    await writer.log.rollback({ snapshot: first, actor: 'test' });
    expect(await read(search, seen(5))).toEqual(['Old', 5, 'sis=5']);
    expect(await read(search)).toEqual(['Old', 5, 'sis=5']);
  });
});
