import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PreviewAnswer } from '@lastgood/contracts';
import { ANY_AGE } from '../at-least.js';
import { ask, codeOf, TestBucket, until } from '../testing/read-side.js';
import { person } from '../testing/writing-side.js';

let bucket: TestBucket;
beforeEach(async () => {
  bucket = await TestBucket.open();
});
afterEach(() => bucket.close());

const people = (names: Record<string, string>) => Object.entries(names).map(([sourcedId, familyName]) => person({ sourcedId, familyName, orgIds: ['org-1'] }));
const record = (of: object): object => of;

describe('the preview of a held snapshot', () => {
  test('says what would change against the current one, and what an approval carries', async () => {
    const writer = bucket.writer();
    const current = await writer.snapshot({ people: people({ a: 'Ann', b: 'Bo', c: 'Cy' }), record });
    const held = await writer.snapshot({ people: people({ a: 'Ann', b: 'Bob', d: 'Di' }), record, verdict: 'quarantine' });
    const { search } = bucket.replica();
    const preview = PreviewAnswer.parse(await search.previews.of('oak', held, { samples: true }, ANY_AGE));
    expect(preview).toMatchObject({ source: 'sis', snapshot: held, base: { id: current }, log_head: (await writer.log.read()).head });
    expect(preview.datasets.students).toEqual({
      added: 1, removed: 1, changed: 1, unchanged: 1,
      bySchool: [{ school: { sourcedId: 'org-1', name: null }, added: 1, removed: 1, changed: 1 }], byRole: [{ role: 'student', added: 1, removed: 1, changed: 1 }],
      samples: { added: [{ sourcedId: 'd', name: 'Di' }], removed: [{ sourcedId: 'c', name: 'Cy' }], changed: [{ sourcedId: 'b', name: 'Bob', fields: ['familyName'] }] },
    });
    const without = await search.previews.of('oak', held, { samples: false }, ANY_AGE);
    expect(JSON.stringify(without)).not.toMatch(/Bob|"Di"|Cy/);
    expect((await ask(search, 'oak'))[0]?.snapshot?.id).toBe(current);
  });

  test('finds everything new where nothing was published, follows the current one, and ends with the snapshot', async () => {
    const writer = bucket.writer();
    const held = await writer.snapshot({ people: people({ a: 'Ann' }), record, verdict: 'quarantine' });
    const { search, local } = bucket.replica();
    const of = async () => (await search.previews.of('oak', held, { samples: true }, ANY_AGE));
    expect(await of()).toMatchObject({ base: null, datasets: { students: { added: 1, unchanged: 0 } } });
    await writer.log.approve({ snapshot: held, previewed: (await writer.log.read()).head, actor: 'test' });
    await search.logGrew({ district: 'oak', source: 'sis' });
    expect(await of()).toMatchObject({ base: { id: held }, datasets: { students: { added: 0, unchanged: 1 } } });
    await writer.snapshot({ people: people({ a: 'Anna' }), record });
    await writer.log.expire({ snapshot: held, actor: 'test' });
    await search.logGrew({ district: 'oak', source: 'sis' });
    expect(await codeOf(of())).toBe('snapshot_expired');
    await until(async () => !(await readdir(local)).some((file) => file.includes(held)));
    for (const unknown of [await writer.failedRun(), `1-${'0'.repeat(26)}`]) {
      await search.logGrew({ district: 'oak', source: 'sis' });
      expect(await codeOf(search.previews.of('oak', unknown, { samples: true }, ANY_AGE))).toBe('unknown_snapshot');
    }
  });

  test('of a snapshot whose index is damaged says so; a damaged local copy is fetched again', async () => {
    const held = await bucket.writer().snapshot({ people: [], indexBytes: Buffer.from('no index'), verdict: 'quarantine' });
    const { search, local } = bucket.replica();
    expect(await codeOf(search.previews.of('oak', held, { samples: true }, ANY_AGE))).toBe('snapshot_damaged');
    const good = await bucket.writer().snapshot({ people: people({ a: 'Ann' }), record, verdict: 'quarantine' });
    await search.logGrew({ district: 'oak', source: 'sis' });
    await search.previews.of('oak', good, { samples: true }, ANY_AGE);
    const [file] = (await readdir(local)).filter((name) => name.includes(good));
    await rm(join(local, file as string));
    await writeFile(join(local, file as string), 'no index');
    await bucket.writer().snapshot({ people: people({ a: 'Anna' }), record });
    await search.logGrew({ district: 'oak', source: 'sis' });
    expect(await search.previews.of('oak', good, { samples: true }, ANY_AGE)).toMatchObject({ datasets: { students: { changed: 1 } } });
  });
});
