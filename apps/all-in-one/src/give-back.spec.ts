import { setTimeout as delay } from 'node:timers/promises';
import { giveBackWhenIdle, oldBytes, Thrift } from './give-back.js';

const MEGABYTE = 1024 * 1024;

test('what is no longer used is given back once nothing is to be done', async () => {
  const looking = giveBackWhenIdle(50);
  try {
    let used: object[] | null = Array.from({ length: 2_000_000 }, (_, index) => ({ index }));
    const full = oldBytes();
    expect(used).toHaveLength(2_000_000);
    used = null;
    while (oldBytes() > full - 32 * MEGABYTE) await delay(100);
  } finally {
    looking.stop();
  }
}, 60_000);

describe('a heap is worth collecting', () => {
  const looks = (thrift: Thrift, busy: readonly number[], bytes: number): boolean[] => busy.map((part) => thrift.isWorthIt(part, bytes));

  test('when nothing was to be done for five looks, not while a little is', () => {
    expect(looks(new Thrift(50 * MEGABYTE), [0.9, 0, 0, 0.01, 0, 0], 80 * MEGABYTE)).toEqual([false, false, false, false, false, true]);
    expect(looks(new Thrift(50 * MEGABYTE), Array<number>(50).fill(0.03), 800 * MEGABYTE)).not.toContain(true);
  });

  test('when it has grown, since the start or the last time', () => {
    const thrift = new Thrift(50 * MEGABYTE);
    expect(looks(thrift, Array<number>(50).fill(0), 65 * MEGABYTE)).not.toContain(true);
    expect(thrift.isWorthIt(0, 66 * MEGABYTE)).toBe(true);
    thrift.collected(60 * MEGABYTE);
    expect(looks(thrift, [0, 0, 0, 0], 90 * MEGABYTE)).not.toContain(true);
    expect([thrift.isWorthIt(0, 75 * MEGABYTE), thrift.isWorthIt(0, 76 * MEGABYTE)]).toEqual([false, true]);
  });

  test('three times in three minutes at most, however fast light traffic fills it', () => {
    const thrift = new Thrift(50 * MEGABYTE);
    const collected: number[] = [];
    for (let seconds = 0; seconds < 600; seconds += 0.4) {
      if (!thrift.isWorthIt(0.01, 90 * MEGABYTE)) continue;
      thrift.collected(50 * MEGABYTE);
      collected.push(Math.round(seconds));
    }
    expect(collected).toEqual([2, 4, 6, 182, 184, 186, 362, 364, 366, 542, 544, 546]);
  });
});
