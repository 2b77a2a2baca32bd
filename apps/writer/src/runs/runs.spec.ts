import fc from 'fast-check';
import { districtsWith, WriterKit } from '../testing/writer-kit.js';
import { IdMaker } from './new-id.js';
import { runsSuite } from './runs-suite.js';

runsSuite('an SQLite file');

test('ids are ULIDs in lower case that ascend, also within one millisecond', () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 50 }), (steps) => {
    let now = 1_700_000_000_000;
    const ids = new IdMaker({ now: () => now }, (size) => new Uint8Array(size).fill(255));
    const made = steps.map((step) => {
      now += step;
      return ids.next();
    });
    for (const id of made) expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
  }));
});

const request = { district: 'north', source: 'sis', asker: { actor: 'key-2', via: 'cli' as const } };

test('an unknown district or source is refused', async () => {
  const kit = await WriterKit.open({ districts: districtsWith() });
  await expect(kit.writer.requests.request({ ...request, district: 'south' })).rejects.toMatchObject({ code: 'unknown_district' });
  await expect(kit.writer.requests.request({ ...request, source: 'other' })).rejects.toMatchObject({ code: 'unknown_source' });
  await kit.close();
});
