import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DistrictStatus, Problem } from '@lastgood/contracts';
import { startSimulator, type RunningSimulator } from '@lastgood/upstream-simulator';
import { describeWithServer } from '@lastgood/test-servers';
import { lastgood } from './testing/command-line.js';
import { DISTRICT, SOURCE, until } from './testing/product.js';
import { SmallDiskProduct } from './testing/small-disk.js';

const SEARCH = `/api/v1/districts/${DISTRICT}/students?q=a&limit=2`;
const READERS = 16;
/** Longer entries fill the trail sooner. */
const PURPOSE = 'Looking whether reads go on. '.repeat(6).trim();

interface Stand {
  upstream: RunningSimulator;
  product: SmallDiskProduct;
  stop(): Promise<void>;
}

async function openStand(): Promise<Stand> {
  const upstream = await startSimulator({ people: 8000, seed: 17, auth: { kind: 'bearer', token: 'upstream-token' } });
  const stop = async (product?: SmallDiskProduct): Promise<void> => {
    await product?.close();
    await upstream.close();
  };
  try {
    const product = new SmallDiskProduct(128, { upstream: upstream.url, environment: { LASTGOOD_AUDIT_RESERVE_MB: '2' } });
    return { upstream, product, stop: () => stop(product) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** False, and nothing kept, when a file went away meanwhile. */
function copied(from: string, to: string): boolean {
  try {
    cpSync(from, to, { recursive: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    rmSync(to, { recursive: true, force: true });
    return false;
  }
}

/** What "disk full: the run fails with the reason, nothing half-published, reads go on" means, on a real disk without room. */
await describeWithServer('a disk that gets full', openStand, ({ product }) => {
  let answer = '';
  const statusOf = async (): Promise<DistrictStatus['sources'][number]> => (await product.get(DistrictStatus, `/api/v1/snapshots/${DISTRICT}/status`)).sources[0] as DistrictStatus['sources'][number];
  const troubles = async (): Promise<Record<string, string | null>> => {
    const { dependencies } = (await (await product.fetch('/readyz')).json()) as { dependencies: { name: string; trouble: string | null }[] };
    return Object.fromEntries(dependencies.map(({ name, trouble }) => [name, trouble]));
  };
  const segments = (ending: string): string[] => readdirSync(join(product.disk, 'kept', 'gateway')).filter((name) => name.endsWith(ending));
  const read = async (): Promise<string> => {
    const got = await product.fetch(SEARCH, { headers: { 'lastgood-purpose': PURPOSE } });
    return `${got.status} ${await got.text()}`;
  };

  beforeAll(async () => {
    await product.start();
    expect(await product.refresh()).toMatchObject({ phase: 'published' });
    answer = await read();
    await until(() => segments('.room').length === 1, 60_000, 'room to be kept for the audit trail');
  }, 240_000);

  test('answers every read as before, far beyond the segment that is open, and says that it is full', async () => {
    product.fill();
    const refused = await product.fetch(`/api/v1/snapshots/${DISTRICT}/refresh`, { method: 'POST', body: JSON.stringify({ source: SOURCE }) });
    expect([refused.status, Problem.parse(await refused.json())]).toMatchObject([503, { code: 'database_full', retryable: true }]);
    const others = new Set<string>();
    let reads = 0;
    const reader = async (): Promise<void> => {
      for (; segments('.room').length > 0; reads += 1) {
        const got = await read();
        if (got !== answer) others.add(got);
      }
    };
    await Promise.all(Array.from({ length: READERS }, reader));
    for (let more = 0; more < 200; more += 1) if ((await read()) !== answer) others.add('later');
    expect([...others]).toEqual([]);
    expect(reads).toBeGreaterThan(1000);
    await until(async () => (await troubles())['room of the audit trail']?.includes('has no room left') === true, 60_000, 'the reserve to be told to be used up');
    expect(await troubles()).toMatchObject({ disk: expect.stringContaining('less than 1 MB left') as unknown, 'audit trail': null });
    expect((await product.fetch('/readyz')).status).toBe(200);
  }, 240_000);

  test('fails a run with the reason, publishes nothing of it, and all is well once there is room again', async () => {
    const before = await statusOf();
    product.fill(9);
    const failed = await product.refresh();
    expect(failed).toMatchObject({ phase: 'failed', snapshot: null, failure: { code: 'disk_full', retryable: true } });
    expect((await statusOf()).current?.id).toBe(before.current?.id);
    expect(await read()).toBe(answer);
    // The command resolves links, and so would leave the disk. What was staged for the run is removed meanwhile.
    await until(() => copied(join(product.disk, 'store'), join(product.folder, 'copy')), 60_000, 'a copy in one piece');
    expect(await lastgood({}, 'verify', '--store', join(product.folder, 'copy'))).toMatchObject({ code: 0, err: '' });
    product.free();
    const next = await product.refresh();
    expect(next).toMatchObject({ phase: 'published' });
    expect((await statusOf()).current?.id).toBe(next.snapshot);
    await until(() => segments('.room').length === 1 && segments('.jsonl').length === 1, 60_000, 'the audit trail to have room and to be shipped');
    await until(async () => Object.values(await troubles()).every((trouble) => trouble === null), 60_000, 'nothing to be told any more');
  }, 240_000);

  test.each([['a district of its own', {}], ['the sample district', { LASTGOOD_CONFIG: '', LASTGOOD_SAMPLE_PEOPLE: '100' }]])('that is full already refuses a first start with %s, in words', async (_, environment) => {
    const late = new SmallDiskProduct(8, { upstream: 'http://127.0.0.1:9', environment }, true);
    try {
      const code = await late.refused();
      expect([code, late.output]).toEqual([1, expect.stringMatching(/^.*Look whether the disk is full.*\n$/)]);
    } finally {
      await late.close();
    }
  }, 60_000);
});
