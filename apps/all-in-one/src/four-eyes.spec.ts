import { CreatedKey, DecisionAnswer, DistrictStatus, FINAL_PHASES, PreviewAnswer, Problem, RefreshAnswer, Run } from '@lastgood/contracts';
import { OneProcess, until } from './testing/one-process.js';

describe('a source with approval.fourEyes in one process', () => {
  let lastgood: OneProcess;
  beforeAll(async () => {
    lastgood = await OneProcess.start({ upstream: { people: 200 }, sources: [{ id: 'sis', approval: { fourEyes: true } }] });
  });
  afterAll(() => lastgood.close());

  const newKey = async (name: string): Promise<string> => CreatedKey.parse(await lastgood.json('/admin/keys', { method: 'POST', body: { name, role: 'operator' } })).key;

  async function refresh(key: string): Promise<Run> {
    const { runs } = RefreshAnswer.parse(await lastgood.json('/snapshots/oak/refresh', { method: 'POST', body: {}, key }));
    return until(async () => {
      const run = Run.parse(await lastgood.json(`/runs/${runs[0]?.run.id}`));
      return FINAL_PHASES.includes(run.phase) && run;
    });
  }

  test('lets the key that asked for a held refresh not approve it, in words, and a second key approve it', async () => {
    const [asker, second] = [await newKey('asker'), await newKey('second')];
    expect((await refresh(asker)).phase).toBe('published');
    await lastgood.upstream.control.setQuirks({ kind: 'shrinkTo', percent: 60, collection: 'users' });
    const held = await refresh(asker);
    expect(held.phase).toBe('quarantined');
    const path = `/districts/oak/snapshots/${held.snapshot}`;
    const { log_head: previewed } = PreviewAnswer.parse(await lastgood.json(`${path}/preview`, { key: asker }));
    const current = async (): Promise<string | undefined> => DistrictStatus.parse(await lastgood.json('/snapshots/oak/status')).sources[0]?.current?.id;
    const before = await current();
    const approve = (key: string): Promise<unknown> => lastgood.json(`${path}/approve`, { method: 'POST', body: { previewed }, key });

    expect(Problem.parse(await approve(asker))).toMatchObject({
      status: 409, code: 'four_eyes', retryable: false, detail: 'This key asked for the run itself; another key must approve it (approval.fourEyes of this source).',
    });
    expect(await current()).toBe(before);
    expect(DecisionAnswer.parse(await approve(second))).toMatchObject({ snapshot: held.snapshot, kind: 'approve' });
    await until(async () => (await current()) === held.snapshot);
  }, 120_000);
});
