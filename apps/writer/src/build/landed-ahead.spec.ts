import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stagingPageKey, type Collection, type EventData } from '@lastgood/contracts';
import fc from 'fast-check';
import type { FetchPlan } from '../testing/fake-fetcher.js';
import { sampleDistrict } from '../testing/sample-district.js';
import { districtsWith, until, WriterKit } from '../testing/writer-kit.js';
import { InlineThread } from './build-thread.js';
import { buildFolder } from './build-session.js';
import type { IngestAsk } from './ingest-worker.js';
import { LandedAhead } from './landed-ahead.js';

type Request = EventData<'refresh.requested'>;

/** From so many rows on a collection is read while it lands; progress may say so of fewer. */
const LARGE = 5000;
const LAX = { minimumRows: 1_000_000, collectionLoss: 1, schoolLoss: 1, collectionGrowth: 1000 };
const unordered = sampleDistrict({ students: 20 });
const ordered = Object.fromEntries(Object.entries(unordered).map(([collection, records]) => [collection, records.toSorted((a, b) => (String(a.sourcedId) < String(b.sourcedId) ? -1 : 1))]));

/** A writer of which is known what its builds were asked, and which pages were read ahead. */
class Stand {
  readonly asked: IngestAsk[] = [];
  /** Of which collection the next page that is read ahead ends the thread that reads it. */
  deadly: Collection | null = null;
  kit!: WriterKit;

  static async open(kit?: WriterKit): Promise<Stand> {
    const stand = new Stand();
    const options = {
      districts: districtsWith({ schedule: 'off', gate: LAX }),
      openThread: (role: ConstructorParameters<typeof InlineThread>[0]) => {
        const thread = new InlineThread(role);
        let dead = false;
        return {
          terminate: () => thread.terminate(),
          ask: async <Answer>(ask: unknown) => {
            if (role.role === 'ingest' && (ask as IngestAsk).do === 'ahead' && stand.deadly === (ask as { collection: Collection }).collection) {
              dead = true;
              stand.deadly = null;
            }
            if (dead) throw new Error('the thread has ended');
            const answer = await thread.ask<Answer>(ask);
            if (role.role === 'ingest') stand.asked.push(ask as IngestAsk);
            return answer;
          },
        };
      },
    };
    stand.kit = await (kit?.beside(options) ?? WriterKit.open(options));
    stand.kit.fetcher.plan = { records: {}, silent: true };
    return stand;
  }

  async request(): Promise<Request> {
    const { requests } = this.kit.fetcher;
    const before = requests.length;
    await this.kit.ask();
    return until(() => requests[before] ?? null);
  }

  /** Tells that a collection is being fetched and has so many rows by now. */
  async tell({ run, epoch }: Request, collection: Collection, records = LARGE, restarts = 0): Promise<void> {
    const told = { collection, state: 'fetching' as const, pages: 1, records, toldTotal: null, duplicates: 0, calls: records, retries: 0, restarts, evidence: null };
    await this.kit.writer.events.progress({ ...this.kit.place, run, epoch, collection, collections: [told] });
  }

  /** Local folders of its builds. */
  async foldersOf({ run, epoch }: Request): Promise<string[]> {
    return (await readdir(this.kit.root, { recursive: true })).filter((path) => path.endsWith(join('builds', `${epoch}-${run}`)));
  }

  get readAhead(): string[] {
    return this.asked.flatMap((ask) => (ask.do === 'ahead' ? [ask.page.key] : []));
  }

  /** Tells that everything is fetched and gives the files of the snapshot. `beforeTold`: happens before it is told that a collection is fetched whole. */
  async build(request: Request, plan: FetchPlan, beforeTold: (collection: Collection) => Promise<void> = () => Promise.resolve()): Promise<Map<string, Buffer>> {
    const pageLists = await this.kit.fetcher.land(request, plan);
    for (const pageList of pageLists) {
      await beforeTold(pageList.collection);
      await this.kit.writer.events.collectionFetched({ ...this.kit.place, run: request.run, epoch: request.epoch, pageList: { ...pageList, rows: pageList.rows * LARGE } });
    }
    await this.kit.writer.events.refreshFetched(this.kit.fetcher.fetched(request, pageLists));
    const row = await this.kit.ended(request.run);
    expect([row.phase, row.failure]).toEqual(['published', null]);
    const files = await this.kit.files((await this.kit.logState()).current?.folder ?? '');
    files.delete('status.json');
    return files;
  }
}

function expectEqual(files: Map<string, Buffer>, expected: Map<string, Buffer>): void {
  expect([...files.keys()]).toEqual([...expected.keys()]);
  for (const [name, bytes] of files) if (!bytes.equals(expected.get(name) ?? Buffer.alloc(0))) throw new Error(`${name} differs`);
}

