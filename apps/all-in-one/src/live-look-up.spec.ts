import { AuditAnswer, DistrictStatus, LivePeopleAnswer, LivePersonAnswer, Problem, RunsAnswer, StudentsAnswer } from '@lastgood/contracts';
import { OneProcess, until } from './testing/one-process.js';

const LIVE = '/districts/oak/sources/sis/live';

describe('a live look-up in one process', () => {
  let lastgood: OneProcess;
  beforeAll(async () => {
    lastgood = await OneProcess.start({ upstream: { people: 200 }, sources: [{ id: 'sis', liveLookUp: true }] });
  });
  afterAll(() => lastgood.close());

  const status = async () => DistrictStatus.parse(await lastgood.json('/snapshots/oak/status')).sources[0];

  test('is answered from the upstream and audited, and begins no run', async () => {
    expect(Problem.parse(await lastgood.json('/districts/oak/students?q=an')).code).toBe('no_snapshot_yet');
    const found = LivePeopleAnswer.parse(await lastgood.json(`${LIVE}/students?q=an`));
    const [first] = found.items;
    expect(first).toBeDefined();
    const one = LivePersonAnswer.parse(await lastgood.json(`${LIVE}/students/${encodeURIComponent(first?.sourcedId ?? '')}`));
    expect([one.item.sourcedId, one.item.familyName, one.item.record?.['sourcedId']]).toEqual([first?.sourcedId, first?.familyName, first?.sourcedId]);
    expect((await lastgood.upstream.control.requests()).endpoints).toMatchObject({ '1.1 students': { count: 1 }, '1.1 users': { count: 1 } });
    expect(RunsAnswer.parse(await lastgood.json('/runs?district=oak')).items).toEqual([]);
    expect(await status()).toMatchObject({ current: null, latest: null, logNumber: 0, liveLookUp: true, runs: { activeRun: null, lastRun: null } });
    const entry = await until(async () => AuditAnswer.parse(await lastgood.json('/audit?limit=200')).items.find(({ action }) => action === 'livelookup_students'));
    expect(entry).toMatchObject({ district: 'oak', source: 'sis', snapshot: null, query: 'live, 1 word', count: found.items.length, outcome: 'allowed', status: 200 });
  });

  test('is over with the first snapshot, and the upstream is asked no more', async () => {
    expect((await lastgood.ask('/snapshots/oak/refresh', { method: 'POST' })).status).toBe(202);
    await until(async () => (await status())?.current !== null);
    const { total } = await lastgood.upstream.control.requests();
    expect(Problem.parse(await lastgood.json(`${LIVE}/students?q=an`))).toMatchObject({ status: 409, code: 'snapshot_published' });
    expect(StudentsAnswer.parse(await lastgood.json('/districts/oak/students?q=an')).sources[0]?.items.length).toBeGreaterThan(0);
    expect((await lastgood.upstream.control.requests()).total).toBe(total);
  });
});
