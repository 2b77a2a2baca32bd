import { join } from 'node:path';
import { codeOf, TestBucket, until } from '../testing/read-side.js';
import { servingParts } from '../testing/serving-parts.js';
import { person } from '../testing/writing-side.js';
import type { IndexInThread } from './index-in-thread.js';
import { failureOf } from './open-readers.js';

const people = (familyName: string) => ['a', 'b', 'c'].map((sourcedId) => person({ sourcedId, familyName }));

let bucket: TestBucket;
let parts: ReturnType<typeof servingParts>;
beforeEach(async () => {
  bucket = await TestBucket.open();
  parts = servingParts(bucket, { entry: new URL('../testing/dying.entry.js', import.meta.url) });
});
afterEach(async () => {
  await parts.indexes.close();
  await bucket.close();
});

const page = (q: string) => (index: IndexInThread) => index.page('students', { q, limit: 5, after: 0 });
const dieOnce = (name: string): string => `die once ${join(bucket.folder, name)}`;
const namesOf = (text: Buffer | null): string[] => (JSON.parse(`[${String(text)}]`) as { familyName: string }[]).map(({ familyName }) => familyName);

async function served() {
  const serving = await parts.serving.current('oak', 'sis');
  if (!serving) throw new Error('nothing is served');
  return serving;
}

describe('the thread that reads indexes', () => {
  test('answers every question of a turn, each with its own text, letters of any alphabet included', async () => {
    await bucket.writer().snapshot({ people: ['Ærø', '王小明', 'Иванов', 'Ng', '😀'].map((familyName, index) => person({ sourcedId: `s${index}`, familyName })) });
    const serving = await served();
    const asked = ['ærø', '王小明', 'иванов', 'ng', 'nobody at all'];
    const readings = await Promise.all(Array.from({ length: 200 }, (_, index) => parts.serving.answer(serving, page(asked[index % 5] ?? ''))));
    for (const [index, { text, rows }] of readings.entries()) expect([namesOf(text), rows]).toEqual([[['Ærø'], ['王小明'], ['Иванов'], ['Ng'], []][index % 5], index % 5 === 4 ? 0 : 1]);
    expect((await parts.serving.answer(serving, page(''))).rows).toBe(5);
    serving.lease.release();
    expect(parts.thread.starts).toBe(1);
  });

  test('that ends by itself is replaced, and what was under way is asked once more', async () => {
    await bucket.writer().snapshot({ people: people('Name') });
    const serving = await served();
    const readings = await Promise.all(['name', dieOnce('now'), 'n', ''].map((q) => parts.serving.answer(serving, page(q))));
    expect(readings.map(({ rows }) => rows)).toEqual([3, 0, 3, 3]);
    expect([parts.thread.starts, parts.indexes.fetches]).toEqual([2, 1]);
    serving.lease.release();
  });

  test('that ends again under the same question gives it up as passing, and answers others in a fresh thread', async () => {
    await bucket.writer().snapshot({ people: people('Name') });
    const serving = await served();
    await expect(parts.serving.answer(serving, page('die'))).rejects.toMatchObject({ code: 'reading_interrupted', kind: 'unavailable', options: { retryable: true } });
    expect((await parts.serving.answer(serving, page('name'))).rows).toBe(3);
    expect([parts.thread.starts, parts.indexes.fetches]).toEqual([3, 1]);
    serving.lease.release();
  });

  test('may end at any time while many read and snapshots are swapped: every question is answered, from one snapshot', async () => {
    const writer = bucket.writer();
    const ids = [await writer.snapshot({ people: people('Name0') })];
    let [done, killed] = [false, 0];
    const ask = async (q: string): Promise<Buffer | null> => {
      const serving = await served();
      try {
        const { text } = await parts.serving.answer(serving, page(q));
        if (q === 'name') expect(namesOf(text)).toEqual(Array.from({ length: 3 }, () => `Name${ids.indexOf(serving.attempt.entry.snapshot)}`));
        return text;
      } finally {
        serving.lease.release();
      }
    };
    const readers = Array.from({ length: 8 }, async () => {
      while (!done) await ask('name');
    });
    for (let night = 1; night <= 4; night++) {
      await Promise.all([ask(dieOnce(`night${night}`)), writer.snapshot({ people: people(`Name${night}`) }).then((id) => ids.push(id))]);
      killed += 1;
      await parts.logs.poll('oak', 'sis');
      await until(async () => namesOf(await ask('name'))[0] === `Name${night}`);
    }
    done = true;
    await Promise.all(readers);
    expect(parts.thread.starts).toBe(killed + 1);
  });

  test('refuses questions that would wait for a thousand others, as passing', async () => {
    await bucket.writer().snapshot({ people: people('Name') });
    const serving = await served();
    const asked = await Promise.allSettled(Array.from({ length: 1_002 }, () => parts.serving.answer(serving, page('name'))));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1_000);
    expect(asked[1_001]).toMatchObject({ reason: { code: 'too_many_questions', kind: 'unavailable', options: { retryable: true } } });
    expect((await parts.serving.answer(serving, page('name'))).rows).toBe(3);
    serving.lease.release();
  });

  test('that the system refuses to start fails what was asked, as passing, and ends nothing else', async () => {
    await bucket.writer().snapshot({ people: people('Name') });
    const { serving, thread, indexes } = servingParts(bucket, { entry: new URL('https://no-thread.invalid/') });
    for (let times = 0; times < 2; times += 1) expect(await codeOf(serving.current('oak', 'sis'))).toBe('reading_interrupted');
    expect(thread.starts).toBe(2);
    await indexes.close();
  });

  test('tells damage of a file from other errors of a question', () => {
    expect([Object.assign(new Error('malformed'), { errcode: 267 }), Object.assign(new Error('fts5: syntax error'), { errcode: 1 }), new TypeError('a fault')].map((error) => failureOf(error, false))).toEqual(['damaged', 'error', 'error']);
    expect(failureOf(new TypeError('of changed bytes'), true)).toBe('damaged');
  });
});