describe('a collection that is read while it lands', () => {
  let stand: Stand;
  let expected: Map<string, Buffer>;
  beforeAll(async () => {
    stand = await Stand.open();
    expected = await stand.build(await stand.request(), { records: ordered });
  });
  beforeEach(() => void stand.asked.splice(0));
  afterAll(() => stand.kit.close());

  test('is read page by page before its page list is there, and no page twice', async () => {
    const plan: FetchPlan = {
      records: ordered, pageSize: 6,
      landed: async (request, collection, rows) => {
        if (collection !== 'users' || rows > 24) return;
        await stand.tell(request, 'users', LARGE + rows);
        await until(() => (stand.readAhead.length === Math.ceil(rows / 6) ? true : null));
      },
    };
    expectEqual(await stand.build(await stand.request(), plan), expected);
    const pages = stand.asked.flatMap((ask) => (ask.do === 'ahead' || (ask.do === 'page' && ask.collection === 'users') ? [`${ask.do} ${ask.page.offset}`] : []));
    expect(pages).toEqual(['ahead 0', 'ahead 6', 'ahead 12', 'ahead 18', 'page 24']);
  });

  test('gives the same bytes whatever its pages, their order, and what was told when and how often', async () => {
    const told = fc.array(fc.record({ collection: fc.constantFrom<Collection>('classes', 'users', 'enrollments'), rows: fc.integer({ min: 1, max: 30 }), times: fc.integer({ min: 1, max: 3 }) }), { maxLength: 5 });
    await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.boolean(), told, async (pageSize, inOrder, steps) => {
      const plan: FetchPlan = {
        records: inOrder ? ordered : unordered, pageSize,
        landed: async (request, collection, rows) => {
          const now = steps.filter((step) => step.collection === collection && Math.ceil(step.rows / pageSize) * pageSize === rows);
          for (const { times } of now) for (let time = 0; time < times; time += 1) await stand.tell(request, collection, LARGE + rows);
        },
      };
      expectEqual(await stand.build(await stand.request(), plan), expected);
    }), { numRuns: 15 });
    expect(stand.readAhead.length).toBeGreaterThan(0);
  }, 120_000);

  test('counts for nothing when the walk began anew: what was read is made again from the page lists', async () => {
    const request = await stand.request();
    const moved = { ...ordered, users: (ordered.users ?? []).map((user) => ({ ...user, email: 'moved@example.invalid' })) };
    await stand.tell(request, 'classes');
    for (let offset = 0; offset < 12; offset += 6) await land(request, offset, moved.users.slice(offset, offset + 6));
    await stand.tell(request, 'users');
    await until(() => (stand.readAhead.length === 2 ? true : null));
    await land(request, 12, moved.users.slice(12, 18));
    await stand.tell(request, 'users', LARGE * 2, 1);
    expectEqual(await stand.build(request, { records: ordered, round: 1 }), expected);
    expect(stand.readAhead).toHaveLength(2);
  });

  test('counts for nothing when it began anew after others were read, joined and written: they are made again too', async () => {
    const request = await stand.request();
    const moved = (ordered.enrollments ?? []).map((enrollment) => ({ ...enrollment, role: 'teacher' }));
    const builtAnew = stand.build(request, { records: ordered, round: 1 }, async (collection) => {
      if (collection !== 'enrollments') return;
      await land(request, 0, moved, collection);
      await stand.tell(request, collection);
      await until(() => (stand.readAhead.length === 1 ? true : null));
    });
    expectEqual(await builtAnew, expected);
    expect(stand.asked.filter((ask) => ask.do === 'finish' && ask.collection === 'users')).toHaveLength(2);
  });

  test('is not read again once it was fetched whole, however late its progress is told', async () => {
    const request = await stand.request();
    let told = 0;
    const files = await stand.build(request, { records: ordered }, async (collection) => {
      if (collection === 'enrollments') await stand.tell(request, 'users', LARGE * (told += 2));
    });
    expect(told).toBeGreaterThan(0);
    expectEqual(files, expected);
    expect(stand.readAhead).toEqual([]);
    // Nor did anything have to be made again for it.
    expect(stand.asked.filter((ask) => ask.do === 'finish' && ask.collection === 'users')).toHaveLength(1);
  });

  test('counts for nothing when a later page of it cannot be read, whatever its first ones gave', async () => {
    const request = await stand.request();
    await land(request, 0, (ordered.users ?? []).slice(0, 6).map((user) => ({ ...user, email: 'moved@example.invalid' })));
    await stand.kit.store.create(stagingPageKey({ ...request, collection: 'users', offset: 6 }), Buffer.from('no page'));
    await stand.tell(request, 'users');
    await until(() => (stand.readAhead.length === 1 ? true : null));
    expectEqual(await stand.build(request, { records: ordered, round: 1 }), expected);
  });

  test('is refused when its page list names other bytes at the very places that were read', async () => {
    const request = await stand.request();
    const page = await stand.kit.fetcher.landPage(request, { collection: 'users', offset: 0, round: 0 }, ordered.users ?? []);
    const ahead = new LandedAhead(stand.kit.store, page.key.slice(0, page.key.lastIndexOf('/') + 1));
    ahead.pages.push(page);
    expect(ahead.isBeginningOf([page])).toBe(true);
    for (const other of [{ rows: page.rows + 1 }, { sha256: 'f'.repeat(64) }, { size: page.size + 1 }, { offset: 1 }, { key: `${page.key}x` }]) expect([other, ahead.isBeginningOf([{ ...page, ...other }])]).toEqual([other, false]);
    expect(ahead.isBeginningOf([])).toBe(false);
    ahead.giveUp();
    expect(ahead.isBeginningOf([page])).toBe(false);
    await stand.kit.writer.cancel(request.run, { asker: { actor: 'key-1', via: 'http' } });
  });

  test('costs time only when its build has no room to begin, and there is room later', async () => {
    const request = await stand.request();
    const [local = ''] = readdirSync(stand.kit.root).filter((name) => name.startsWith('local-'));
    const folder = buildFolder(join(stand.kit.root, local, 'builds'), request);
    writeFileSync(folder, '');
    await stand.tell(request, 'users');
    await until(() => (stand.kit.log.lines.some(({ message }) => message === 'The build could not begin early.') ? true : null));
    rmSync(folder);
    expectEqual(await stand.build(request, { records: ordered }), expected);
  });

  test('is not read where its first rows were landed by an earlier epoch', async () => {
    const request = await stand.request();
    await land(request, 6, (ordered.users ?? []).slice(6, 12));
    await stand.tell(request, 'users');
    expectEqual(await stand.build(request, { records: ordered, round: 1 }), expected);
    expect(stand.readAhead).toEqual([]);
  });

  test('is read of its first round only', async () => {
    const request = await stand.request();
    await stand.kit.fetcher.landPage(request, { collection: 'users', offset: 0, round: 1 }, (ordered.users ?? []).slice(0, 6));
    await stand.tell(request, 'users');
    expectEqual(await stand.build(request, { records: ordered, round: 2 }), expected);
    expect(stand.asked.filter((ask) => ask.do === 'ahead')).toEqual([]);
  });

  test('costs time only when the thread that reads it dies of it', async () => {
    const request = await stand.request();
    await land(request, 0, ordered.enrollments ?? [], 'enrollments');
    stand.deadly = 'enrollments';
    await stand.tell(request, 'enrollments');
    await until(() => (stand.deadly === null ? true : null));
    expectEqual(await stand.build(request, { records: ordered, round: 1 }), expected);
  });

  test('is left to the writer that builds its run', async () => {
    const request = await stand.request();
    await land(request, 0, ordered.users ?? []);
    await stand.tell(request, 'users');
    await until(() => (stand.readAhead.length === 1 ? true : null));
    expect(await stand.foldersOf(request)).toHaveLength(1);
    await stand.kit.writer.runs.change({ id: request.run, epoch: request.epoch, phases: ['fetching'] }, { phase: 'building', builder: 'another' });
    await stand.kit.writer.builds.dropIdle();
    expect(await stand.foldersOf(request)).toEqual([]);
    await stand.kit.writer.cancel(request.run, { asker: { actor: 'key-1', via: 'http' } });
  });

  test('costs time only when a page of it cannot be read', async () => {
    const request = await stand.request();
    await stand.kit.store.create(stagingPageKey({ ...request, collection: 'users', offset: 0 }), Buffer.from('no page'));
    await stand.tell(request, 'users');
    expectEqual(await stand.build(request, { records: ordered, round: 1 }), expected);
  });

  test('is left out when no page list names it in the end', async () => {
    const { enrollments, ...others } = ordered;
    const without = await stand.build(await stand.request(), { records: others });
    stand.asked.splice(0);
    const request = await stand.request();
    const files = await stand.build(request, { records: others }, async (collection) => {
      if (collection !== 'users') return;
      await land(request, 0, enrollments ?? [], 'enrollments');
      await stand.tell(request, 'enrollments');
      await until(() => (stand.readAhead.length === 1 ? true : null));
    });
    expectEqual(files, without);
  });

  test('leaves nothing behind when its run is cancelled', async () => {
    const request = await stand.request();
    await land(request, 0, ordered.users ?? []);
    await stand.tell(request, 'users');
    await until(() => (stand.readAhead.length === 1 ? true : null));
    expect(await stand.foldersOf(request)).toHaveLength(1);
    await stand.kit.writer.cancel(request.run, { asker: { actor: 'key-1', via: 'http' } });
    await until(async () => {
      await stand.kit.writer.builds.dropIdle();
      return (await stand.foldersOf(request)).length === 0 ? true : null;
    });
  });

  test('is read by one of several writers, whichever hears that it turned large', async () => {
    const beside = await Stand.open(stand.kit);
    const request = await stand.request();
    await land(request, 0, ordered.users ?? []);
    await stand.tell(request, 'users');
    await beside.tell(request, 'users');
    await beside.tell(request, 'users', LARGE * 2);
    await until(() => (stand.readAhead.length === 1 ? true : null));
    expectEqual(await stand.build(request, { records: ordered, round: 1 }), expected);
    expect(beside.readAhead).toEqual([]);
    await beside.kit.close();
  });

  async function land(request: Request, offset: number, records: Record<string, unknown>[], collection: Collection = 'users'): Promise<void> {
    await stand.kit.fetcher.landPage(request, { collection, offset, round: 0 }, records);
  }
});
