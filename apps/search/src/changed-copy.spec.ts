import { chmod, open, readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { SearchCsvQuery } from '@lastgood/contracts';
import { ANY_AGE } from './at-least.js';
import type { IndexInThread } from './reading/index-in-thread.js';
import { SearchCsvs } from './search-csv.js';
import type { Serving } from './serving-sources.js';
import { districts, TestBucket } from './testing/read-side.js';
import { servingParts } from './testing/serving-parts.js';
import { person } from './testing/writing-side.js';

const PEOPLE = 1_500;

let bucket: TestBucket;
let parts: ReturnType<typeof servingParts>;
beforeEach(async () => {
  bucket = await TestBucket.open();
  parts = servingParts(bucket);
  await bucket.writer().snapshot({ people: Array.from({ length: PEOPLE }, (_, at) => person({ sourcedId: `s${String(at).padStart(4, '0')}`, familyName: 'Kowalski' })) });
});
afterEach(async () => {
  await parts.indexes.close();
  await bucket.close();
});

async function served(): Promise<Serving> {
  const serving = await parts.serving.current('oak', 'sis');
  if (!serving) throw new Error('nothing is served');
  return serving;
}

/** Writes other names over those of a local copy: same file, same length. */
async function alter({ lease: { path } }: Serving): Promise<void> {
  await chmod(path, 0o600);
  const bytes = await readFile(path);
  for (let at = bytes.indexOf('Kowalski'); at !== -1; at = bytes.indexOf('Kowalski', at)) bytes.write('Xowalski', at, 'latin1');
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, 0);
  await file.close();
}

const page = (after: number) => (index: IndexInThread) => index.page('students', { q: '', limit: 20, after });

describe('a local copy that somebody wrote to', () => {
  test('answers nothing more to whoever still holds it, also after it was found out', async () => {
    const held = await served();
    const first = await parts.serving.answer(held, page(0));
    await alter(held);
    for (let after = first.next; after !== null;) {
      const { text: items, next } = await parts.serving.answer(held, page(after));
      expect(String(items)).not.toContain('Xowalski');
      after = next;
    }
    expect(parts.indexes.fetches).toBe(2);
    held.lease.release();
  });

  test('reaches no page of a CSV that holds it', async () => {
    const csv = await new SearchCsvs(districts(), parts.serving).of('oak', 'students', SearchCsvQuery.parse({ q: 'kowalski' }), ANY_AGE);
    const other = await served();
    await alter(other);
    other.lease.release();
    const lines = (await text(csv.content)).trimEnd().split('\r\n').slice(1);
    expect([lines.length, lines.filter((line) => line.includes('Xowalski')).length]).toEqual([PEOPLE, 0]);
  });

  test('answers nothing more once its snapshot was asked to be fetched again', async () => {
    const held = await served();
    await parts.serving.answer(held, page(0));
    await alter(held);
    await parts.serving.renew(held.attempt);
    const { rows, text: items } = await parts.serving.answer(held, page(1_000));
    expect([rows, String(items).includes('Xowalski')]).toEqual([20, false]);
    held.lease.release();
  });
});
