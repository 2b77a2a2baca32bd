import { Collection, type CollectionProgress, type EventData } from '@lastgood/contracts';
import type { DatabaseMediumUnderTest } from '@lastgood/database/suite';
import fc from 'fast-check';
import { WriterKit } from '../testing/writer-kit.js';
import { runOf } from './run-row.js';

/** One pull as a fetcher tells it: collections one after the other, each growing, some read anew. */
export const pullHistories = fc.array(fc.record({ pages: fc.integer({ min: 1, max: 3 }), anew: fc.boolean(), total: fc.option(fc.nat(500)) }), { minLength: 1, maxLength: 4 }).map((collections) => {
  const now: CollectionProgress[] = collections.map((_, index) => ({
    collection: Collection.options[index] ?? 'orgs', state: 'waiting', pages: 0, records: 0, toldTotal: null, duplicates: 0, calls: 0, retries: 0, restarts: 0, evidence: null,
  }));
  const history = [structuredClone(now)];
  const tell = (index: number, change: Partial<CollectionProgress>): void => {
    Object.assign(now[index] ?? {}, change);
    history.push(structuredClone(now));
  };
  collections.forEach(({ pages, anew, total }, index) => {
    tell(index, { state: 'fetching' });
    for (let round = 0; round <= Number(anew); round += 1) {
      if (round > 0) tell(index, { restarts: round, pages: 0, records: 0 });
      for (let page = 1; page <= pages; page += 1) tell(index, { pages: page, records: page * 10, calls: round * pages + page });
    }
    tell(index, { state: 'fetched', records: pages * 10, toldTotal: total, evidence: 'total' });
  });
  return history;
});

/** What the messages of a pull leave in the database, on any of them. Call it in a spec file with how to open an empty one. */
export function toldProgressSuite(name: string, medium?: () => Promise<DatabaseMediumUnderTest>): void {
  test(`P17 every catalogue adapter passes the same suite: on ${name} what a pull tells stands in the run as a whole, in whatever order, twice, and at the same time it comes`, async () => {
    const kit = await WriterKit.open({ medium });
    kit.fetcher.plan = { records: {}, silent: true };
    kit.writer.builds.runFetched = () => undefined;
    await fc.assert(fc.asyncProperty(pullHistories, fc.infiniteStream(fc.nat(7)), async (history, random) => {
      const run = await kit.ask();
      const epoch = (await kit.writer.runs.get(run))?.epoch ?? 0;
      const place = { ...kit.place, run, epoch };
      const last = history.at(-1) ?? [];
      const fetched: EventData<'refresh.fetched'> = {
        ...place, stats: { calls: 9, records: 1, retries: 1, durationMs: 5 },
        pageLists: last.map(({ collection, records }) => ({ collection, key: 'k', sha256: '0'.repeat(64), size: 1, rows: records })),
      };
      const { events } = kit.writer;
      const messages = [() => events.refreshFetched(fetched), ...history.map((collections) => () => events.progress({ ...place, collection: null, collections }))];
      const late: (() => Promise<void>)[] = [];
      await Promise.all([...messages, ...messages.slice(0, 3)].map((handle) => ({ handle, after: random.next().value ?? 0 })).sort((a, b) => a.after - b.after).map(async ({ handle, after }) => {
        if (after === 7) late.push(handle);
        else for (let turn = 0; turn < after; turn += 1) await new Promise(setImmediate);
        if (after < 7) await handle();
      }));
      for (const handle of late) await handle();
      const row = await kit.writer.runs.get(run);
      if (row === undefined) throw new Error('no run');
      const { phase, progress } = runOf(row, kit.clock.now());
      expect({ phase, collections: progress.collections }).toEqual({ phase: 'building', collections: last });
      await kit.writer.cancel(run, { asker: { actor: 'key-1', via: 'http' } });
    }), { numRuns: 100 });
    await kit.close();
  }, 120_000);
  test(`P17 every catalogue adapter passes the same suite: on ${name} a collection that is fetched while progress moves its run on is handed to the build, and the run begins to fetch once`, async () => {
    const kit = await WriterKit.open({ medium });
    kit.fetcher.plan = { records: {}, silent: true };
    const handed: string[] = [];
    kit.writer.builds.collectionFetched = ({ run }) => void handed.push(run);
    const { events } = kit.writer;
    for (let apart = -20; apart <= 20; apart += 1) {
      const run = await kit.ask();
      const place = { ...kit.place, run, epoch: (await kit.writer.runs.get(run))?.epoch ?? 0 };
      const after = async (turns: number): Promise<void> => {
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      };
      await Promise.all([
        after(-apart).then(() => events.progress({ ...place, collection: null, collections: [] })),
        after(apart).then(() => events.collectionFetched({ ...place, pageList: { collection: 'orgs', key: 'k', sha256: '0'.repeat(64), size: 1, rows: 1 } })),
      ]);
      expect((await kit.writer.runs.get(run))?.phase).toBe('fetching');
      expect([apart, handed.splice(0)]).toEqual([apart, [run]]);
      expect(kit.log.lines.filter(({ fields }) => fields['run'] === run && fields['phase'] === 'fetching')).toHaveLength(1);
      await kit.writer.cancel(run, { asker: { actor: 'key-1', via: 'http' } });
    }
    await kit.close();
  }, 120_000);
}
