import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DistrictStatus, RunsAnswer, type Run } from '@lastgood/contracts';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { FAILING_POINTS, FETCHER_POINTS, JOINING_POINTS, KILLED_IN_ONE_PROCESS, WRITER_POINTS } from './testing/crash-points.js';
import { Oracle } from './testing/oracle.js';
import { DISTRICT, Product, until } from './testing/product.js';

const HITS = Number(process.env['LASTGOOD_TEST_CRASH_HITS'] ?? 10);
/** Products that are killed side by side, each with data and an upstream of its own: while one waits, another works. */
const LANES = 2;
/** A refresh that is asked for after a kill, and that nothing interrupts, ends within this time of its request. */
const FRESH_WITHIN_MS = 120_000;
/** A run whose service was killed goes on at once: it ends well before the 60 s of silence after which another writer takes it over. */
const GOES_ON_WITHIN_MS = 45_000;

/** One product that is killed again and again, and what it has promised so far. */
class Lane {
  #logNumber = 0;
  #night = 0;
  /** Runs that had begun before are not what is looked for after a kill. */
  #known = '';
  /** The longest that a run took to end after a kill, and a fresh one from its request on. */
  readonly worst = { interruptedMs: 0, freshMs: 0 };

  private constructor(readonly upstream: RunningSimulator, readonly product: Product) {}

  static async open(seed: number, compiled: string): Promise<Lane> {
    const upstream = await startSimulator({ people: 200, seed, auth: { kind: 'bearer', token: 'upstream-token' } });
    const lane = new Lane(upstream, new Product({ upstream: upstream.url, environment: { NODE_COMPILE_CACHE: compiled } }));
    await lane.product.start();
    lane.#known = (await lane.product.refresh()).id;
    // What is compiled is kept only by an end in peace; later starts are cheaper by it.
    await lane.product.stop();
    await lane.product.start();
    return lane;
  }

  async close(): Promise<void> {
    await this.product.close();
    await this.upstream.close();
  }

