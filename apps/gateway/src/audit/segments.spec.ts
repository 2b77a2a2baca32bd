import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

  test('are followed by a new one before they outgrow the room they took, however much is written at once', async () => {
    const segments = new Segments(folder);
    for (const letter of ['a', 'b', 'c']) await segments.append(`${letter.repeat(1_100_000)}\n`);
    expect((await segments.all()).map(({ durableBytes }) => durableBytes)).toEqual([null, null, 1_100_001]);
    expect(readdirSync(folder).map((name) => statSync(join(folder, name)).size)).toEqual([1_100_001, 1_100_001, 2_000_000]);
    await segments.close();
  });

  const sizes = (): Record<string, number> => Object.fromEntries(readdirSync(folder).sort().map((name) => [name, statSync(join(folder, name)).size]));

  test('begin with room that was kept for them, one at a time, and give it back to the reserve once they are shipped', async () => {
    const segments = new Segments(folder, 2);
    for (let times = 0; times < 3; times += 1) await segments.reserve.grow();
    expect(sizes()).toEqual({ 'spare-0001.room': 2_000_000, 'spare-0002.room': 2_000_000 });
    expect(segments.reserve.trouble()).toBeNull();
    await segments.append('first\n');
    expect(sizes()).toEqual({ '000000000001.jsonl': 2_000_000, 'spare-0001.room': 2_000_000 });
    await segments.close();
    const [shipped] = await segments.all();
    if (shipped) await segments.drop(shipped);
    expect(sizes()).toEqual({ 'spare-0001.room': 2_000_000, 'spare-0003.room': 2_000_000 });
    expect(readFileSync(join(folder, 'spare-0003.room')).every((byte) => byte === 0)).toBe(true);
    for (const text of ['second\n', `${'third'.repeat(400_000)}\n`, 'fourth\n']) await segments.append(text);
    expect((await segments.all()).map(({ durableBytes }) => durableBytes)).toEqual([null, null, 7]);
    await segments.close();
  });

  test('find the room that an earlier process kept, and throw away what it had not finished', async () => {
    const earlier = new Segments(folder, 2);
    for (let times = 0; times < 2; times += 1) await earlier.reserve.grow();
    writeFileSync(join(folder, 'spare-0007.half'), 'half');
    const segments = new Segments(folder, 2);
    await Promise.all([segments.reserve.grow(), segments.append('first\n')]);
    await segments.reserve.grow();
    expect(sizes()).toEqual({ '000000000001.jsonl': 2_000_000, 'spare-0001.room': 2_000_000, 'spare-0003.room': 2_000_000 });
    await segments.close();
  });

  test('begin without room that was kept for them when somebody deleted it, and with what is left of it else', async () => {
    const segments = new Segments(folder, 2);
    for (let times = 0; times < 2; times += 1) await segments.reserve.grow();
    rmSync(join(folder, 'spare-0002.room'));
    await segments.append('first\n');
    expect([sizes(), segments.reserve.spares]).toEqual([{ '000000000001.jsonl': 2_000_000 }, 0]);
    await segments.append(`${'a'.repeat(2_000_000)}\n`);
    expect((await segments.all()).map(({ path }) => path.slice(-18))).toEqual(['000000000001.jsonl', '000000000002.jsonl']);
    await segments.close();
  });

  test('are written also when something unfinished cannot be deleted, and room gets another name', async () => {
    mkdirSync(join(folder, 'spare-0001.half'));
    const segments = new Segments(folder, 1);
    await segments.append('first\n');
    await segments.reserve.grow();
    await segments.reserve.grow();
    expect([readdirSync(folder).sort(), segments.reserve.spares]).toEqual([['000000000001.jsonl', 'spare-0001.half', 'spare-0002.room'], 1]);
    await segments.close();
  });

  test('never get room of one name twice, also when the numbers begin anew', async () => {
    for (const name of ['spare-0001.room', 'spare-0003.room', 'spare-9999.room']) writeFileSync(join(folder, name), '');
    const segments = new Segments(folder, 5);
    for (let times = 0; times < 2; times += 1) await segments.reserve.grow();
    expect([sizes(), segments.reserve.spares]).toEqual([{ 'spare-0001.room': 0, 'spare-0002.room': 2_000_000, 'spare-0003.room': 0, 'spare-0004.room': 2_000_000, 'spare-9999.room': 0 }, 5]);
    await segments.close();
  });

  test('keep no room for themselves that others may need: as much as the whole reserve stays free', async () => {
    const segments = new Segments(folder, 1_000_000_000);
    await segments.reserve.grow();
    expect([sizes(), segments.reserve.trouble()]).toEqual([{}, expect.stringContaining('no room left for the reserve of the audit trail: once the disk is full, entries of about 0 more requests fit')]);
    await segments.append('first\n');
    expect(segments.refuses).toBe(false);
    await segments.close();
  });

  test('say nothing of missing room any more once one that was shipped fills it', async () => {
    mkdirSync(join(folder, 'spare-0001.half'));
    const segments = new Segments(folder, 1);
    await segments.append(`${'a'.repeat(2_100_000)}\n`);
    await segments.reserve.grow();
    expect(segments.reserve.trouble()).toContain('no room left');
    for (const segment of await segments.all()) await segments.drop(segment);
    expect([segments.reserve.spares, segments.reserve.trouble()]).toEqual([1, null]);
    await segments.close();
  });

  test('that nobody can write are told, until there is room', async () => {
    const segments = new Segments(join(folder, 'not there'), 1);
    await expect(segments.append('first\n')).rejects.toThrow();
    expect(segments.refuses).toBe(true);
    const others = new Segments(folder, 1);
    await others.append('first\n');
    expect(others.refuses).toBe(false);
    await others.close();
  });
});
