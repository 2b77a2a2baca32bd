import type { Attempt } from './local-copies.js';
import { TestBucket } from './testing/read-side.js';
import { servingParts } from './testing/serving-parts.js';
import { person } from './testing/writing-side.js';

describe('of more indexes than may be open', () => {
  let bucket: TestBucket;
  let parts: ReturnType<typeof servingParts>;
  let attempts: Attempt[];
  beforeEach(async () => {
    bucket = await TestBucket.open();
    parts = servingParts(bucket, { maxOpen: 2 });
    const writer = bucket.writer();
    for (let night = 0; night < 4; night += 1) await writer.snapshot({ people: [person({ sourcedId: `s${night}` })] });
    const { snapshots } = await parts.logs.poll('oak', 'sis');
    attempts = [...snapshots.values()].map((entry) => ({ district: 'oak', source: 'sis', entry }));
  });
  afterEach(async () => {
    await parts.indexes.close();
    await bucket.close();
  });

  const use = async (index: number): Promise<void> => (await parts.indexes.lease(attempts[index] as Attempt)).release();
  const open = (): number[] => attempts.flatMap((attempt, index) => (parts.indexes.isOpen(attempt) ? [index] : []));

  test('the least recently used is closed, however often it was used before', async () => {
    for (const index of [0, 0, 0, 1, 0, 2]) await use(index);
    expect(open()).toEqual([0, 2]);
    for (const index of [0, 3]) await use(index);
    expect(open()).toEqual([0, 3]);
  });

  test('none that a request is using is closed, even if that leaves too many', async () => {
    const leases = [await parts.indexes.lease(attempts[0] as Attempt), await parts.indexes.lease(attempts[1] as Attempt)];
    await use(2);
    expect(open()).toEqual([0, 1, 2]);
    expect((await leases[0]?.index.page('students', { q: '', limit: 1, after: 0 }))?.rows).toBe(1);
    for (const lease of leases) lease.release();
    await use(3);
    expect(open()).toEqual([2, 3]);
  });
});
