import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { PullStand } from '../testing/pull-stand.js';

const MB = 1024 * 1024;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that are in use by this thread, Buffers included. */
function inUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The most memory that a pull of so many people needed on top of what there was before, bytes, and the rows that it landed. */
async function pullOf(people: number): Promise<{ most: number; rows: number }> {
  await using stand = await PullStand.start({ limits: { pageSize: 1000, concurrency: 2 } }, { people });
  // The simulator in this process plans its district at the first call.
  await stand.upstreamIds('orgs');
  const before = inUse();
  let most = 0;
  let told = 0;
  const outcome = stand.pull(1, stand.fetcher({ walkThreads: stand.walkThreads(32), progress: { heartbeatMs: 2000, shortestMs: 600 } }));
  void stand.until(() => {
    if (stand.of('fetch.progress').length > told) {
      told = stand.of('fetch.progress').length;
      most = Math.max(most, inUse() - before);
    }
    return stand.of('refresh.fetched').length > 0;
  });
  const lists = await stand.pageLists(await outcome);
  return { most, rows: [...lists.values()].reduce((sum, { rows }) => sum + rows, 0) };
}

test('a pull needs no more memory for a district six times as large, in its own thread and in the one that parses', async () => {
  const small = await pullOf(4_000);
  const large = await pullOf(24_000);
  expect(large.rows).toBeGreaterThan(5 * small.rows);
  process.stdout.write(`${small.rows} rows: ${Math.round(small.most / MB)} MB, ${large.rows} rows: ${Math.round(large.most / MB)} MB\n`);
  // Less than a third of what the rows themselves would take; how much is in use at a look differs by some megabytes.
  expect(large.most).toBeLessThan(small.most + 8 * MB);
});
