import { PullStand } from '../testing/pull-stand.js';

describe('a pull', () => {
  test('lands every row of every collection, told by events as it goes', async () => {
    await using stand = await PullStand.start({ demographics: 'optional' });
    const outcome = await stand.pull();
    const lists = await stand.pageLists(outcome);
    expect([...lists.keys()]).toEqual(['orgs', 'academicSessions', 'courses', 'classes', 'users', 'enrollments', 'demographics']);
    for (const [collection, list] of lists) {
      const records = await stand.records(list);
      expect(records.map(({ sourcedId }) => sourcedId)).toEqual(await stand.upstreamIds(collection));
      expect(list).toMatchObject({ rows: records.length, restarts: 0, adopted: 0, missing: null });
    }
    expect(JSON.stringify(await stand.records(lists.get('users')))).not.toContain('password');
    expect(stand.of('collection.fetched').map(({ data }) => data.pageList.collection)).toEqual([...lists.keys()]);
    expect(stand.of('fetch.progress').length).toBeGreaterThan(0);
    expect(outcome.data).toMatchObject({ run: 'a'.repeat(26), epoch: 1, stats: { records: [...lists.values()].reduce((sum, { rows }) => sum + rows, 0), retries: 0 } });
  });

  test('every log line carries run, district, source and epoch, and none a personal value', async () => {
    await using stand = await PullStand.start();
    const users = await stand.records((await stand.pageLists(await stand.pull())).get('users'));
    for (const line of stand.log.lines) expect(line).toMatchObject({ run: 'a'.repeat(26), district: 'oakwood', source: 'sis', epoch: 1 });
    const told = JSON.stringify([stand.log.lines, stand.events, await stand.metrics.registry.metrics()]);
    for (const { email, username } of users.slice(0, 50)) for (const value of [email, username]) if (typeof value === 'string' && value.length > 3) expect(told).not.toContain(value);
  });

  test('demographics refused by scope are missing, honestly; required ones fail the pull', async () => {
    await using stand = await PullStand.start({ demographics: 'optional' });
    await stand.simulator.control.setQuirks({ kind: 'demographics403', collection: 'demographics' });
    const lists = await stand.pageLists(await stand.pull());
    expect(lists.get('demographics')).toMatchObject({ rows: 0, pages: [], missing: { code: 'upstream_forbidden' } });
    stand.source = { ...stand.source, demographics: 'required' };
    expect(await stand.failure(2)).toMatchObject({ code: 'upstream_forbidden', collection: 'demographics', offset: 0, httpStatus: 403, retryable: false });
  });

  test('a clamped page size is learned, and what is landed does not depend on it', async () => {
    await using stand = await PullStand.start();
    const whole = await stand.records((await stand.pageLists(await stand.pull(1))).get('users'));
    await stand.simulator.control.setQuirks({ kind: 'clampLimit', limit: 37 }, { kind: 'totals', mode: 'absent' });
    const clamped = await stand.records((await stand.pageLists(await stand.pull(2))).get('users'));
    expect(clamped).toEqual(whole);
  });

  test('pages that are too heavy for the upstream are asked for in halves', async () => {
    await using stand = await PullStand.start({ limits: { pageSize: 2000 } });
    await stand.simulator.control.setQuirks({ kind: 'heavyPage502', above: 300 });
    const lists = await stand.pageLists(await stand.pull());
    await stand.simulator.control.setQuirks();
    expect((await stand.records(lists.get('users'))).map(({ sourcedId }) => sourcedId)).toEqual(await stand.upstreamIds('users'));
  });

  test('an upstream that changes while it is read is read anew', async () => {
    await using stand = await PullStand.start({ limits: { concurrency: 1 } });
    await stand.simulator.control.setQuirks({ kind: 'movingRows', collection: 'users', delete: 1, before: 1, after: 3, times: 1 });
    const lists = await stand.pageLists(await stand.pull());
    expect(lists.get('users')?.restarts).toBe(1);
    expect((await stand.records(lists.get('users'))).map(({ sourcedId }) => sourcedId)).toEqual(await stand.upstreamIds('users'));
  });

  test('a 429 with Retry-After is waited for', async () => {
    await using stand = await PullStand.start();
    await stand.simulator.control.setQuirks({ kind: 'rateLimit429', collection: 'users', times: 1, retryAfterSeconds: 1 });
    const outcome = await stand.pull();
    expect(outcome.data).toMatchObject({ stats: { retries: 1 } });
  });

  test('the time of a run ends a pull that takes longer', async () => {
    await using stand = await PullStand.start({ limits: { runTimeoutMs: 1000 } });
    await stand.simulator.control.setQuirks({ kind: 'latency', ms: 400 });
    expect(await stand.failure()).toMatchObject({ code: 'run_time_limit', retryable: true });
  });
});
