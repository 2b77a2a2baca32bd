import type { Collection, PageListReference } from '@lastgood/contracts';
import { sampleDistrict } from '../testing/sample-district.js';
import { districtsWith, until, WriterKit } from '../testing/writer-kit.js';
import type { IngestAsk } from './ingest-worker.js';
import { InlineThread } from './build-thread.js';

/** From so many rows on a collection is read while others are fetched; events may say so of fewer. */
const LARGE = 5000;
const unordered = sampleDistrict({ students: 20 });
/** As most upstreams send them: only records that come in order of sourcedId go into the index while they are read. */
const ordered = Object.fromEntries(Object.entries(unordered).map(([collection, records]) => [collection, records.toSorted((a, b) => (String(a.sourcedId) < String(b.sourcedId) ? -1 : 1))]));

interface Told {
  collection: Collection;
  large: boolean;
}

/** Builds a run of which collections are told one after the other as fetched, each read before the next; gives what was read in which order until the fetch ended, and the index. */
async function buildTold(told: readonly Told[], records = ordered): Promise<{ early: Collection[]; index: Buffer | undefined }> {
  const finished: Collection[] = [];
  const kit = await WriterKit.open({
    districts: districtsWith({ schedule: 'off' }),
    openThread: (role) => {
      const thread = new InlineThread(role);
      return {
        terminate: () => thread.terminate(),
        ask: async (ask) => {
          const answer = await thread.ask<never>(ask);
          if ((ask as IngestAsk).do === 'finish' && role.role === 'ingest') finished.push((ask as { collection: Collection }).collection);
          return answer;
        },
      };
    },
  });
  kit.fetcher.plan = { records, silent: true };
  const run = await kit.ask();
  const request = await until(() => kit.fetcher.requests[0] ?? null);
  const pageLists = await kit.fetcher.land(request, kit.fetcher.plan);
  for (const { collection, large } of told) {
    const pageList = pageLists.find((list) => list.collection === collection) as PageListReference;
    await kit.writer.events.collectionFetched({ ...kit.place, run, epoch: request.epoch, pageList: { ...pageList, ...(large && { rows: LARGE }) } });
    if (large) await until(() => (finished.includes(collection) ? true : null));
  }
  const early = [...finished];
  await kit.writer.events.refreshFetched(kit.fetcher.fetched(request, pageLists));
  expect((await kit.ended(run)).phase).toBe('published');
  const files = await kit.files((await kit.logState()).current?.folder ?? '');
  await kit.close();
  return { early, index: files.get('index.sqlite') };
}

test('small collections wait for the first large one of their run and are read before it', async () => {
  const { early } = await buildTold([{ collection: 'orgs', large: false }, { collection: 'classes', large: false }, { collection: 'users', large: true }, { collection: 'enrollments', large: true }]);
  expect(early).toEqual(['orgs', 'classes', 'users', 'enrollments']);
});

test('the index is the same in whatever order collections are read, and records come', async () => {
  const { index: late } = await buildTold([], unordered);
  expect(late).toBeDefined();
  const orders: Collection[][] = [['classes', 'users', 'enrollments'], ['users', 'enrollments', 'classes'], ['enrollments', 'classes', 'users'], ['users', 'classes', 'enrollments']];
  for (const order of orders) {
    const { early, index } = await buildTold(order.map((collection) => ({ collection, large: true })));
    expect(early).toEqual(order);
    expect(index?.equals(late as Buffer)).toBe(true);
  }
});
