import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { stagingPageKey } from '@lastgood/contracts';
import { WriterKit } from '../testing/writer-kit.js';

const HOUR_MS = 3_600_000;

test('what a run that the database does not know landed is gone within 24 h, by a writer that looks now and then', async () => {
  const kit = await WriterKit.open();
  const key = stagingPageKey({ ...kit.place, run: 'f'.repeat(26), epoch: 1, collection: 'users', offset: 0 });
  const isThere = async (): Promise<boolean> => (await kit.store.stat(key)) !== null;
  await kit.writer.retention.look();
  kit.clock.advance(HOUR_MS / 2);
  await kit.store.create(key, Buffer.from('a page'));
  const now = new Date(kit.clock.now());
  await utimes(join(kit.root, 'bucket', key), now, now);
  for (let halves = 1; halves <= 44; halves += 1) {
    kit.clock.advance(HOUR_MS / 2);
    await kit.writer.retention.look();
    expect([halves, await isThere()]).toEqual([halves, true]);
  }
  kit.clock.advance(2 * HOUR_MS);
  await kit.writer.retention.look();
  expect(await isThere()).toBe(false);
  await kit.close();
});
