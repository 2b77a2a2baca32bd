import { sampleDistrict } from '../testing/sample-district.js';
import { until, WriterKit } from '../testing/writer-kit.js';

test('a build that lasts longer than a short silence limit is not taken over while it lives, also when the database failed it once', async () => {
  const environment = { WRITER_SILENCE_SECONDS: '3' };
  const kit = await WriterKit.open({ environment });
  const other = await kit.beside({ environment });
  kit.fetcher.plan = { records: sampleDistrict({ students: 3 }), silent: true };
  const run = await kit.ask();
  const request = await until(() => kit.fetcher.requests[0] ?? null);

  const { runs } = kit.writer;
  const change = runs.change.bind(runs);
  const write = kit.store.write.bind(kit.store);
  let looks = 0;
  kit.store.write = async (key, body) => {
    if (looks === 0) {
      let failed = false;
      runs.change = async (fence, how) => {
        runs.change = change;
        failed = true;
        throw new Error(`no answer to ${fence.id} ${Object.keys(how).join()}`);
      };
      await until(() => (failed ? true : null));
    }
    for (; looks < 10; looks += 1) {
      kit.clock.advance(2000);
      await until(async () => ((await runs.get(run))?.alive_at === new Date(kit.clock.now()).toISOString() ? true : null));
      await other.writer.reconciler.look();
    }
    return write(key, body);
  };
  await kit.writer.events.refreshFetched(kit.fetcher.fetched(request, await kit.fetcher.land(request, kit.fetcher.plan)));
  expect(await kit.ended(run)).toMatchObject({ phase: 'published', epochs: 1 });
  expect(looks).toBe(10);
  await other.close();
  await kit.close();
});
