import { ObjectStoreError } from '@lastgood/object-store';
import { PullStand } from '../testing/pull-stand.js';

describe('the pulls of a fetcher', () => {
  test('a request that comes again is ignored while its epoch is pulled and afterwards, here and by another fetcher', async () => {
    await using stand = await PullStand.start();
    const [one, two] = [stand.fetcher(), stand.fetcher()];
    one.request(stand.request());
    one.request(stand.request());
    await stand.outcome();
    await one.idle();
    await stand.simulator.control.clearRequests();
    two.request(stand.request());
    one.request(stand.request());
    await Promise.all([one.idle(), two.idle()]);
    expect((await stand.simulator.control.requests()).total).toBe(0);
    expect(stand.of('refresh.fetched')).toHaveLength(1);
    expect(stand.of('fetch.failed')).toHaveLength(0);
    expect(stand.of('collection.fetched')).toHaveLength(6);
  });

  test('a newer epoch ends the older pull, which then tells nothing', async () => {
    await using stand = await PullStand.start({ limits: { callTimeoutMs: 1000 } });
    await stand.simulator.control.setQuirks({ kind: 'hang', collection: 'users', times: 1 });
    const fetcher = stand.fetcher();
    fetcher.request(stand.request(1));
    await stand.until(() => stand.of('collection.fetched').length === 4);
    fetcher.request(stand.request(2));
    fetcher.request(stand.request(1));
    expect((await stand.outcome(2)).type).toBe('refresh.fetched');
    await fetcher.idle();
    expect([...stand.of('refresh.fetched'), ...stand.of('fetch.failed')].map(({ data }) => data.epoch)).toEqual([2]);
  });

  test('a cancelled run stops, and a request for it that comes late is ignored', async () => {
    await using stand = await PullStand.start();
    await stand.simulator.control.setQuirks({ kind: 'hang', collection: 'users' });
    const fetcher = stand.fetcher();
    const { district, source, run, epoch } = stand.request(1);
    fetcher.request(stand.request(1));
    await stand.until(() => stand.of('collection.fetched').length === 4);
    fetcher.cancel({ district, source, run, epoch });
    await fetcher.idle();
    fetcher.request(stand.request(1));
    await fetcher.idle();
    expect([...stand.of('refresh.fetched'), ...stand.of('fetch.failed')]).toEqual([]);
  });

  test('a pull that hangs gives signs of life', async () => {
    await using stand = await PullStand.start();
    await stand.simulator.control.setQuirks({ kind: 'hang', collection: 'users' });
    const fetcher = stand.fetcher();
    fetcher.request(stand.request(1));
    await stand.until(() => stand.of('fetch.progress').filter(({ data }) => data.collection === 'users').length >= 4);
    await fetcher.stop();
    expect(stand.of('fetch.failed')).toEqual([]);
  });

  test('pulls beyond the limit wait with signs of life', async () => {
    await using stand = await PullStand.start({ limits: { callTimeoutMs: 1000 } });
    await stand.simulator.control.setQuirks({ kind: 'hang', collection: 'orgs', times: 1 });
    const fetcher = stand.fetcher({ maxPulls: 1, maxWaiting: 1 });
    fetcher.request(stand.request(1));
    const second = { ...stand.request(7), run: 'b'.repeat(26) };
    fetcher.request(second);
    await stand.until(() => stand.of('fetch.progress').filter(({ data }) => data.run === second.run).length >= 3);
    expect(() => fetcher.request({ ...stand.request(9), run: 'c'.repeat(26) })).toThrow('Too many pulls are waiting');
    fetcher.cancel(stand.request(1));
    expect((await stand.outcome(7)).type).toBe('refresh.fetched');
  });

  test.each([['fetch.page-landed', 1], ['fetch.page-landed', 9], ['fetch.page-landed', 14], ['fetch.page-list-written', 5], ['fetch.collection-announced', 5], ['fetch.before-refresh-fetched', 1]] as const)('after a death at %s (%d) a later epoch adopts the good pages', async (place, nth) => {
    await using stand = await PullStand.start();
    const dying = stand.fetcherThatDiesAt(place, nth);
    dying.request(stand.request(1));
    await dying.idle();
    expect([...stand.of('refresh.fetched'), ...stand.of('fetch.failed')]).toEqual([]);
    await stand.simulator.control.clearRequests();

    const lists = await stand.pageLists(await stand.pull(4));
    for (const [collection, list] of lists) expect((await stand.records(list)).map(({ sourcedId }) => sourcedId)).toEqual(await stand.upstreamIds(collection));
    const adopted = [...lists.values()].reduce((sum, list) => sum + list.adopted, 0);
    expect(adopted).toBeGreaterThan(0);
    const landedBefore = [...lists.values()].flatMap(({ pages }) => pages).filter(({ key }) => key.includes('/1/')).length;
    expect(landedBefore).toBe(adopted);
  });

  test('a second death in a row loses no adopted page', async () => {
    await using stand = await PullStand.start();
    for (const [epoch, nth] of [[1, 8], [3, 3]] as const) {
      const dying = stand.fetcherThatDiesAt('fetch.page-landed', nth);
      dying.request(stand.request(epoch));
      await dying.idle();
    }
    const lists = await stand.pageLists(await stand.pull(6));
    const users = lists.get('users');
    expect((await stand.records(users)).map(({ sourcedId }) => sourcedId)).toEqual(await stand.upstreamIds('users'));
    expect(users?.pages.some(({ key }) => key.includes('/1/'))).toBe(true);
    expect(users?.pages.some(({ key }) => key.includes('/3/'))).toBe(true);
  });

  test('pages of an upstream that moved on are not adopted', async () => {
    await using stand = await PullStand.start();
    const dying = stand.fetcherThatDiesAt('fetch.page-landed', 12);
    dying.request(stand.request(1));
    await dying.idle();
    await stand.simulator.control.setQuirks({ kind: 'movingRows', collection: 'users', delete: 3, before: 1, times: 1 });
    const lists = await stand.pageLists(await stand.pull(2));
    expect((await stand.records(lists.get('users'))).map(({ sourcedId }) => sourcedId)).toEqual(await stand.upstreamIds('users'));
    expect(lists.get('users')?.adopted).toBe(0);
  });

  test('a damaged page of an earlier epoch ends the adoption there', async () => {
    await using stand = await PullStand.start();
    const dying = stand.fetcherThatDiesAt('fetch.page-list-written', 5);
    dying.request(stand.request(1));
    await dying.idle();
    const keys: string[] = [];
    for await (const { key } of stand.store.list('staging/oakwood/sis/')) if (key.includes('/users/0')) keys.push(key);
    const damaged = keys[3] ?? '';
    const bytes = await stand.store.read(damaged);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await stand.store.delete(damaged);
    await stand.store.create(damaged, bytes);
    const lists = await stand.pageLists(await stand.pull(2));
    expect(lists.get('users')?.adopted).toBe(3);
    expect((await stand.records(lists.get('users'))).map(({ sourcedId }) => sourcedId)).toEqual(await stand.upstreamIds('users'));
  });

  test.each([['denied', 'staging_denied'], ['full', 'staging_full'], ['unavailable', 'staging_unavailable']] as const)('a store that is %s fails the pull as %s, whatever it was asked for', async (kind, code) => {
    for (const operation of ['create', 'list'] as const) {
      await using stand = await PullStand.start();
      const refuse = (): never => {
        throw new ObjectStoreError(kind, 'no');
      };
      Object.assign(stand.store, { [operation]: operation === 'list' ? refuse : async () => refuse() });
      expect(await stand.failure()).toMatchObject({ code, message: expect.stringContaining('object store') as string });
    }
  });

  test('what a pull logs is told too, to be kept with its run, each line once and in order', async () => {
    await using stand = await PullStand.start();
    await stand.simulator.control.setQuirks({ kind: 'status', status: 503, collection: 'users', times: 1 });
    await stand.pull(3);
    const lines = () => stand.of('fetch.logged').flatMap(({ data }) => data.lines);
    await stand.until(() => lines().some(({ message }) => message === 'the pull is complete'));
    expect(lines().map(({ number }) => number)).toEqual(lines().map((_, index) => index));
    expect(lines()[0]).toMatchObject({ level: 'info', message: 'the pull begins', fields: { kind: 'oneroster-1.1' } });
    expect(lines().filter(({ message }) => message === 'a collection is fetched').map(({ fields }) => fields.collection)).toEqual(['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments']);
    expect(lines().filter(({ level }) => level === 'warn')).toMatchObject([{ message: 'a call is tried again', fields: { host: expect.stringMatching(/^127\.0\.0\.1/), collection: 'users', epoch: 3 } }]);
    expect(stand.of('fetch.logged').every(({ data }) => data.run === stand.request().run && data.epoch === 3)).toBe(true);
  });

  test('a fetcher that stops tells the last lines of its pulls first', async () => {
    await using stand = await PullStand.start();
    const told: string[] = [];
    const publish = stand.bus.publish.bind(stand.bus);
    stand.bus.publish = (type, data) => {
      if ('lines' in data) told.push(...data.lines.map(({ message }) => message));
      return publish(type, data);
    };
    const fetcher = stand.fetcher();
    await stand.pull(1, fetcher);
    await fetcher.idle();
    await fetcher.stop();
    expect(told.at(-1)).toBe('the pull is complete');
  });

  test('a pull ends as ever while nobody takes its log lines', async () => {
    await using stand = await PullStand.start();
    const publish = stand.bus.publish.bind(stand.bus);
    stand.bus.publish = (type, data) => (type === 'fetch.logged' ? Promise.reject(new Error('away')) : publish(type, data));
    expect((await stand.pull()).type).toBe('refresh.fetched');
  });
});
