import { readdir } from 'node:fs/promises';
import { UnreadableIndexError } from '@lastgood/index-file/reader';
import type { IndexInThread, Reading } from './reading/index-in-thread.js';
import { districts, ask, codeOf, TestBucket, until } from './testing/read-side.js';
import { servingParts } from './testing/serving-parts.js';
import { person } from './testing/writing-side.js';

const people = (familyName: string) => [person({ sourcedId: 'a', familyName }), person({ sourcedId: 'b', familyName })];
const OAK = { district: 'oak', source: 'sis' };

let bucket: TestBucket;
beforeEach(async () => {
  bucket = await TestBucket.open();
});
afterEach(() => bucket.close());

const copiesIn = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();
const copyOf = (snapshot: string): string => `oak~sis~${snapshot}.sqlite`;

describe('the local copy of a snapshot', () => {
  test('is deleted when the log says that it expired, while the current one stays', async () => {
    const writer = bucket.writer();
    const first = await writer.snapshot({ people: people('Old') });
    const { search, local } = bucket.replica();
    const [page] = await ask(search, 'oak', { limit: 1 });
    const second = await writer.snapshot({ people: people('New') });
    await search.logGrew(OAK);
    await until(async () => (await ask(search, 'oak'))[0]?.names[0] === 'New');
    expect(await copiesIn(local)).toEqual([copyOf(first), copyOf(second)].sort());
    await writer.log.expire({ snapshot: first, actor: 'test' });
    await search.logGrew(OAK);
    await until(async () => (await copiesIn(local)).length === 1);
    expect(await copiesIn(local)).toEqual([copyOf(second)]);
    expect(await codeOf(ask(search, 'oak', { limit: 1, cursor: page?.nextCursor }))).toBe('snapshot_expired');
  });

  test('that expired while the service was down, or whose source is no longer configured, is deleted at its next start', async () => {
    const writer = bucket.writer();
    const first = await writer.snapshot({ people: people('Old') });
    await bucket.writer('d0x').snapshot({ people: people('Gone') });
    const before = bucket.replica({}, 'kept', districts(1));
    await ask(before.search, 'oak');
    await ask(before.search, 'd0x');
    await before.search.stop();
    const second = await writer.snapshot({ people: people('New') });
    await writer.log.expire({ snapshot: first, actor: 'test' });
    expect(await copiesIn(before.local)).toHaveLength(2);
    const after = bucket.replica({}, 'kept');
    after.search.start();
    await until(async () => (await copiesIn(after.local)).length === 0);
    await ask(after.search, 'oak');
    expect(await copiesIn(after.local)).toEqual([copyOf(second)]);
  });

  test('is read to the end by a request that uses it, and gone from the disk afterwards', async () => {
    const writer = bucket.writer();
    const first = await writer.snapshot({ people: people('Old') });
    const { serving, indexes, logs } = servingParts(bucket);
    const held = await serving.current('oak', 'sis');
    await writer.snapshot({ people: people('New') });
    await writer.log.expire({ snapshot: first, actor: 'test' });
    await logs.poll('oak', 'sis');
    await until(() => indexes.localCopies.every(({ snapshot }) => snapshot !== first));
    const read = () => held?.lease.index.page('students', { q: 'old', limit: 5, after: 0 });
    expect((await read())?.rows).toBe(2);
    held?.lease.release();
    await expect(read()).rejects.toThrow('this index is closed');
    await indexes.close();
  });

  test('that was on its way when its snapshot expired does not stay', async () => {
    const writer = bucket.writer();
    const first = await writer.snapshot({ people: people('Old') });
    await writer.snapshot({ people: people('New') });
    const { serving, indexes, logs } = servingParts(bucket);
    await logs.poll('oak', 'sis');
    const { promise, resolve } = Promise.withResolvers<void>();
    bucket.gated.gate = { keys: new RegExp(`${first}/index`), open: promise };
    const pinned = codeOf(serving.pinned('oak', 'sis', first));
    await until(() => bucket.gated.asked.some((key) => key.includes(`${first}/index`)));
    await writer.log.expire({ snapshot: first, actor: 'test' });
    await logs.poll('oak', 'sis');
    resolve();
    expect(await pinned).toBe('snapshot_expired');
    expect(indexes.localCopies).toEqual([]);
    await indexes.close();
  });

  test('is fetched again for damage alone, never for another error of a question', async () => {
    await bucket.writer().snapshot({ people: people('Name') });
    const { serving, indexes } = servingParts(bucket);
    const current = await serving.current('oak', 'sis');
    if (!current) throw new Error('nothing is served');
    const faults = [new TypeError('a fault of the program'), Object.assign(new Error('fts5: syntax error'), { errcode: 1 })];
    for (const fault of faults) await expect(serving.answer(current, () => Promise.reject(fault))).rejects.toBe(fault);
    expect(indexes.fetches).toBe(1);
    let asked = 0;
    const once = (index: IndexInThread): Promise<Reading> => (++asked === 1 ? Promise.reject(new UnreadableIndexError('a damaged page')) : index.page('students', { q: 'name', limit: 5, after: 0 }));
    expect([(await serving.answer(current, once)).rows, indexes.fetches]).toEqual([2, 2]);
    const always = serving.answer(current, () => Promise.reject(new UnreadableIndexError('malformed')));
    expect(await codeOf(always)).toBe('snapshot_damaged');
    current.lease.release();
    await indexes.close();
  });
});
