import { setTimeout as delay } from 'node:timers/promises';
import { getHeapStatistics } from 'node:v8';
import { giveBackWhenIdle } from './give-back.js';

const MEGABYTE = 1024 * 1024;

test('what is no longer used is given back once nothing is to be done', async () => {
  const looking = giveBackWhenIdle(50);
  try {
    let used: object[] | null = Array.from({ length: 2_000_000 }, (_, index) => ({ index }));
    const full = getHeapStatistics().total_heap_size;
    expect(used).toHaveLength(2_000_000);
    used = null;
    while (getHeapStatistics().total_heap_size > full - 32 * MEGABYTE) await delay(100);
  } finally {
    looking.stop();
  }
}, 60_000);