  async nextNight(): Promise<void> {
    this.#night += 1;
    await this.upstream.control.setNight(this.#night % 20);
  }

  /**
   * Asks for a refresh, so many times at once, lets the process stop at the point, kills it there from outside, and starts it again.
   * The end of the run before may still be on its way to the point when everybody knows of it already: a kill that met that run is made again.
   */
  async killAt(point: string, asks = 1): Promise<void> {
    do await this.#killOnceAt(point, asks);
    while ((await this.#newestRun())?.id === this.#known);
  }

  async #killOnceAt(point: string, asks: number): Promise<void> {
    const { product } = this;
    // An earlier failure must not cost every later kill its whole time limit.
    if (!product.runs) await product.start();
    product.arm(point);
    // The answer may never come: the process can stop before it has answered.
    const requests = Promise.allSettled(Array.from({ length: asks }, () => this.#request()));
    await until(() => product.hasReached(point), 60_000, `the process to reach ${point}`, 5);
    await product.kill();
    await requests;
    await product.start();
  }

  /** The run that was interrupted goes on by itself, and at once, to its end. */
  async interruptedRun(): Promise<Run> {
    const started = performance.now();
    this.#known = (await this.#newestRun())?.id ?? '';
    const run = await this.product.endOf(this.#known, GOES_ON_WITHIN_MS);
    this.worst.interruptedMs = Math.max(this.worst.interruptedMs, Math.round(performance.now() - started));
    return run;
  }

  async #newestRun(): Promise<Run | undefined> {
    return (await this.product.get(RunsAnswer, '/api/v1/runs?limit=1')).items[0];
  }

  /** A new run that nothing interrupts, within its time from the request on. */
  async freshRun(): Promise<Run> {
    const started = performance.now();
    const run = await this.product.endOf((await this.#request()).id, FRESH_WITHIN_MS);
    const tookMs = Math.round(performance.now() - started);
    expect(tookMs).toBeLessThan(FRESH_WITHIN_MS);
    expect(run.id).not.toBe(this.#known);
    this.#known = run.id;
    this.worst.freshMs = Math.max(this.worst.freshMs, tookMs);
    return run;
  }

  /** The run has published, log numbers have not fallen, and answers are those of the oracle. */
  async everythingHolds(fresh: Run): Promise<void> {
    expect(fresh).toMatchObject({ phase: 'published' });
    let snapshot = '';
    await until(async () => {
      const [source] = (await this.product.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`)).sources;
      expect(source?.logNumber ?? 0).toBeGreaterThanOrEqual(this.#logNumber);
      this.#logNumber = source?.logNumber ?? 0;
      snapshot = source?.current?.id ?? '';
      return snapshot === fresh.snapshot;
    }, 10_000, 'the new snapshot to be current');
    await this.#answersEqualOracle(snapshot);
  }

  /** A product that has just started may refuse for a moment; whoever is told to ask again does. */
  async #request(): Promise<Run> {
    const taken: Run[] = [];
    await until(async () => {
      const run = await this.product.request().catch((error: unknown) => {
        if (!String(error).includes('"retryable":true')) throw error;
        return null;
      });
      if (run !== null) taken.push(run);
      return run !== null;
    }, 30_000, 'a refresh to be taken', 200);
    return taken[0] as Run;
  }

  async #answersEqualOracle(snapshot: string): Promise<void> {
    const oracle = new Oracle(await (await this.product.fetch(`/api/v1/districts/${DISTRICT}/snapshots/${snapshot}/files/students.jsonl`)).text());
    for (const q of ['a', 'ma', 'j']) {
      const answer = await this.product.fetch(`/api/v1/districts/${DISTRICT}/students?q=${q}&limit=200`);
      const { sources } = (await answer.json()) as { sources: { snapshot: { id: string }; items: { sourcedId: string }[] }[] };
      expect(sources[0]?.snapshot.id).toBe(snapshot);
      expect(sources[0]?.items.map(({ sourcedId }) => sourcedId).sort()).toEqual([...oracle.find({ q })].sort());
    }
  }
}

/** The product is killed from this process while it stands at a named step; afterwards everything it promised still holds. */
describe('a kill at any moment is survived', () => {
  const compiled = mkdtempSync(join(tmpdir(), 'lastgood-compiled-'));
  const lanes: Lane[] = [];
  const hits: Record<string, number> = {};

  beforeAll(async () => {
    for (let lane = 0; lane < LANES; lane += 1) lanes.push(await Lane.open(11 + lane, compiled));
  }, 300_000);
  afterAll(async () => {
    console.log(`kills by crash point: ${JSON.stringify(hits)}\nworst after a kill, of each product: ${JSON.stringify(lanes.map(({ worst }) => worst))}`);
    for (const lane of lanes) await lane.close();
    rmSync(compiled, { recursive: true, force: true });
  });

  /** As often as wanted, shared out among the products. */
  async function often(point: string, killAndLook: (lane: Lane) => Promise<void>): Promise<void> {
    let left = HITS;
    // One product's failure ends the test only when the other has come to rest, so that it cannot disturb the next one.
    const ends = await Promise.allSettled(lanes.map(async (lane) => {
      while (left > 0) {
        left -= 1;
        await killAndLook(lane);
        hits[point] = (hits[point] ?? 0) + 1;
      }
    }));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  test.each([...WRITER_POINTS, ...FETCHER_POINTS])(`%s, ${HITS} times`, async (point) => {
    await often(point, async (lane) => {
      await lane.nextNight();
      await lane.killAt(point);
      await lane.everythingHolds(await lane.interruptedRun());
      await lane.everythingHolds(await lane.freshRun());
    });
  }, 60_000 * HITS);

  test.each(FAILING_POINTS)(`%s of a run that fails, ${HITS} times`, async (point) => {
    await often(point, async (lane) => {
      await lane.upstream.control.setQuirks({ kind: 'htmlBody', collection: 'users' });
      await lane.killAt(point);
      expect(await lane.interruptedRun()).toMatchObject({ phase: 'failed' });
      await lane.upstream.control.setQuirks();
      await lane.everythingHolds(await lane.freshRun());
    });
  }, 60_000 * HITS);

  test.each(JOINING_POINTS)(`%s, ${HITS} times`, async (point) => {
    await often(point, async (lane) => {
      await lane.nextNight();
      await lane.killAt(point, 2);
      await lane.everythingHolds(await lane.interruptedRun());
      await lane.everythingHolds(await lane.freshRun());
    });
  }, 60_000 * HITS);

  test('every point was hit as often as wanted', () => {
    for (const point of KILLED_IN_ONE_PROCESS) expect({ point, hits: hits[point] }).toEqual({ point, hits: HITS });
  });
});
