import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DistrictStatus } from '@lastgood/contracts';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { Oracle } from './testing/oracle.js';
import { DISTRICT, Product, until } from './testing/product.js';

const HITS = Number(process.env['LASTGOOD_TEST_CRASH_HITS'] ?? 10);

/** Every step of the protocol at which a process may die, by the name that the code reaches it with. */
const PUBLISHING = [
  'run.row-created', 'run.begun', 'run.outbox-written', 'run.requested-sent', 'fetch.page-landed', 'fetch.page-list-written', 'fetch.collection-announced', 'fetch.before-refresh-fetched',
  'build.ingested', 'build.built', 'commit.part-written', 'commit.parts-verified', 'commit.status-written', 'commit.manifest-written', 'commit.record-appended', 'commit.announced',
];
const FAILING = ['abort.before-record', 'abort.record-appended'];

/** The product is killed from this process while it stands at a named step; afterwards everything it promised still holds. */
describe('a kill at any moment is survived', () => {
  let upstream: RunningSimulator;
  let product: Product;
  let logNumber = 0;
  let night = 0;
  const hits: Record<string, number> = {};

  beforeAll(async () => {
    upstream = await startSimulator({ people: 300, seed: 11, auth: { kind: 'bearer', token: 'upstream-token' } });
    product = new Product({ upstream: upstream.url });
    await product.start();
    expect((await product.refresh()).phase).toBe('published');
  }, 300_000);
  afterAll(async () => {
    console.log(`kills by crash point: ${JSON.stringify(hits)}`);
    await product?.close();
    await upstream?.close();
  });

  /** Lets the process stop at the point, kills it there from outside, and starts it again. */
  async function killAt(point: string): Promise<void> {
    const armed = join(product.crashFolder, `${point}.armed`);
    const reached = join(product.crashFolder, `${point}.reached`);
    writeFileSync(`${armed}.new`, '');
    renameSync(`${armed}.new`, armed);
    // The answer may never come: the process can stop before it has answered.
    const request = product.request().catch(() => null);
    await until(() => existsSync(reached), 60_000, `the process to reach ${point}`, 5);
    expect(Number(readFileSync(reached, 'utf8'))).toBe(product.pid);
    await product.kill();
    await request;
    rmSync(reached);
    hits[point] = (hits[point] ?? 0) + 1;
    await product.start();
  }

  async function everythingHolds(): Promise<void> {
    // The run that was active goes on by itself; a new request joins it, so ask until a run that began after the kill has ended.
    const joined = await product.request();
    await product.endOf(joined.id);
    const fresh = await product.refresh(120_000);
    expect(fresh).toMatchObject({ phase: 'published' });
    expect(fresh.id).not.toBe(joined.id);
    let snapshot = '';
    await until(async () => {
      const [source] = (await product.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`)).sources;
      expect(source?.logNumber ?? 0).toBeGreaterThanOrEqual(logNumber);
      logNumber = source?.logNumber ?? 0;
      snapshot = source?.current?.id ?? '';
      return snapshot === fresh.snapshot;
    }, 10_000, 'the new snapshot to be current');
    await answersEqualOracle(snapshot);
  }

  async function answersEqualOracle(snapshot: string): Promise<void> {
    const oracle = new Oracle(await (await product.fetch(`/api/v1/districts/${DISTRICT}/snapshots/${snapshot}/files/students.jsonl`)).text());
    for (const q of ['a', 'ma', 'j']) {
      const answer = await product.fetch(`/api/v1/districts/${DISTRICT}/students?q=${q}&limit=200`);
      const { sources } = (await answer.json()) as { sources: { snapshot: { id: string }; items: { sourcedId: string }[] }[] };
      expect(sources[0]?.snapshot.id).toBe(snapshot);
      expect(sources[0]?.items.map(({ sourcedId }) => sourcedId).sort()).toEqual([...oracle.find({ q })].sort());
    }
  }

  test.each(PUBLISHING)(`%s, ${HITS} times`, async (point) => {
    for (let hit = 0; hit < HITS; hit += 1) {
      night += 1;
      await upstream.control.setNight(night % 20);
      await killAt(point);
      await everythingHolds();
    }
  }, 60_000 * HITS);

  test.each(FAILING)(`%s of a run that fails, ${HITS} times`, async (point) => {
    for (let hit = 0; hit < HITS; hit += 1) {
      await upstream.control.setQuirks({ kind: 'htmlBody', collection: 'users' });
      await killAt(point);
      await upstream.control.setQuirks();
      await everythingHolds();
    }
  }, 60_000 * HITS);

  test('every point was hit as often as wanted', () => {
    for (const point of [...PUBLISHING, ...FAILING]) expect({ point, hits: hits[point] }).toEqual({ point, hits: HITS });
  });
});
