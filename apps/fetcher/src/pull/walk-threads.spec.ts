import { PullStand } from '../testing/pull-stand.js';

describe('the walk threads of a fetcher', () => {
  const run = (letter: string): string => letter.repeat(26);

  test('are as many as there are pulls at once, and do the next pulls too', async () => {
    await using stand = await PullStand.start();
    const threads = stand.walkThreads(512, 60_000);
    const fetcher = stand.fetcher({ walkThreads: threads, maxPulls: 2 });
    for (const letter of 'abcde') fetcher.request(stand.request(1, run(letter)));
    await fetcher.idle();
    expect(stand.of('refresh.fetched')).toHaveLength(5);
    expect(threads.idle).toBe(2);
    for (const letter of 'abcde') {
      const [outcome] = stand.of('refresh.fetched').filter(({ data }) => data.run === run(letter));
      if (!outcome) throw new Error('a pull told no outcome');
      const users = (await stand.pageLists(outcome)).get('users');
      expect((await stand.records(users)).map(({ sourcedId }) => sourcedId)).toEqual(await stand.upstreamIds('users'));
    }
  });

  test('are not given another pull after one that failed or was stopped', async () => {
    await using stand = await PullStand.start();
    const threads = stand.walkThreads(512, 60_000);
    const fetcher = stand.fetcher({ walkThreads: threads, maxPulls: 1 });
    await stand.simulator.control.setQuirks({ kind: 'htmlBody', collection: 'users' });
    expect((await stand.pull(1, fetcher)).type).toBe('fetch.failed');
    await fetcher.idle();
    expect(threads.idle).toBe(0);

    await stand.simulator.control.setQuirks({ kind: 'hang', collection: 'users' });
    fetcher.request(stand.request(2));
    await stand.until(() => stand.of('collection.fetched').filter(({ data }) => data.epoch === 2).length === 4);
    fetcher.cancel(stand.request(2));
    await fetcher.idle();
    expect(threads.idle).toBe(0);

    await stand.simulator.control.setQuirks();
    fetcher.request(stand.request(1, run('b')));
    await fetcher.idle();
    expect([stand.of('refresh.fetched').map(({ data }) => data.run), threads.idle]).toEqual([[run('b')], 1]);
  });

  test('are not given a pull after they died while they waited for one', async () => {
    await using stand = await PullStand.start();
    const threads = stand.walkThreads(512, 60_000);
    const fetcher = stand.fetcher({ walkThreads: threads });
    const first = await threads.use(new AbortController().signal, async (worker) => worker);
    expect(threads.idle).toBe(1);
    await first.terminate();
    expect((await stand.pull(1, fetcher)).type).toBe('refresh.fetched');
    await fetcher.idle();
    expect(threads.idle).toBe(1);
    expect(await threads.use(new AbortController().signal, async (worker) => worker)).not.toBe(first);
  });

  test('end some time after their last pull, and with their fetcher', async () => {
    await using stand = await PullStand.start();
    const [short, long] = [stand.walkThreads(512, 10), stand.walkThreads(512, 60_000)];
    const fetcher = stand.fetcher({ walkThreads: short });
    await stand.pull(1, fetcher);
    await fetcher.idle();
    for (const limit = Date.now() + 10_000; short.idle > 0; await new Promise(setImmediate)) expect(Date.now()).toBeLessThan(limit);
    const other = stand.fetcher({ walkThreads: long });
    await stand.pull(3, other);
    await other.stop();
    expect(long.idle).toBe(0);
  });
});
