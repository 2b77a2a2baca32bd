import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Segments } from './segments.js';

describe('segments of the audit trail', () => {
  let folder = '';
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lastgood-segments-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  test('take their room before the first line, so that a disk which gets full stops none of them, and give back what they did not need', async () => {
    const segments = new Segments(folder);
    await segments.append('first\n');
    const [segment] = await segments.all();
    expect(statSync(segment?.path ?? '').size).toBe(2_000_000);
    await segments.append('second\n');
    expect(segment?.durableBytes).toBe(13);
    expect(readFileSync(segment?.path ?? '').subarray(0, 14).toString()).toBe('first\nsecond\n\0');
    await segments.close();
    expect(readFileSync(segment?.path ?? '', 'utf8')).toBe('first\nsecond\n');
    const later = new Segments(folder);
    await later.append('third\n');
    expect((await later.all()).map(({ path }) => path.slice(-18))).toEqual(['000000000001.jsonl', '000000000002.jsonl']);
    await later.close();
  });

  test('of a process that was killed keep the room they took, and all of their lines are there', async () => {
    const killed = new Segments(folder);
    await killed.append('{"number":1}\n{"number":2}\n');
    const [segment] = await new Segments(folder).all();
    expect(segment?.durableBytes).toBeNull();
    const text = readFileSync(segment?.path ?? '', 'utf8');
    expect(text.slice(0, text.lastIndexOf('\n') + 1)).toBe('{"number":1}\n{"number":2}\n');
    await killed.close();
  });

  test('are followed by a new one when they are full', async () => {
    const segments = new Segments(folder);
    await segments.append(`${'a'.repeat(2_100_000)}\n`);
    await segments.append('b\n');
    const [full, live] = await segments.all();
    expect([statSync(full?.path ?? '').size, full?.durableBytes, live?.durableBytes]).toEqual([2_100_001, null, 2]);
    await segments.close();
  });
});
